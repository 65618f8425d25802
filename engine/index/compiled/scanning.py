"""The certified scan: every row that can be among the best, found by reading coded rows only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.index.compiled.compiling import ASKED, CODED_ROWS, PART, loop, part, read_only, types
from engine.index.compiled.formulas import is_paired, loss, most, score
from engine.index.compiled.intrinsics import add_atomically, borrowed
from engine.index.compiled.rows import compare, errors, similarities
from engine.index.quantised import ABSOLUTE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.index.quantised import CodedRows
    from engine.index.scan import Part
    from engine.index.scorer import Asked

GAVE_UP = -1
SCAN = types.void(
    ASKED,
    CODED_ROWS,
    read_only(types.int64, 1),
    types.int64,
    types.int64[::1],
    types.int64,
    PART,
    types.uint32[::1],
    types.float32[:, :, ::1],
    types.float32[:, ::1],
)
"""What `scan` takes, and `sharing.scan_together`."""

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
    errors(asked, rows, batch, count, 0, vectors, scratch)


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
        errors(asked, rows, batch, count, number, number + 1, scratch)
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
def next_batch(taken: NDArray[np.int64], until: int, count: int, size: int) -> int:
    """Return the first row of a batch that nobody has taken yet, `count` where there is none.

    Args:
        taken: int64 (1,), how many rows have been taken, by all threads that share them.
        until: where this thread leaves the rest to others.
        count: of rows.
        size: of a batch.

    """
    if taken[0] >= until:
        return count
    start: int = add_atomically(taken.ctypes.data, size)
    return min(start, count)


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


@part
def gather(bounds: NDArray[np.float32], batch: NDArray[np.uint32], own: Part, line: int) -> None:
    """Take in the rows of a batch that may be among the best.

    Args:
        bounds: float32 (2, at least rows), their least and largest possible scores.
        batch: uint32 (rows,).
        own: what has been found so far; GAVE_UP where there is no room for more.
        line: of the query.

    """
    lowest, highest = bounds[0], bounds[1]
    heap, kept, uppers = own.bars[line], own.kept[line], own.uppers[line]
    found = own.found[line]
    for place in range(batch.size):
        if highest[place] < heap[0]:
            continue
        if lowest[place] > heap[0]:
            replace_smallest(heap, lowest[place])
        if found == kept.size:
            found = drop_below(heap[0], kept, uppers, found)
            if 2 * found > kept.size:
                own.found[line] = GAVE_UP
                return
        kept[found], uppers[found] = np.int64(batch[place]), highest[place]
        found += 1
    own.found[line] = found


@part
def settle(own: Part, line: int) -> None:
    """Drop what cannot be among the best by now; GAVE_UP where too much remains."""
    kept, found = own.kept[line], own.found[line]
    if found != GAVE_UP:
        found = drop_below(own.bars[line, 0], kept, own.uppers[line], found)
        own.found[line] = GAVE_UP if 2 * found > kept.size else found


@loop(SCAN)
def scan(
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
    """Find the rows whose largest possible score reaches the limit-th best least one.

    Args:
        asked: the query.
        rows: the coded rows.
        wanted: int64 (count,), the rows to look at; empty for 0..count-1.
        count: how many rows to look at.
        taken: int64 (1,), how many of them have been taken already, by all threads that share them.
        until: where this thread leaves the rest to others; `count` for none.
        own: one line, to be filled: bars are minus infinity, limit is from 1 to count, and found
            is 0. It becomes GAVE_UP as soon as the rows do not fit into half of the room.
        batch: uint32 (size,), scratch; so many rows are compared at a time.
        scratch: float32 (3, vectors, size), scratch.
        bounds: float32 (2, size), scratch.

    """
    asked, rows, wanted, taken = borrowed((asked, rows, wanted, taken))
    own, batch, scratch, bounds = borrowed((own, batch, scratch, bounds))
    heap, lowest, highest = own.bars[0], bounds[0], bounds[1]
    by_pairs = is_paired(asked.formula) and asked.metric != ABSOLUTE
    for _ in range(0, count, batch.size):
        start = next_batch(taken, until, count, batch.size)
        if start == count:
            break
        size = min(batch.size, count - start)
        take(wanted, start, size, batch)
        if by_pairs and own.found[0] >= heap.size:
            size = _hopeful(asked, rows, batch, size, heap[0], scratch, highest)
        _measure(asked, rows, batch, size, scratch)
        _bound(asked, _UPWARD, size, scratch, highest)
        if _are_below(heap[0], highest, size):
            continue
        _bound(asked, _DOWNWARD, size, scratch, lowest)
        gather(bounds, batch[:size], own, 0)
        if own.found[0] == GAVE_UP:
            break
    settle(own, 0)


@loop(types.void(PART, PART))
def merge(own: Part, other: Part) -> None:
    """Add to a part what another thread has found, so that it is as if one had looked at all.

    The rows of each come in their order, those of the other behind.
    """
    own, other = borrowed((own, other))
    for line in range(own.found.size):
        heap, kept, others = own.bars[line], own.kept[line], other.found[line]
        if GAVE_UP in (own.found[line], others):
            own.found[line] = GAVE_UP
            continue
        for bar in other.bars[line]:
            if bar > heap[0]:
                replace_smallest(heap, bar)
        settle(own, line)
        found = own.found[line]
        for place in range(others):
            kept[found + place] = other.kept[line, place]
            own.uppers[line, found + place] = other.uppers[line, place]
        own.found[line] = found + others
        settle(own, line)
