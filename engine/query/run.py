"""Runs one query, or several of which all succeed or none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from qdrant_client import models
from qdrant_client.http.models import QueryResponse

from engine.errors import NotSupported, WrongInput
from engine.query.answer import scored_points
from engine.query.candidates import Candidates, first_by_id
from engine.query.request import (
    ExampleQuery,
    LaterQuery,
    ParsedQuery,
    SampleQuery,
    check_ranges,
    check_shape,
    parse_query,
)
from engine.query.resolve import NO_EXAMPLES, lookup_source, resolve, vector_rows
from engine.query.search import above_threshold, allowed_rows, prepare, run_search
from engine.query.trace import Tracer
from engine.scoring.registry import STRATEGIES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from engine.query.options import Database, Options
    from engine.query.resolve import Examples
    from engine.query.search import Search
    from engine.snapshot import Snapshot
    from engine.vectors import VectorRows

DEFAULT_LIMIT = 10


@dataclass(frozen=True, slots=True)
class Plan:
    """A checked request and all it needs: from here on only vectors can still be at fault.

    Attributes:
        snapshot: the searched collection.
        examples: resolved; none for queries without.
        search: of a query with examples, else None.

    """

    request: models.QueryRequest
    query: ParsedQuery
    snapshot: Snapshot
    examples: Examples
    search: Search | None

    @property
    def limit(self) -> int:
        """How many points at most come back."""
        return DEFAULT_LIMIT if self.request.limit is None else self.request.limit

    @property
    def offset(self) -> int:
        """How many of the best are skipped."""
        return self.request.offset or 0


def run_query(
    name: str,
    request: models.QueryRequest,
    database: Database,
    options: Options,
    tracer: Tracer | None = None,
) -> QueryResponse:
    """Answer one query.

    Args:
        name: of a collection, or an alias.
        request: unset fields mean what they mean over REST: no payload, no vectors, limit 10.
        database: where collections are found.
        options: of the engine.
        tracer: gets the stages, None when nobody looks.

    Raises:
        RequestError: the request does not fit the collection; checked in the order in which Qdrant
            checks: ranges, collections, ids, the shape of the query, vectors.

    """
    plan = make_plan(name, request, database, options)
    tracer = tracer or Tracer()
    allowed = _allowed(plan, options, tracer)
    found = _found(plan, allowed, tracer)
    with tracer.stage("fetch", len(found), method="read") as stage:
        points = scored_points(
            plan.snapshot,
            found,
            request.with_payload,
            request.with_vector,
            versions=plan.search is not None,
        )
        stage.candidates_out = len(points)
    return QueryResponse.model_construct(points=points)


def run_batch(
    name: str,
    requests: Sequence[models.QueryRequest],
    database: Database,
    options: Options,
    tracer: Tracer | None = None,
) -> list[QueryResponse]:
    """Answer several queries, in their order; the first error fails them all."""
    return [run_query(name, request, database, options, tracer) for request in requests]


def make_plan(
    name: str, request: models.QueryRequest, database: Database, options: Options
) -> Plan:
    """Check a request and resolve its ids; raises as `run_query` does."""
    check_ranges(request)
    query = parse_query(request)
    snapshot = database.snapshot(name)
    source, vector_name = lookup_source(request, snapshot, database)
    examples = NO_EXAMPLES
    if isinstance(query, ExampleQuery):
        exclude = source.name == snapshot.name
        examples = resolve(query, source, vector_name, exclude=exclude)
    check_shape(request)
    if request.prefetch:
        raise NotSupported("prefetches")
    if isinstance(query, LaterQuery):
        raise NotSupported(query.part)
    search = None
    if isinstance(query, ExampleQuery):
        search = _planned_search(query.strategy, request, snapshot, examples, options)
    return Plan(request, query, snapshot, examples, search)


def _planned_search(
    strategy: str,
    request: models.QueryRequest,
    snapshot: Snapshot,
    examples: Examples,
    options: Options,
) -> Search:
    vectors = vector_rows(snapshot, request.using or "")
    corpus = _idf_corpus(request, snapshot, vectors, options)
    return prepare(STRATEGIES[options.convention][strategy], examples, vectors, corpus)


def _idf_corpus(
    request: models.QueryRequest, snapshot: Snapshot, vectors: VectorRows, options: Options
) -> NDArray[np.bool_]:
    """Return bool (rows,), the points among which an index is counted for its rarity."""
    asked = None if request.params is None else request.params.idf
    if asked is not None and not vectors.spec.idf:
        raise WrongInput(
            f"params.idf needs a sparse vector with modifier idf, unlike `{vectors.spec.name}`"
        )
    if isinstance(asked, models.IdfCorpusParams):
        return allowed_rows(snapshot, asked.corpus, options)
    return snapshot.live


def _allowed(plan: Plan, options: Options, tracer: Tracer) -> NDArray[np.bool_]:
    with tracer.stage("filter", plan.snapshot.rows) as stage:
        allowed = allowed_rows(plan.snapshot, plan.request.filter, options, plan.examples.excluded)
        stage.candidates_out = int(np.count_nonzero(allowed))
    return allowed


def _found(plan: Plan, allowed: NDArray[np.bool_], tracer: Tracer) -> Candidates:
    if plan.search is not None:
        return _scored(plan, plan.search, allowed, tracer)
    if isinstance(plan.query, SampleQuery):  # an offset means nothing among random points
        rows = np.random.default_rng().permutation(np.flatnonzero(allowed))
        return _unscored(rows).cut(plan.limit)
    return _unscored(first_by_id(plan.snapshot, allowed)).cut(plan.limit, plan.offset)


def _scored(plan: Plan, search: Search, allowed: NDArray[np.bool_], tracer: Tracer) -> Candidates:
    count = int(np.count_nonzero(allowed))
    with tracer.stage("search", count, note=search.strategy.name) as stage:
        found = run_search(plan.snapshot, search, allowed, plan.limit + plan.offset)
        stage.candidates_out = len(found)
    threshold = plan.request.score_threshold
    if threshold is not None:
        with tracer.stage("threshold", len(found)) as stage:
            found = above_threshold(search, found, threshold)
            stage.candidates_out = len(found)
    return found.cut(plan.limit, plan.offset)


def _unscored(rows: NDArray[np.int64]) -> Candidates:
    return Candidates(rows, np.ones(len(rows), dtype=np.float32))
