"""MaxSim: each vector of a query with its best match (ColBERT, Khattab and Zaharia, 2020)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.scoring import kernels
from engine.storage.ragged import ranges

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from qdrant_client import models

_LANES, _TOKENS = 16, 8  # vectors of the query and of a row that are compared in one step


def max_similarities(
    distance: models.Distance,
    data: NDArray[np.float32],
    query: NDArray[np.float32],
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
) -> NDArray[np.float32]:
    """Return the sums of best similarities, float32 (n,); 0 for a row without vectors.

    Args:
        distance: which of the four, with the similarities of `kernels.similarities`.
        data: float32 (all vectors, size), contiguous.
        query: float32 (k, size).
        starts: int64 (n,), the first vector of each row.
        ends: int64 (n,), the vector behind its last one.

    """
    loops = kernels.compiled()
    if loops is None:
        return _by_pairs(distance, data, query, starts, ends)
    asked = _grouped(query)
    best, out = np.empty((len(asked), _LANES), np.float32), np.empty(len(starts), np.float32)
    loops.max_sim(kernels.METRIC[distance], data, asked, len(query), starts, ends, best, out)
    return out


def similarities_to(
    distance: models.Distance,
    data: NDArray[np.float32],
    asked: NDArray[np.float32],
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
) -> NDArray[np.float32]:
    """Return MaxSim of each row, as the query, to the vectors `asked`, float32 (n,).

    Args as of `max_similarities`: the best match is that of each vector of the row.
    """
    loops = kernels.compiled()
    if loops is None:
        return _by_pairs(distance, data, asked, starts, ends, of_rows=True)
    best, out = np.empty((_TOKENS, _LANES), np.float32), np.empty(len(starts), np.float32)
    loops.sum_max(kernels.METRIC[distance], data, _grouped(asked), starts, ends, best, out)
    return out


def _grouped(query: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the vectors of a query as the loops take them, float32 (groups, size, _LANES).

    The last one fills what is left of the last group.
    """
    groups = -(-len(query) // _LANES)
    filled = query[np.minimum(np.arange(groups * _LANES), len(query) - 1)]
    return np.ascontiguousarray(filled.reshape(groups, _LANES, -1).transpose(0, 2, 1))


def _by_pairs(
    distance: models.Distance,
    data: NDArray[np.float32],
    query: NDArray[np.float32],
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
    *,
    of_rows: bool = False,
) -> NDArray[np.float32]:
    """Do the same with all pairs of vectors in memory; `of_rows` have the rows ask."""
    counts, out = ends - starts, np.zeros(len(starts), np.float32)
    filled = counts > 0
    if filled.any():
        pairs = kernels.similarities(distance, data, query, ranges(starts, counts))
        firsts = (np.cumsum(counts) - counts)[filled]
        if of_rows:
            out[filled] = np.add.reduceat(pairs.max(axis=0), firsts)
        else:
            out[filled] = np.maximum.reduceat(pairs, firsts, axis=1).sum(axis=0)
    return out
