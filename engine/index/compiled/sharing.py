"""The certified scan of several queries at once: each coded row is read once for all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.index.compiled.compiling import loop, part
from engine.index.compiled.intrinsics import borrowed
from engine.index.compiled.rows import compare, errors, similarities
from engine.index.compiled.scanning import GAVE_UP, SCAN, gather, next_batch, settle, take

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from engine.index.quantised import CodedRows
    from engine.index.scan import Part
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
    bounds: Singles,
    batch: NDArray[np.uint32],
    own: Part,
    line: int,
) -> None:
    """Take in the rows of a batch that may be among the best of one query."""
    if own.found[line] == GAVE_UP or _is_hopeless(middle, reach, batch.size, own.bars[line, 0]):
        return
    lowest, highest = bounds[0], bounds[1]
    for place in range(batch.size):
        lowest[place] = middle[place] - reach[place]
        highest[place] = middle[place] + reach[place]
    gather(bounds, batch, own, line)


@loop(SCAN)
def scan_together(
    asked: Asked,
    rows: CodedRows,
    wanted: NDArray[np.int64],
    count: int,
    taken: NDArray[np.int64],
    until: int,
    own: Part,
    batch: NDArray[np.uint32],
    scratch: NDArray[np.float32],
    bounds: NDArray[np.float32],
) -> None:
    """Do what `scanning.scan` does for several queries of one vector each, whose score it is.

    Args:
        asked: the queries, a vector each.
        rows: as of `scan`, like all that follow.
        wanted: which rows.
        count: how many.
        taken: how many of them have been taken.
        until: where this thread ends.
        own: a line for each query.
        batch: scratch.
        scratch: scratch.
        bounds: scratch.

    """
    asked, rows, wanted, taken = borrowed((asked, rows, wanted, taken))
    own, batch, scratch, bounds = borrowed((own, batch, scratch, bounds))
    products, middle, reach = scratch[0], scratch[1], scratch[2]
    queries = own.found.size
    for _ in range(0, count, batch.size):
        start = next_batch(taken, until, count, batch.size)
        if start == count:
            break
        size = min(batch.size, count - start)
        take(wanted, start, size, batch)
        compare(asked, rows, batch, size, 0, queries, products)
        similarities(asked, rows, batch, size, 0, queries, products, middle)
        errors(asked, rows, batch, size, 0, queries, scratch)
        for line in range(queries):
            _gather(middle[line], reach[line], bounds, batch[:size], own, line)
    for line in range(queries):
        settle(own, line)
