"""The certified scan: every row that can be among the best, found by reading coded rows only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.index.compiled.compiling import ASKED, CODED_ROWS, loop, part, read_only, types
from engine.index.compiled.formulas import is_paired, loss, most, score
from engine.index.compiled.intrinsics import borrowed
from engine.index.compiled.rows import compare, errors, similarities
from engine.index.quantised import ABSOLUTE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.index.quantised import CodedRows
    from engine.index.scorer import Asked

GAVE_UP = -1
_UPWARD, _DOWNWARD = np.float32(1), np.float32(-1)


@part
def _measure(
    asked: Asked,
    rows: CodedRows,
    batch: NDArray[np.uint32],
    count: int,
    scratch: NDArray[np.float32],
) -> None:
    """Fill similarities to the rows of the batch, and how wrong they are at most."""
    products, middle, reach = scratch[0], scratch[1], scratch[2]
    vectors = reach.shape[0]
    compare(asked, rows, batch, count, 0, vectors, products)
    similarities(asked, rows, batch, count, 0, vectors, products, middle)
    errors(asked, rows, batch, count, 0, vectors, products, reach)


@part
def _bound(
    asked: Asked,
    side: np.float32,
    count: int,
    scratch: NDArray[np.float32],
    bounds: NDArray[np.float32],
) -> None:
    """Fill the largest score that each measured row can have; the least where `side` is -1."""
    extreme, middle, reach = scratch[0], scratch[1], scratch[2]
    for number in range(reach.shape[0]):
        sign = -side if asked.weights[number] < 0 else side
        for place in range(count):
            extreme[number, place] = middle[number, place] + sign * reach[number, place]
    score(asked, asked.formula, extreme, count, bounds)
    margin = side * np.float32(asked.margin)
    for place in range(count):
        bounds[place] += margin


@part
def _are_below(least: np.float32, highest: NDArray[np.float32], count: int) -> bool:
    """Return whether no row of a batch can reach the least score that is wanted."""
    below = 0
    for place in range(count):
        below += highest[place] < least
    return below == count


@part
def _hopeful(
    asked: Asked,
    rows: CodedRows,
    batch: NDArray[np.uint32],
    count: int,
    least: np.float32,
    scratch: NDArray[np.float32],
    highest: NDArray[np.float32],
) -> int:
    """Keep the rows of the batch that may reach `least`, pair by pair; returns how many.

    Most rows are on the wrong side of one pair or another, and out before all have been looked at.
    """
    products, middle, reach = scratch[0], scratch[1], scratch[2]
    highest[:count] = most(asked.formula, asked.positives) + np.float32(asked.margin)
    vectors = reach.shape[0]
    for number in range(vectors - asked.positives, vectors):
        compare(asked, rows, batch, count, number, number + 1, products)
        similarities(asked, rows, batch, count, number, number + 1, products, middle)
        errors(asked, rows, batch, count, number, number + 1, products, reach)
        left = 0
        for place in range(count):
            margin = middle[number, place] + reach[number, place]
            bound = highest[place] + loss(asked.formula, margin)
            if bound >= least:
                batch[left], highest[left] = batch[place], bound
                left += 1
        count = left
    return count


@part
def take(wanted: NDArray[np.int64], start: int, size: int, batch: NDArray[np.uint32]) -> None:
    """Fill the batch with the rows to look at, from the one at `start`."""
    for place in range(size):
        row = wanted[start + place] if wanted.size else start + place
        batch[place] = np.uint32(row)


@part
def replace_smallest(heap: NDArray[np.float32], value: np.float32) -> None:
    """Put a value in the place of the smallest, which is the first, of a binary heap."""
    place = 0
    while True:
        child = 2 * place + 1
        if child >= heap.size:
            break
        if child + 1 < heap.size and heap[child + 1] < heap[child]:
            child += 1
        if heap[child] >= value:
            break
        heap[place] = heap[child]
        place = child
    heap[place] = value


@part
def drop_below(
    least: np.float32, kept: NDArray[np.int64], uppers: NDArray[np.float32], count: int
) -> int:
    """Keep those of the first `count` rows that can still reach `least`; returns how many."""
    left = 0
    for place in range(count):
        if uppers[place] >= least:
            kept[left], uppers[left] = kept[place], uppers[place]
            left += 1
    return left


@loop(
    types.int64(
        ASKED,
        CODED_ROWS,
        read_only(types.int64, 1),
        types.int64,
        types.float32[::1],
        types.int64[::1],
        types.float32[::1],
        types.uint32[::1],
        types.float32[:, :, ::1],
        types.float32[:, ::1],
    )
)
def scan(
    asked: Asked,
    rows: CodedRows,
    wanted: NDArray[np.int64],
    count: int,
    heap: NDArray[np.float32],
    kept: NDArray[np.int64],
    uppers: NDArray[np.float32],
    batch: NDArray[np.uint32],
    scratch: NDArray[np.float32],
    scores: NDArray[np.float32],
) -> int:
    """Write to `kept` the rows whose largest possible score reaches the limit-th best least one.

    Args:
        asked: the query.
        rows: the coded rows.
        wanted: int64 (count,), the rows to look at; empty for 0..count-1.
        count: how many rows to look at.
        heap: float32 (limit,), minus infinity; limit is from 1 to count.
        kept: int64 (room,), for the rows found, in the order in which they are looked at.
        uppers: float32 (room,), scratch.
        batch: uint32 (size,), scratch; so many rows are compared at a time.
        scratch: float32 (3, vectors, size), scratch.
        scores: float32 (2, size), scratch.

    Returns:
        How many were written; GAVE_UP as soon as they do not fit into half of the room.

    """
    asked, rows, wanted = borrowed((asked, rows, wanted))
    batch, scratch, scores, heap = borrowed((batch, scratch, scores, heap))
    kept, uppers = borrowed((kept, uppers))
    lowest, highest = scores[0], scores[1]
    by_pairs = is_paired(asked.formula) and asked.metric != ABSOLUTE
    found = 0
    for start in range(0, count, batch.size):
        size = min(batch.size, count - start)
        take(wanted, start, size, batch)
        if by_pairs and found >= heap.size:
            size = _hopeful(asked, rows, batch, size, heap[0], scratch, highest)
        _measure(asked, rows, batch, size, scratch)
        _bound(asked, _UPWARD, size, scratch, highest)
        if _are_below(heap[0], highest, size):
            continue
        _bound(asked, _DOWNWARD, size, scratch, lowest)
        for place in range(size):
            if highest[place] < heap[0]:
                continue
            if lowest[place] > heap[0]:
                replace_smallest(heap, lowest[place])
            if found == kept.size:
                found = drop_below(heap[0], kept, uppers, found)
                if 2 * found > kept.size:
                    return GAVE_UP
            kept[found], uppers[found] = np.int64(batch[place]), highest[place]
            found += 1
    found = drop_below(heap[0], kept, uppers, found)
    return GAVE_UP if 2 * found > kept.size else found
