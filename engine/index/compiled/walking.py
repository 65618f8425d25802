"""The walk over a graph: from an entry, always on from the best row whose neighbours are unknown.

Neighbours that were not seen before are collected and asked for from memory together, then scored
together; a row costs a few cache misses, so that is what the time goes into.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.index.compiled.compiling import ASKED, CODED_ROWS, LINKS, loop, part, read_only, types
from engine.index.compiled.formulas import score
from engine.index.compiled.intrinsics import borrowed, prefetch
from engine.index.compiled.rows import ask_for, compare, similarities
from engine.index.quantised import LANES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.index.graph import Links
    from engine.index.quantised import CodedRows
    from engine.index.scorer import Asked

    Scratch = tuple[NDArray[np.uint32], NDArray[np.float32], NDArray[np.float32]]
    """Rows (width,), scores (width,), similarities (vectors, width)."""


@part
def _score_batch(
    asked: Asked,
    rows: CodedRows,
    batch: NDArray[np.uint32],
    count: int,
    scores: NDArray[np.float32],
    scratch: NDArray[np.float32],
) -> None:
    """Fill the first `count` scores with those of the rows of the batch."""
    compare(asked, rows, batch, count, scratch)
    similarities(asked, rows, batch, count, scratch, scratch)
    score(asked, scratch, count, scores)


@part
def _unseen(
    lowest: NDArray[np.uint32],
    owner: np.uint64,
    marks: NDArray[np.uint8],
    mark: np.uint8,
    batch: NDArray[np.uint32],
) -> int:
    """Collect and mark the neighbours that have no mark yet; returns how many."""
    count = 0
    for place in range(lowest.shape[1]):
        row = lowest[owner, np.uint64(place)]
        if row == owner:
            break
        if marks[row] != mark:
            marks[row] = mark
            batch[count] = row
            count += 1
    return count


@part
def _descend(
    asked: Asked,
    rows: CodedRows,
    links: Links,
    batch: NDArray[np.uint32],
    scores: NDArray[np.float32],
    scratch: NDArray[np.float32],
) -> tuple[np.uint32, int]:
    """Go to the best row that the upper levels lead to; returns it and how many were scored."""
    upper, current = links.upper, np.uint32(links.entry)
    batch[0] = current
    _score_batch(asked, rows, batch, 1, scores, scratch)
    best, scored = scores[0], 1
    for level in range(links.top_level, 0, -1):
        moved = True
        while moved:
            moved = False
            block, count = links.first_upper[current] + level - 1, 0
            while count < upper.shape[1] and upper[block, count] != current:
                batch[count] = upper[block, count]
                count += 1
            ask_for(rows, batch, count)
            _score_batch(asked, rows, batch, count, scores, scratch)
            scored += count
            for place in range(count):
                if scores[place] > best:
                    best, current, moved = scores[place], batch[place], True
    return current, scored


@part
def _place_of(value: np.float32, scores: NDArray[np.float32], count: int) -> int:
    """Return the first of `count` descending scores that is smaller."""
    low, high = 0, count
    while low < high:
        middle = (low + high) >> 1
        if scores[middle] >= value:
            low = middle + 1
        else:
            high = middle
    return low


@part
def _insert(
    row: np.int64,
    value: np.float32,
    found: NDArray[np.int64],
    scores: NDArray[np.float32],
    count: int,
) -> int:
    """Put a row among `count` sorted ones, the last falls out of a full list; returns its place."""
    place = _place_of(value, scores, count)
    for later in range(min(count, scores.size - 1), place, -1):
        scores[later], found[later] = scores[later - 1], found[later - 1]
    scores[place], found[place] = value, row
    return place


@part
def _ask_for_links(lowest: int, width: np.intp, row: np.uint32) -> None:
    start = lowest + np.intp(row) * width
    for offset in range(0, width, LANES):
        prefetch(start + offset)


@part
def _start(
    asked: Asked,
    rows: CodedRows,
    links: Links,
    entries: NDArray[np.int64],
    marks: NDArray[np.uint8],
    mark: np.uint8,
    batch: NDArray[np.uint32],
    scores: NDArray[np.float32],
    scratch: NDArray[np.float32],
) -> tuple[int, int]:
    """Fill the batch with the scored rows to start at; returns how many, and how many were scored.

    No more than fit in the batch.
    """
    scored = 0
    count = 0
    if entries.size == 0:
        current, scored = _descend(asked, rows, links, batch, scores, scratch)
        batch[0], count = current, 1
        marks[current] = mark
    for place in range(min(entries.size, batch.size)):
        row = np.uint32(entries[place])
        if marks[row] != mark:
            marks[row] = mark
            batch[count] = row
            count += 1
    _score_batch(asked, rows, batch, count, scores, scratch)
    return count, scored + count


SCRATCH = types.Tuple((types.uint32[::1], types.float32[::1], types.float32[:, ::1]))


@loop(
    types.UniTuple(types.int64, 2)(
        ASKED,
        CODED_ROWS,
        LINKS,
        read_only(types.int64, 1),
        types.int64,
        types.uint8[::1],
        types.uint8,
        types.int64[::1],
        types.float32[::1],
        SCRATCH,
    )
)
def walk_all(
    asked: Asked,
    rows: CodedRows,
    links: Links,
    entries: NDArray[np.int64],
    budget: int,
    marks: NDArray[np.uint8],
    mark: np.uint8,
    found: NDArray[np.int64],
    scores: NDArray[np.float32],
    scratch: Scratch,
) -> tuple[int, int]:
    """Find rows of high score, best first; every row may be found.

    Args:
        asked: the query.
        rows: the coded rows.
        links: the graph.
        entries: int64 (n,), where to start; empty for the entry of the graph.
        budget: a walk that has scored more rows stops.
        marks: uint8 (rows,), scratch; rows that hold `mark` count as seen.
        mark: of this walk.
        found: int64 (ef,), for the rows; ef is also how many rows are kept on the way.
        scores: float32 (ef,), for their scores.
        scratch: for the rows of one step; width is the most neighbours that any row has.

    Returns:
        How many were found, and how many were scored.

    """
    asked, rows, links, entries = borrowed((asked, rows, links, entries))
    marks, found, scores = borrowed((marks, found, scores))
    batch, values, space = borrowed(scratch)
    fresh, scored = _start(asked, rows, links, entries, marks, mark, batch, values, space)
    lowest, count, following = links.lowest, 0, 0
    address, links_bytes = lowest.ctypes.data, 4 * np.intp(lowest.shape[1])
    while True:
        first = count
        for place in range(fresh):
            value = values[place]
            if count == found.size and value <= scores[count - 1]:
                continue
            put = _insert(np.int64(batch[place]), value, found, scores, count)
            count = min(count + 1, found.size)
            if put < first:
                first = put
                _ask_for_links(address, links_bytes, batch[place])
        following = min(following, first)
        while following < count and found[following] < 0:  # its neighbours are known
            following += 1
        if following == count or scored > budget:
            break
        current = np.uint32(found[following])
        found[following] = ~found[following]
        fresh = _unseen(lowest, np.uint64(current), marks, mark, batch)
        ask_for(rows, batch, fresh)
        _score_batch(asked, rows, batch, fresh, values, space)
        scored += fresh
    for place in range(count):
        if found[place] < 0:
            found[place] = ~found[place]
    return count, scored


@part
def _push(
    row: np.uint32,
    value: np.float32,
    heap: NDArray[np.uint32],
    values: NDArray[np.float32],
    count: int,
) -> None:
    """Add a row to a heap of `count`, the largest value first."""
    place = count
    while place > 0:
        parent = (place - 1) >> 1
        if values[parent] >= value:
            break
        values[place], heap[place] = values[parent], heap[parent]
        place = parent
    values[place], heap[place] = value, row


@part
def _pop(heap: NDArray[np.uint32], values: NDArray[np.float32], count: int) -> None:
    """Take the first from a heap of `count`."""
    last = count - 1
    value, row = values[last], heap[last]
    place = 0
    while True:
        child = 2 * place + 1
        if child >= last:
            break
        if child + 1 < last and values[child + 1] > values[child]:
            child += 1
        if values[child] <= value:
            break
        values[place], heap[place] = values[child], heap[child]
        place = child
    values[place], heap[place] = value, row


@loop(
    types.UniTuple(types.int64, 2)(
        ASKED,
        CODED_ROWS,
        LINKS,
        read_only(types.int64, 1),
        read_only(types.boolean, 1),
        types.int64,
        types.uint8[::1],
        types.uint8,
        types.int64[::1],
        types.float32[::1],
        SCRATCH,
    )
)
def walk_allowed(
    asked: Asked,
    rows: CodedRows,
    links: Links,
    entries: NDArray[np.int64],
    allowed: NDArray[np.bool_],
    budget: int,
    marks: NDArray[np.uint8],
    mark: np.uint8,
    found: NDArray[np.int64],
    scores: NDArray[np.float32],
    scratch: Scratch,
) -> tuple[int, int]:
    """Find allowed rows of high score; the way leads over others as well. See `walk_all`.

    Args:
        asked: the query.
        rows: the coded rows.
        links: the graph.
        entries: int64 (n,), where to start; empty for the entry of the graph.
        allowed: bool (rows,), which rows may be found.
        budget: a walk that has scored more rows stops.
        marks: uint8 (rows,), scratch; rows that hold `mark` count as seen.
        mark: of this walk.
        found: int64 (ef,), for the rows.
        scores: float32 (ef,), for their scores.
        scratch: for the rows of one step; width is the most neighbours that any row has.

    Returns:
        How many were found, and how many were scored.

    """
    asked, rows, links, entries = borrowed((asked, rows, links, entries))
    marks, found, scores = borrowed((marks, found, scores))
    batch, values, space = borrowed(scratch)
    allowed = borrowed(allowed)
    room = min(budget, allowed.size) + 2 * batch.size
    heap, heap_values = np.empty(room, np.uint32), np.empty(room, np.float32)
    fresh, scored = _start(asked, rows, links, entries, marks, mark, batch, values, space)
    lowest, count, waiting = links.lowest, 0, 0
    while True:
        for place in range(fresh):
            value, row = values[place], batch[place]
            if count == found.size and value <= scores[count - 1]:
                continue
            _push(row, value, heap, heap_values, waiting)
            waiting += 1
            if allowed[row]:
                _insert(np.int64(row), value, found, scores, count)
                count = min(count + 1, found.size)
        if waiting == 0 or scored > budget:
            break
        current = heap[0]
        if count == found.size and heap_values[0] < scores[count - 1]:
            break
        _pop(heap, heap_values, waiting)
        waiting -= 1
        fresh = _unseen(lowest, np.uint64(current), marks, mark, batch)
        ask_for(rows, batch, fresh)
        _score_batch(asked, rows, batch, fresh, values, space)
        scored += fresh
    return count, scored
