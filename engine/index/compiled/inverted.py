"""The best products of a sparse query with all rows, by the rows that hold each of its indices.

MaxScore (Turtle and Flood, 1995), a window of rows at a time: indices of which even the largest
products together stay below the limit-th best score so far find no row. They are only looked up for
rows that others find and that may still be among the best; with BM25 these are the common words,
which have the long lists.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.index.compiled.compiling import loop, part, read_only, types
from engine.index.compiled.intrinsics import borrowed
from engine.index.compiled.scanning import GAVE_UP, drop_below, replace_smallest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Singles = NDArray[np.float32]
    Places = NDArray[np.int64]

_ZERO = np.float32(0)
_WORTH = 2  # postings left out for each that is gathered, from which on to look rows up is faster


@part
def _essential(most: Singles, bar: np.float32, starts: Places, ends: Places) -> int:
    """Return how many of the terms, the largest products first, may lead to a row of `bar`.

    All of them where the others have so few postings that to look rows up in them costs more.
    """
    together, count, others = _ZERO, most.size, 0
    while count > 0 and together + most[count - 1] < bar:
        count -= 1
        together += most[count]
        others += ends[count] - starts[count]
    gathered = 0
    for term in range(count):
        gathered += ends[term] - starts[term]
    return count if others > _WORTH * gathered else most.size


@part
def _gather(
    start: int,
    end: int,
    first: int,
    last: int,
    weight: np.float32,
    rows: Places,
    values: Singles,
    sums: Singles,
    touched: Places,
    is_touched: NDArray[np.bool_],
    count: int,
) -> tuple[np.int64, int]:
    """Add the products of one term in a window; returns where it ends, and how many are touched."""
    place = np.uint64(start)
    while place < np.uint64(end):
        row = rows[place]
        if row >= last:
            break
        at = np.uint64(row - first)
        product = values[place] * weight
        if is_touched[at]:
            sums[at] += product
        else:
            sums[at], is_touched[at], touched[count] = product, True, row
            count += 1
        place += np.uint64(1)
    return np.int64(place), count


@part
def _place_of(row: int, rows: Places, start: int, end: int) -> int:
    """Return the first posting from `start` on whose row is not smaller."""
    while start < end:
        middle = (start + end) >> 1
        if rows[middle] < row:
            start = middle + 1
        else:
            end = middle
    return start


@part
def _completed(
    row: int,
    score: np.float32,
    bar: np.float32,
    essential: int,
    starts: Places,
    ends: Places,
    weights: Singles,
    most: Singles,
    rows: Places,
    values: Singles,
) -> np.float32:
    """Return the score with the products of the other terms; less than `bar` once that is sure."""
    rest = _ZERO
    for term in range(essential, most.size):
        rest += most[term]
    for term in range(essential, most.size):
        if score + rest < bar:
            break
        rest -= most[term]
        place = _place_of(row, rows, starts[term], ends[term])
        if place < ends[term] and rows[place] == row:
            score += values[place] * weights[term]
    return score


@loop(
    types.int64(
        types.Tuple((types.int64[::1], types.int64[::1], types.float32[::1], types.float32[::1])),
        types.float32,
        read_only(types.int64, 1),
        read_only(types.float32, 1),
        read_only(types.boolean, 1),
        types.int64,
        types.float32[::1],
        types.int64[::1],
        types.float32[::1],
        types.float32[::1],
        types.boolean[::1],
        types.int64[::1],
    )
)
def lead(
    terms: tuple[Places, Places, Singles, Singles],
    slack: np.float32,
    rows: Places,
    values: Singles,
    allowed: NDArray[np.bool_],
    count: int,
    heap: Singles,
    kept: Places,
    scores: Singles,
    sums: Singles,
    is_touched: NDArray[np.bool_],
    touched: Places,
) -> int:
    """Write to `kept` rows among which are those whose product reaches the limit-th best.

    Args:
        terms: of each index of the query, int64 (terms,) where its postings begin, which is moved
            on, and where they end; float32 (terms,) its value in the query, and what no product
            exceeds, at least 0, descending.
        slack: what rounding may do to the difference of two scores.
        rows: int64 (postings,), ascending within a term.
        values: float32 (postings,).
        allowed: bool (count,), which rows may be found; empty for all.
        count: of all rows.
        heap: float32 (limit,), minus infinity.
        kept: int64 (room,), for the rows found.
        scores: float32 (room,), for their products.
        sums: float32 (window,), scratch.
        is_touched: bool (window,), False everywhere.
        touched: int64 (window,), scratch.

    Returns:
        How many were written; GAVE_UP where they do not fit into half of the room.

    """
    starts, ends, weights, most = borrowed(terms)
    rows, values, allowed, heap = borrowed((rows, values, allowed, heap))
    kept, scores, sums = borrowed((kept, scores, sums))
    is_touched, touched = borrowed((is_touched, touched))
    found = 0
    for first in range(0, count, sums.size):
        last, seen = first + sums.size, 0
        essential = _essential(most, heap[0] - slack, starts, ends)
        for term in range(essential):
            starts[term], seen = _gather(
                starts[term],
                ends[term],
                first,
                last,
                weights[term],
                rows,
                values,
                sums,
                touched,
                is_touched,
                seen,
            )
        for number in range(seen):
            row = touched[number]
            is_touched[row - first] = False
            if allowed.size and not allowed[row]:
                continue
            bar = heap[0] - slack
            score = _completed(
                row, sums[row - first], bar, essential, starts, ends, weights, most, rows, values
            )
            if score < bar:
                continue
            if score > heap[0]:
                replace_smallest(heap, score)
            if found == kept.size:
                found = drop_below(heap[0] - slack, kept, scores, found)
                if 2 * found > kept.size:
                    return GAVE_UP
            kept[found], scores[found] = row, score
            found += 1
    found = drop_below(heap[0] - slack, kept, scores, found)
    return GAVE_UP if 2 * found > kept.size else found
