"""The best products of a sparse query with all rows, by the rows that hold each of its indices."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.index.compiled.compiling import loop, read_only, types
from engine.index.compiled.scanning import GAVE_UP, drop_below, replace_smallest

if TYPE_CHECKING:
    from numpy.typing import NDArray


@loop(
    types.int64(
        types.int64[::1],
        types.int64[::1],
        types.float32[::1],
        read_only(types.int64, 1),
        read_only(types.float32, 1),
        read_only(types.boolean, 1),
        types.int64,
        types.float32[::1],
        types.int64[::1],
        types.float32[::1],
        types.float64[::1],
        types.boolean[::1],
    )
)
def lead(
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
    weights: NDArray[np.float32],
    rows: NDArray[np.int64],
    values: NDArray[np.float32],
    allowed: NDArray[np.bool_],
    count: int,
    heap: NDArray[np.float32],
    kept: NDArray[np.int64],
    scores: NDArray[np.float32],
    sums: NDArray[np.float64],
    touched: NDArray[np.bool_],
) -> int:
    """Write to `kept` the rows whose product reaches the limit-th best, ascending.

    Rows are taken a window at a time, whose sums stay in the first-level cache; within it, term by
    term. Sums are those of `bincount`: products in float32, added in float64 by ascending index.

    Args:
        starts: int64 (terms,), where the postings of each index of the query begin; moved on.
        ends: int64 (terms,), where they end.
        weights: float32 (terms,), the query's values.
        rows: int64 (postings,), ascending within a term.
        values: float32 (postings,).
        allowed: bool (count,), which rows may be found; empty for all.
        count: of all rows.
        heap: float32 (limit,), minus infinity.
        kept: int64 (room,), for the rows found.
        scores: float32 (room,), for their products.
        sums: float64 (window,), scratch.
        touched: bool (window,), scratch.

    Returns:
        How many were written; GAVE_UP where they do not fit into half of the room.

    """
    found = 0
    for first in range(0, count, sums.size):
        last = min(first + sums.size, count)
        sums[:], touched[:] = 0, False
        for term in range(starts.size):
            place = starts[term]
            while place < ends[term] and rows[place] < last:
                at = rows[place] - first
                sums[at] += np.float64(values[place] * weights[term])
                touched[at] = True
                place += 1
            starts[term] = place
        for at in range(last - first):
            if not touched[at] or (allowed.size and not allowed[first + at]):
                continue
            score = np.float32(sums[at])
            if score < heap[0]:
                continue
            replace_smallest(heap, score)
            if found == kept.size:
                found = drop_below(heap[0], kept, scores, found)
                if 2 * found > kept.size:
                    return GAVE_UP
            kept[found], scores[found] = first + at, score
            found += 1
    found = drop_below(heap[0], kept, scores, found)
    return GAVE_UP if 2 * found > kept.size else found
