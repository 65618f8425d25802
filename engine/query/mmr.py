"""Maximal marginal relevance: results that are like the query and unlike each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine.patience import check_patience
from engine.scoring.diversity import Diverse, spread
from engine.vectors import DenseRows, MultiRows, SparseRows, SparseValues

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.query.candidates import Candidates
    from engine.query.search import Search
    from engine.vectors import Vector, VectorRows

MAX_CANDIDATES = 16_384
DEFAULT_DIVERSITY = 0.5


@dataclass(frozen=True, slots=True)
class Mmr:
    """How results are spread (Carbonell and Goldstein, 1998).

    Attributes:
        diversity: from 0, likeness to the query alone, to 1, unlikeness to each other alone.
        candidates: how many of the nearest are chosen from; None for as many as are asked for.

    """

    diversity: float = DEFAULT_DIVERSITY
    candidates: int | None = None


def diversify(mmr: Mmr, search: Search, found: Candidates, limit: int) -> Candidates:
    """Return `limit` of the candidates in the order in which they are chosen, scores as they were.

    The first is the one most like the query. Each next one has the largest
    (1 - d)·s(query) - d·(largest similarity to one chosen before), d being the diversity and s the
    internal similarity: Euclid's is minus the squared distance. As in Qdrant, the query and the
    stored values are taken as 32-bit floats whatever the datatype, and Cosine normalises only the
    side that asks, which is the one not chosen yet: bytes, which are not normalised when stored,
    are liked for their length too.

    Args:
        mmr: the diversity.
        search: the nearest query that found them.
        found: the candidates.
        limit: most that are chosen.

    """
    if len(found) < 2:
        return found.cut(limit)
    rows, limit = search.vectors.take(found.rows), min(limit, len(found))
    asking = rows
    if not isinstance(rows, SparseRows):
        rows = rows.widened()
        asking = rows.as_queries()
    relevance = rows.similarities(search.target)[0]
    order = _at_once(mmr, rows, asking, relevance, limit)
    if order is None:
        order = _one_by_one(mmr, rows, asking, relevance, limit)
    return found.take(order)


def _at_once(
    mmr: Mmr, rows: VectorRows, asking: VectorRows, relevance: NDArray[np.float32], limit: int
) -> NDArray[np.int64] | None:
    """Return the order of dense rows by a compiled loop, None until that is ready."""
    if not isinstance(rows, DenseRows) or not isinstance(asking, DenseRows):
        return None
    diverse = Diverse(asking.data, rows.data, relevance, np.float32(mmr.diversity))
    return spread(rows.spec.distance, diverse, limit)


def _one_by_one(
    mmr: Mmr, rows: VectorRows, asking: VectorRows, relevance: NDArray[np.float32], limit: int
) -> NDArray[np.int64]:
    """Return the same with a look at all rows that are left for each one chosen."""
    diversity = np.float32(mmr.diversity)
    chosen = np.empty(limit, np.int64)
    pending = np.arange(len(relevance))
    merit, closest = relevance, np.full(len(relevance), -np.inf, np.float32)
    for step in range(limit):
        check_patience()
        place = len(merit) - 1 - int(merit[::-1].argmax())  # the last of the largest
        chosen[step] = pending[place]
        pending[place] = pending[-1]  # as Qdrant removes it, which decides between equal ones
        pending = pending[:-1]
        likeness = _likeness(asking, rows.get(int(chosen[step])), pending)
        closest[pending] = np.maximum(closest[pending], likeness)
        merit = (1 - diversity) * relevance[pending] - diversity * closest[pending]
    return chosen


def _likeness(
    asking: VectorRows, chosen: Vector, pending: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Return the similarity of each pending row, as the query, to a chosen one, float32 (n,)."""
    found: NDArray[np.float32]
    if isinstance(chosen, SparseValues) or isinstance(asking, SparseRows):
        found = asking.similarities([chosen], pending)[0]
        return found
    vectors = np.atleast_2d(chosen)
    if isinstance(asking, MultiRows):
        return asking.asking(vectors, pending)
    found = asking.compared(vectors, pending)[0]
    return found
