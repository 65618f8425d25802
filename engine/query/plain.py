"""The short way of plain queries: one level, whose points are compared with dense vectors.

Most queries are plain. A plan of levels, their stages, and what leaves propose to each other are
more work than such a search itself (docs/decisions/012-lean-path.md). So it is done here at once,
by the same parts; whatever is not plain is left to the plan.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import numpy as np
from qdrant_client import models

from engine.counts import MAX_COUNT
from engine.index.scorer import ask
from engine.query.access import Leaf
from engine.query.costs import kept_past, past_cost, rescored, walk_budget, walk_cost
from engine.query.covered import parameters_of, walk_among
from engine.query.proposals import concluded
from engine.query.request import ExampleQuery, parse_query
from engine.query.resolve import resolve
from engine.query.search import best_of, prepare, searched_rows
from engine.scoring.nearest import NEAREST
from engine.scoring.registry import STRATEGIES
from engine.vectors import DenseRows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.query.candidates import Candidates
    from engine.query.options import Options
    from engine.snapshot import Snapshot


_PLAIN = (
    *(list, np.ndarray, int, str, UUID),
    *(models.RecommendQuery, models.DiscoverQuery, models.ContextQuery),
)


def plain_query(request: models.QueryRequest) -> ExampleQuery | None:
    """Return what a request asks for that wants only the points which fit its examples best.

    None for all others. Raises InvalidRequest where there are no examples.
    """
    params = request.params
    if (
        not isinstance(request.query, _PLAIN)
        or request.prefetch
        or (params is not None and (params.hnsw_ef is not None or params.idf is not None))
        or type(request.limit) is not int
        or not 0 < request.limit <= MAX_COUNT
        or request.offset
        or request.score_threshold is not None
        or request.lookup_from is not None
    ):
        return None
    query = parse_query(request)
    return query if isinstance(query, ExampleQuery) else None


def best_points(
    snapshot: Snapshot, request: models.QueryRequest, query: ExampleQuery, options: Options
) -> Candidates | None:
    """Return what a plain query finds; None where it does not search among dense vectors.

    Raises what its plan would.
    """
    vectors, limit = snapshot.vectors.get(request.using or ""), request.limit or 0
    if not isinstance(vectors, DenseRows):
        return None
    examples = resolve(query, snapshot, vectors.spec.name, exclude=True)
    strategy = STRATEGIES[options.convention][query.strategy]
    search = prepare(strategy, examples, vectors, snapshot.live)
    allowed = searched_rows(snapshot, vectors, request.filter, options, examples.excluded)
    leaf = Leaf(snapshot, search, allowed, limit, request.params, options.search)
    rows = _walked(leaf, vectors) if strategy is NEAREST else None
    if rows is None:
        rows = concluded(leaf.proposal()).rows
    return best_of(snapshot, search, rows, limit)


def _walked(leaf: Leaf, vectors: DenseRows) -> NDArray[np.int64] | None:
    """Return what a walk to one vector proposes, where there is nothing to weigh up, else None.

    It is what `Leaf.proposal` proposes then.
    """
    snapshot, limit, count = leaf.snapshot, leaf.limit, leaf.allowed.count
    segment = snapshot.segments.get(vectors.spec.name)
    if (
        segment is None
        or segment.quantised is None
        or segment.graph.damage
        or segment.rows < snapshot.rows
    ):
        return None
    past = kept_past(limit, segment, leaf.allowed)
    ef = past or max(limit, segment.shape.ef_construct)
    cost = past_cost(ef) if past else walk_cost(ef, segment.linked, count)
    few = parameters_of(snapshot.config, vectors.spec.name).scan_bytes
    if leaf.mode != "planned" or leaf.params or cost >= count or count * vectors.row_bytes < few:
        return None
    asked = ask(NEAREST, segment.quantised, leaf.search.encoded)
    if asked is None:
        return None
    budget = walk_budget(cost, count)
    found = walk_among(
        segment, segment.quantised, asked, leaf.allowed, ef=ef, past=past > 0, budget=budget
    )
    if found.exhausted or len(found.rows) < limit:
        return None
    rows = found.rows[: rescored(limit)]
    rows.sort()
    return rows
