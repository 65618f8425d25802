"""The walk over a graph: from an entry, always on from the best row whose neighbours are unknown.

Neighbours that were not seen before are collected and asked for from memory together, then scored
together; a row costs a few cache misses, so that is what the time goes into.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.index.compiled.beam import insert, pop, push
from engine.index.compiled.compiling import ASKED, CODED_ROWS, LINKS, loop, part, read_only, types
from engine.index.compiled.descent import score_batch, start
from engine.index.compiled.intrinsics import borrowed, prefetch
from engine.index.compiled.rows import ask_for
from engine.index.quantised import LANES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.index.graph import Links
    from engine.index.quantised import CodedRows
    from engine.index.scorer import Asked

    Scratch = tuple[NDArray[np.uint32], NDArray[np.float32], NDArray[np.float32]]
    """Rows (width,), scores (width,), similarities (vectors, width)."""


@part
def _score_unseen(
    asked: Asked,
    rows: CodedRows,
    links: Links,
    owner: np.uint64,
    marks: NDArray[np.uint8],
    mark: np.uint8,
    batch: NDArray[np.uint32],
    scores: NDArray[np.float32],
    scratch: NDArray[np.float32],
) -> int:
    """Collect, mark and score the neighbours that have no mark yet; returns how many."""
    count = 0
    for place in range(links.lowest.shape[1]):
        row = links.lowest[owner, np.uint64(place)]
        if row == owner:
            break
        if marks[row] != mark:
            marks[row] = mark
            batch[count] = row
            count += 1
    ask_for(rows, batch, count)
    score_batch(asked, rows, batch, count, scores, scratch)
    return count


@part
def _ask_for_links(lowest: int, width: np.intp, row: np.uint32) -> None:
    first = lowest + np.intp(row) * width
    for offset in range(0, width, LANES):
        prefetch(first + offset)


@part
def _walk_all(
    asked: Asked,
    rows: CodedRows,
    links: Links,
    fresh: int,
    budget: int,
    marks: NDArray[np.uint8],
    mark: np.uint8,
    found: NDArray[np.int64],
    scores: NDArray[np.float32],
    scratch: Scratch,
) -> tuple[int, int]:
    """Go on from the first `fresh` rows of the batch; every row may be found.

    So the rows found are also those that wait, save where their neighbours are known: these hold
    their complement.
    """
    batch, values, space = scratch
    scored, count, following = fresh, 0, 0
    address, links_bytes = links.lowest.ctypes.data, 4 * np.intp(links.lowest.shape[1])
    while True:
        first = count
        for place in range(fresh):
            value = values[place]
            if count == found.size and value <= scores[count - 1]:
                continue
            put = insert(np.int64(batch[place]), value, found, scores, count)
            count = min(count + 1, found.size)
            if put < first:
                first = put
                _ask_for_links(address, links_bytes, batch[place])
        following = min(following, first)
        while following < count and found[following] < 0:
            following += 1
        if following == count or scored > budget:
            break
        current = np.uint64(found[following])
        found[following] = ~found[following]
        fresh = _score_unseen(asked, rows, links, current, marks, mark, batch, values, space)
        scored += fresh
    for place in range(count):
        found[place] = max(found[place], ~found[place])
    return count, scored


@part
def _walk_allowed(
    asked: Asked,
    rows: CodedRows,
    links: Links,
    fresh: int,
    allowed: NDArray[np.bool_],
    budget: int,
    marks: NDArray[np.uint8],
    mark: np.uint8,
    found: NDArray[np.int64],
    scores: NDArray[np.float32],
    scratch: Scratch,
) -> tuple[int, int]:
    """Do the same where only some rows may be found; the way leads over the others as well."""
    batch, values, space = scratch
    room = min(budget, allowed.size) + 2 * batch.size
    heap, heap_values = np.empty(room, np.uint32), np.empty(room, np.float32)
    scored, count, waiting = fresh, 0, 0
    while True:
        for place in range(fresh):
            value, row = values[place], batch[place]
            if count == found.size and value <= scores[count - 1]:
                continue
            push(row, value, heap, heap_values, waiting)
            waiting += 1
            if allowed[row]:
                insert(np.int64(row), value, found, scores, count)
                count = min(count + 1, found.size)
        if waiting == 0 or scored > budget:
            break
        current = np.uint64(heap[0])
        if count == found.size and heap_values[0] < scores[count - 1]:
            break
        pop(heap, heap_values, waiting)
        waiting -= 1
        fresh = _score_unseen(asked, rows, links, current, marks, mark, batch, values, space)
        scored += fresh
    return count, scored


SCRATCH = types.Tuple((types.uint32[::1], types.float32[::1], types.float32[:, ::1]))


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
def walk(
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
    """Find rows of high score, best first.

    Args:
        asked: the query.
        rows: the coded rows.
        links: the graph.
        entries: int64 (n,), where to start; empty for where the upper levels lead.
        allowed: bool (rows,), which rows may be found; empty for all.
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
    marks, found, scores, allowed = borrowed((marks, found, scores, allowed))
    scratch = borrowed(scratch)
    fresh, before = start(asked, rows, links, entries, marks, mark, *scratch)
    query = asked, rows, links, fresh
    left = max(0, budget - before)
    if allowed.size:
        count, scored = _walk_allowed(*query, allowed, left, marks, mark, found, scores, scratch)
    else:
        count, scored = _walk_all(*query, left, marks, mark, found, scores, scratch)
    return count, before + scored
