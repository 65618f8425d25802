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
from engine.query.access import Leaf
from engine.query.proposals import concluded
from engine.query.request import ExampleQuery, parse_query
from engine.query.resolve import resolve
from engine.query.search import best_of, prepare, searched_rows
from engine.scoring.registry import STRATEGIES
from engine.vectors import DenseRows

if TYPE_CHECKING:
    from engine.query.candidates import Candidates
    from engine.query.covered import Rows
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
    return best_of(snapshot, search, _proposed(leaf, vectors), limit)


def _proposed(leaf: Leaf, vectors: DenseRows) -> Rows:
    """Return the rows that a leaf proposes; what a walk finds is not handed on and on."""
    segment = leaf.snapshot.segments.get(vectors.spec.name)
    coded = None if segment is None else segment.walked
    covered = leaf.covered(vectors, segment, coded) if segment and coded is not None else None
    if covered is None:
        return concluded(leaf.proposal()).rows
    rows, access = covered.walked()
    if rows is None or not covered.is_all:
        return concluded(covered.completed(rows, access)).rows
    return rows
