"""Maximal marginal relevance: results that are like the query and unlike each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine.patience import check_patience
from engine.vectors import MultiRows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.query.candidates import Candidates
    from engine.query.search import Search
    from engine.vectors import VectorRows

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
    internal similarity: Euclid's is minus the squared distance.

    Args:
        mmr: the diversity.
        search: the nearest query that found them.
        found: the candidates.
        limit: most that are chosen.

    """
    if len(found) < 2:
        return found.cut(limit)
    relevance = search.similarities(found.rows).target[0]
    diversity = np.float32(mmr.diversity)
    chosen: list[int] = []
    pending = np.arange(len(found))
    merit, closest = relevance, np.full(len(found), -np.inf, np.float32)
    while len(chosen) < limit and len(pending):
        check_patience()
        place = _last_largest(merit[pending])
        chosen.append(int(pending[place]))
        pending[place] = pending[-1]  # as Qdrant removes it, which decides between equal ones
        pending = pending[:-1]
        likeness = _likeness(search.vectors, found.rows, chosen[-1])
        np.maximum(closest, likeness, out=closest)
        merit = (1 - diversity) * relevance - diversity * closest
    return found.take(np.array(chosen, np.int64))


def _last_largest(values: NDArray[np.float32]) -> int:
    return len(values) - 1 - int(values[::-1].argmax())


def _likeness(vectors: VectorRows, rows: NDArray[np.int64], chosen: int) -> NDArray[np.float32]:
    """Return the similarity of each row to the chosen one, float32 (rows,)."""
    if isinstance(vectors, MultiRows):  # MaxSim depends on which side asks
        queries = [vectors.get(row) for row in rows.tolist()]
        found = vectors.similarities(queries, rows[chosen : chosen + 1]).T
    else:
        found = vectors.similarities([vectors.get(int(rows[chosen]))], rows)
    likeness: NDArray[np.float32] = found[0]
    return likeness
