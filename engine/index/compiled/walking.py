"""The walk over a graph: from an entry, always on from the best rows whose neighbours are unknown.

Neighbours that were not seen before are collected and asked for from memory together, then scored
together; a row costs a few cache misses, so that is what the time goes into. A few rows are left at
a time, so that more is on its way from memory at once: nearly all that wait are left in the end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.index.compiled.beam import (
    insert,
    is_opened,
    merge,
    opened,
    pop,
    push,
    rank,
    row_of,
    score_of,
)
from engine.index.compiled.collecting import (
    add,
    ask_for_links,
    collect_all,
    collect_allowed,
    collect_past,
    is_in,
)
from engine.index.compiled.compiling import ASKED, CODED_ROWS, LINKS, loop, part, read_only, types
from engine.index.compiled.descent import abreast, score_batch, start
from engine.index.compiled.intrinsics import borrowed
from engine.index.compiled.rows import ask_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from engine.index.compiled.collecting import Bits, Sets
    from engine.index.graph import Links
    from engine.index.quantised import CodedRows
    from engine.index.scorer import Asked

    Batch = tuple[NDArray[np.uint32], NDArray[np.float32], NDArray[np.float32], NDArray[np.int64]]
    """Rows (width,), scores (width,), similarities (vectors, width), ranks (width,)."""

_AT_ONCE = 4
"""Rows that are left in one step."""


def _walking(collect: Callable[..., int]) -> Callable[..., tuple[int, int]]:
    """Return the walk that collects neighbours so, compiled for them."""

    @part
    def walk_on(
        asked: Asked,
        rows: CodedRows,
        links: Links,
        fresh: int,
        sets: Sets,
        budget: int,
        beam: NDArray[np.int64],
        scratch: Batch,
    ) -> tuple[int, int]:
        """Go on from the first `fresh` rows of the batch; every row collected may be found.

        So the rows found are also those that wait, save where their neighbours are known.
        """
        batch, values, space, coming = scratch
        scored, count, following = fresh, 0, 0
        address, links_bytes = links.lowest.ctypes.data, 4 * np.intp(links.lowest.shape[1])
        while True:
            number = 0
            for place in range(fresh):
                ranked = rank(batch[place], values[place])
                if count == beam.size and ranked <= beam[count - 1]:
                    continue
                insert(ranked, coming, number)
                number += 1
                ask_for_links(address, links_bytes, batch[place])
            following = min(following, merge(coming, number, beam, count))
            count = min(count + number, beam.size)
            left = fresh = 0
            while following < count and left < _AT_ONCE:
                if not is_opened(beam[following]):
                    current = row_of(beam[following])
                    beam[following] = opened(beam[following])
                    fresh = collect(links, current, sets, batch, fresh)
                    left += 1
                following += 1
            if left == 0 or scored > budget:
                break
            ask_for(rows, batch, fresh)
            score_batch(asked, rows, batch, fresh, values, space)
            scored += fresh
        return count, scored

    return walk_on


_walk_all = _walking(collect_all)
"""Every row may be found."""

_walk_past = _walking(collect_past)
"""Only some may; the way leads past the others, one at a time."""


@part
def _walk_allowed(
    asked: Asked,
    rows: CodedRows,
    links: Links,
    fresh: int,
    sets: Sets,
    budget: int,
    beam: NDArray[np.int64],
    scratch: Batch,
) -> tuple[int, int]:
    """Do the same where only some rows may be found, and the way leads over the others as well."""
    (batch, values, space, _), allowed = scratch, sets[0]
    heap = np.empty(min(budget, links.lowest.shape[0]) + 2 * batch.size, np.int64)
    scored, count, waiting = fresh, 0, 0
    address, links_bytes = links.lowest.ctypes.data, 4 * np.intp(links.lowest.shape[1])
    while True:
        for place in range(fresh):
            ranked, row = rank(batch[place], values[place]), batch[place]
            if count == beam.size and ranked <= beam[count - 1]:
                continue
            push(ranked, heap, waiting)
            waiting += 1
            ask_for_links(address, links_bytes, row)
            if is_in(np.uint64(row), allowed):
                insert(ranked, beam, count)
                count = min(count + 1, beam.size)
        left = fresh = 0
        while waiting and left < _AT_ONCE and scored <= budget:
            if count == beam.size and heap[0] < beam[count - 1]:
                break
            current = row_of(heap[0])
            pop(heap, waiting)
            waiting -= 1
            fresh = collect_allowed(links, current, sets, batch, fresh)
            left += 1
        if left == 0:
            break
        ask_for(rows, batch, fresh)
        score_batch(asked, rows, batch, fresh, values, space)
        scored += fresh
    return count, scored


@part
def _start_past(
    asked: Asked,
    rows: CodedRows,
    links: Links,
    fresh: int,
    sets: Sets,
    scratch: Batch,
) -> int:
    """Replace the rows of the batch by those at or next to the first that may be found.

    Returns how many they are.
    """
    batch, values, space, _ = scratch
    starts, count = batch[:fresh].copy(), 0
    for place in range(starts.size):
        batch[count] = starts[place]
        count += is_in(np.uint64(starts[place]), sets[0])
    for place in range(starts.size):
        count = collect_past(links, np.uint64(starts[place]), sets, batch, count)
    ask_for(rows, batch, count)
    score_batch(asked, rows, batch, count, values, space)
    return count


@part
def _begin(sets: Sets, starts: NDArray[np.uint32]) -> None:
    """Fill the sets of a walk that has seen its starts only."""
    allowed, seen, others = sets
    for word in range(min(allowed.size, seen.size)):
        seen[word], others[word] = ~allowed[word], allowed[word]
    for row in starts:
        add(np.uint64(row), seen)
        if allowed.size:
            add(np.uint64(row), others)


@part
def _walk(
    asked: Asked,
    rows: CodedRows,
    links: Links,
    entries: NDArray[np.int64],
    sets: Sets,
    past: bool,
    budget: int,
    beam: NDArray[np.int64],
    scratch: Batch,
) -> tuple[int, int]:
    """Do what `walk` says, with arrays that it keeps."""
    asked, rows, links, entries = borrowed((asked, rows, links, entries))
    sets, beam, scratch = borrowed((sets, beam, scratch))
    fresh, before = start(asked, rows, links, entries, scratch[0], scratch[1], scratch[2])
    if past:
        fresh = min(fresh, _AT_ONCE)
    _begin(sets, scratch[0][:fresh])
    if past:
        fresh = _start_past(asked, rows, links, fresh, sets, scratch)
        before += fresh
    left = max(0, budget - before)
    query = asked, rows, links, fresh, sets, left, beam, scratch
    if past:
        count, scored = _walk_past(*query)
    elif sets[0].size:
        count, scored = _walk_allowed(*query)
    else:
        count, scored = _walk_all(*query)
    return count, before + scored


@loop(
    types.UniTuple(types.int64, 2)(
        ASKED,
        CODED_ROWS,
        LINKS,
        read_only(types.int64, 1),
        read_only(types.uint64, 1),
        types.boolean,
        types.int64,
        types.int64[::1],
        types.float32[::1],
    )
)
def walk(
    asked: Asked,
    rows: CodedRows,
    links: Links,
    entries: NDArray[np.int64],
    allowed: Bits,
    past: bool,
    budget: int,
    found: NDArray[np.int64],
    scores: NDArray[np.float32],
) -> tuple[int, int]:
    """Find rows of high score, best first.

    Args:
        asked: the query.
        rows: the coded rows.
        links: the graph.
        entries: int64 (n,), where to start; empty for where the upper levels lead.
        allowed: uint64 (at least rows / 64,), which rows may be found, a bit for each; empty for
            all.
        past: whether the way leads past rows that may not be found, one at a time, rather than over
            them.
        budget: a walk that has scored more rows stops.
        found: int64 (ef,), for the rows; ef is also how many rows are kept on the way.
        scores: float32 (ef,), for their scores.

    Returns:
        How many were found, and how many were scored.

    """
    lowest = links.lowest.shape[1]
    width = max(_AT_ONCE * max(lowest, links.upper.shape[1]), abreast(links)) + 1
    if past:
        width = _AT_ONCE * (lowest + 1) * (lowest + 1)
    scratch = (
        np.empty(width, np.uint32),
        np.empty(width, np.float32),
        np.empty((asked.codes.shape[0], width), np.float32),
        np.empty(width, np.int64),
    )
    words = (links.lowest.shape[0] >> 6) + 1
    sets = allowed, np.zeros(words, np.uint64), np.empty(words if allowed.size else 0, np.uint64)
    beam = np.empty(found.size, np.int64)
    query = asked, rows, links, entries
    count, scored = _walk(*query, sets, past, budget, beam, scratch)
    for place in range(count):
        found[place], scores[place] = row_of(beam[place]), score_of(beam[place])
    return count, scored
