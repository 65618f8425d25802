"""The plan of a query: its prefetch tree, checked, with every id replaced by a vector."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from qdrant_client import models

from engine.errors import BadRequest, WrongInput
from engine.query.request import ExampleQuery, ParsedQuery, offset_of, parse_query, prefetches
from engine.query.resolve import NO_EXAMPLES, lookup_source, resolve, vector_rows
from engine.query.search import allowed_rows, prepare
from engine.query.validity import MAX_DEPTH, check_ranges, check_shape
from engine.scoring.feedback import feedback_strategy
from engine.scoring.registry import STRATEGIES

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from engine.query.options import Database, Options
    from engine.query.request import Request
    from engine.query.resolve import Examples
    from engine.query.search import Search
    from engine.query.trace import Place
    from engine.snapshot import Snapshot
    from engine.vectors import VectorRows

DEFAULT_LIMIT = 10


class Level(NamedTuple):
    """One level of the tree: the root, or a prefetch.

    Attributes:
        place: the way to it from the root.
        query: what it asks.
        examples: resolved; none for queries without.
        search: of a query with examples, else None.
        filters: its own and those of the levels around it, outermost first.
        sources: the levels it takes its points from; a leaf has none and looks at all points.
        limit: how many points at most it passes on.
        offset: how many of the best it skips; 0 but for the root.
        threshold: of scores, None for none.
        params: hints about how to search.

    """

    place: Place
    query: ParsedQuery
    examples: Examples
    search: Search | None
    filters: tuple[models.Filter, ...]
    sources: tuple[Level, ...]
    limit: int
    offset: int
    threshold: float | None
    params: models.SearchParams | None


class Plan(NamedTuple):
    """A checked request and all it needs: from here on only vectors and payloads can be at fault.

    Attributes:
        snapshot: the searched collection.
        root: the tree.
        excluded: rows that no level may find, since some level has them as examples.

    """

    snapshot: Snapshot
    root: Level
    excluded: tuple[int, ...]


class _Asked(NamedTuple):
    place: Place
    request: Request
    query: ParsedQuery


def make_plan(
    name: str, request: models.QueryRequest, database: Database, options: Options
) -> Plan:
    """Check a request and resolve its ids.

    Raises what `engine.query.run_query` says, in the order in which Qdrant checks: ranges of all
    levels, collections, ids of all levels, the shape of each level, vectors.
    """
    asked = _levels(request)
    snapshot = database.snapshot(name)
    sources = [lookup_source(level.request, snapshot, database) for level in asked]
    examples = [
        _resolved(level.query, *source, snapshot)
        for level, source in zip(asked, sources, strict=True)
    ]
    for level in asked:
        check_shape(level.request, level.query)
    root = _level(zip(asked, examples, strict=True), (), snapshot, options)
    excluded = {row: None for each in examples for row in each.excluded}
    return Plan(snapshot, root, tuple(excluded))


def _levels(request: Request, place: Place = ()) -> list[_Asked]:
    """Return every level of a request, each before its sources."""
    if len(place) > MAX_DEPTH:
        raise BadRequest(f"prefetches are nested more than {MAX_DEPTH} deep; flatten the request")
    query = parse_query(request)
    check_ranges(request, query)
    levels = [_Asked(place, request, query)]
    for number, prefetch in enumerate(prefetches(request)):
        levels += _levels(prefetch, (*place, number))
    return levels


def _resolved(query: ParsedQuery, source: Snapshot, name: str, searched: Snapshot) -> Examples:
    if not isinstance(query, ExampleQuery):
        return NO_EXAMPLES
    return resolve(query, source, name, exclude=source.name == searched.name)


def _level(
    asked: Iterator[tuple[_Asked, Examples]],
    around: tuple[models.Filter, ...],
    snapshot: Snapshot,
    options: Options,
) -> Level:
    """Return the next level, with its sources.

    Args:
        asked: what each level asks, with its examples, each before its sources.
        around: filters of the levels around it.
        snapshot: the searched collection.
        options: of the engine.

    """
    (place, request, query), examples = next(asked)
    filters = around if request.filter is None else (*around, request.filter)
    search = None
    if isinstance(query, ExampleQuery):
        search = _search(request, query, examples, snapshot, options)
    sources = [_level(asked, filters, snapshot, options) for _ in prefetches(request)]
    return Level(
        place,
        query,
        examples,
        search,
        filters,
        tuple(sources),
        DEFAULT_LIMIT if request.limit is None else request.limit,
        offset_of(request),
        request.score_threshold,
        request.params,
    )


def _search(
    request: Request,
    query: ExampleQuery,
    examples: Examples,
    snapshot: Snapshot,
    options: Options,
) -> Search:
    vectors = vector_rows(snapshot, request.using or "")
    if query.feedback is None:
        strategy = STRATEGIES[options.convention][query.strategy]
    else:
        strategy = feedback_strategy(query.feedback)
    corpus = snapshot.live
    if request.params is not None and request.params.idf is not None:
        corpus = _idf_corpus(request.params.idf, vectors, snapshot, options)
    return prepare(strategy, examples, vectors, corpus)


def _idf_corpus(
    asked: models.IdfParams, vectors: VectorRows, snapshot: Snapshot, options: Options
) -> NDArray[np.bool_]:
    """Return bool (rows,), the points among which an index is counted for its rarity."""
    if not vectors.spec.idf:
        raise WrongInput(
            f"params.idf needs a sparse vector with modifier idf, unlike `{vectors.spec.name}`"
        )
    if isinstance(asked, models.IdfCorpusParams):
        return allowed_rows(snapshot, asked.corpus, options).mask
    return snapshot.live
