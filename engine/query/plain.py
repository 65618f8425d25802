"""The short way of plain queries: the nearest points of one vector or point, in one level.

Most queries are plain. A plan of levels, their stages, and what leaves propose to each other are
more work than such a search itself (docs/decisions/012-lean-path.md). So it is done here at once,
by the same parts; whatever is not plain, or turns out to be harder, is left to the plan.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import numpy as np

from engine.index.scorer import ask
from engine.query.access import Leaf
from engine.query.costs import kept_past, past_cost, rescored, walk_budget, walk_cost
from engine.query.covered import parameters_of, walk_among
from engine.query.proposals import concluded
from engine.query.request import ExampleQuery
from engine.query.resolve import resolve
from engine.query.search import Search, best_of, searched_rows
from engine.query.validity import MAX_COUNT
from engine.scoring.nearest import NEAREST
from engine.vectors import DenseRows

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from qdrant_client import models

    from engine.query.candidates import Candidates
    from engine.query.options import Options
    from engine.snapshot import Snapshot


_EXAMPLES = list, np.ndarray, int, str, UUID


def is_plain(request: models.QueryRequest) -> bool:
    """Return whether a request gives a vector or an id, and wants only the nearest points."""
    params = request.params
    return (
        isinstance(request.query, _EXAMPLES)
        and not request.prefetch
        and (params is None or (params.hnsw_ef is None and params.idf is None))
        and request.limit is not None
        and 0 < request.limit <= MAX_COUNT
        and not request.offset
        and request.score_threshold is None
        and request.lookup_from is None
    )


def nearest_points(
    snapshot: Snapshot, request: models.QueryRequest, options: Options
) -> Candidates | None:
    """Return what a plain query finds; None where it does not search among dense vectors.

    Raises what its plan would.
    """
    vectors, limit = snapshot.vectors.get(request.using or ""), request.limit or 0
    if not isinstance(vectors, DenseRows):
        return None
    query = ExampleQuery("nearest", (request.query,))
    examples = resolve(query, snapshot, vectors.spec.name, exclude=True)
    search = Search(NEAREST, vectors, examples.target, (), (), examples.rows)
    allowed = searched_rows(snapshot, vectors, request.filter, options, examples.excluded)
    leaf = Leaf(snapshot, search, allowed, limit, request.params, options.search)
    rows = _walked(leaf, vectors)
    if rows is None:
        rows = concluded(leaf.proposal()).rows
    return best_of(snapshot, search, rows, limit)


def _walked(leaf: Leaf, vectors: DenseRows) -> NDArray[np.int64] | None:
    """Return what a walk proposes, as `Leaf.proposal` does where there is nothing to weigh up.

    None where there is.
    """
    snapshot, limit, count = leaf.snapshot, leaf.limit, leaf.allowed.count
    segment = snapshot.segments.get(vectors.spec.name)
    if segment is None or segment.quantised is None or segment.rows < snapshot.rows:
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
