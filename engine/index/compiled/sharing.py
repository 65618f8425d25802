"""The certified scan of several queries at once: each coded row is read once for all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.index.compiled.compiling import ASKED, CODED_ROWS, loop, part, read_only, types
from engine.index.compiled.intrinsics import borrowed
from engine.index.compiled.rows import compare, errors, similarities
from engine.index.compiled.scanning import GAVE_UP, drop_below, replace_smallest, take

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.index.quantised import CodedRows
    from engine.index.scorer import Asked

    Singles = NDArray[np.float32]


@part
def _is_hopeless(middle: Singles, reach: Singles, count: int, least: np.float32) -> bool:
    """Return whether no row of the batch may reach `least`."""
    reaching = 0
    for place in range(count):
        reaching += middle[place] + reach[place] >= least
    return reaching == 0


@part
def _gather(
    middle: Singles,
    reach: Singles,
    batch: NDArray[np.uint32],
    heap: Singles,
    kept: NDArray[np.int64],
    uppers: Singles,
    found: int,
) -> int:
    """Take in the rows of a batch that may be among the best of one query.

    Returns how many there are now; GAVE_UP where there is no room for them.
    """
    if _is_hopeless(middle, reach, batch.size, heap[0]):
        return found
    for place in range(batch.size):
        highest, lowest = middle[place] + reach[place], middle[place] - reach[place]
        if highest < heap[0]:
            continue
        if lowest > heap[0]:
            replace_smallest(heap, lowest)
        if found == kept.size:
            found = drop_below(heap[0], kept, uppers, found)
            if 2 * found > kept.size:
                return GAVE_UP
        kept[found], uppers[found] = np.int64(batch[place]), highest
        found += 1
    return found


@loop(
    types.void(
        ASKED,
        CODED_ROWS,
        read_only(types.int64, 1),
        types.int64,
        types.float32[:, ::1],
        types.int64[:, ::1],
        types.float32[:, ::1],
        types.int64[::1],
        types.uint32[::1],
        types.float32[:, :, ::1],
    )
)
def scan_together(
    asked: Asked,
    rows: CodedRows,
    wanted: NDArray[np.int64],
    count: int,
    heaps: Singles,
    kept: NDArray[np.int64],
    uppers: Singles,
    found: NDArray[np.int64],
    batch: NDArray[np.uint32],
    scratch: NDArray[np.float32],
) -> None:
    """Do what `scanning.scan` does for several queries of one vector each, whose score it is.

    Args:
        asked: the queries, a vector each.
        rows: the coded rows.
        wanted: int64 (count,), the rows to look at; empty for 0..count-1.
        count: how many rows to look at.
        heaps: float32 (queries, limit), minus infinity; limit is from 1 to count.
        kept: int64 (queries, room), for the rows found, in the order in which they are looked at.
        uppers: float32 (queries, room), scratch.
        found: int64 (queries,), zeros, for how many were written, or GAVE_UP.
        batch: uint32 (size,), scratch; so many rows are compared at a time.
        scratch: float32 (3, queries, size), scratch.

    """
    asked, rows, wanted = borrowed((asked, rows, wanted))
    heaps, kept, uppers, found = borrowed((heaps, kept, uppers, found))
    batch, scratch = borrowed((batch, scratch))
    products, middle, reach = scratch[0], scratch[1], scratch[2]
    queries = kept.shape[0]
    for start in range(0, count, batch.size):
        size = min(batch.size, count - start)
        take(wanted, start, size, batch)
        compare(asked, rows, batch, size, 0, queries, products)
        similarities(asked, rows, batch, size, 0, queries, products, middle)
        errors(asked, rows, batch, size, 0, queries, products, reach)
        for number in range(queries):
            if found[number] >= 0:
                found[number] = _gather(
                    middle[number],
                    reach[number],
                    batch[:size],
                    heaps[number],
                    kept[number],
                    uppers[number],
                    found[number],
                )
    for number in range(queries):
        if found[number] >= 0:
            found[number] = drop_below(
                heaps[number, 0], kept[number], uppers[number], found[number]
            )
