"""Where a walk begins: rows that are given, or those that the upper levels of the graph lead to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.index.compiled.beam import (
    closed,
    insert,
    is_opened,
    opened,
    rank,
    row_of,
    score_of,
)
from engine.index.compiled.compiling import part
from engine.index.compiled.formulas import score
from engine.index.compiled.rows import ask_for, compare, similarities

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.index.graph import Links
    from engine.index.quantised import CodedRows
    from engine.index.scorer import Asked

_WHOLE_QUERY = -1

_ABREAST, _FOR_ONE_MORE = 4, 1 << 17
"""Rows that are followed side by side down the upper levels: at least, and rows of the graph for
one more. Where data lies in islands, the best row of a level may have no way to the island that the
query is on."""


@part
def abreast(links: Links) -> int:
    """Return how many rows are followed side by side."""
    return _ABREAST + int(links.lowest.shape[0]) // _FOR_ONE_MORE


@part
def score_batch(
    asked: Asked,
    rows: CodedRows,
    batch: NDArray[np.uint32],
    count: int,
    scores: NDArray[np.float32],
    scratch: NDArray[np.float32],
) -> None:
    """Fill the first `count` scores with those of the rows of the batch, by the guide."""
    compare(asked, rows, batch, count, 0, scratch.shape[0], scratch)
    similarities(asked, rows, batch, count, 0, scratch.shape[0], scratch, scratch)
    score(asked, asked.guide, scratch, count, scores)


@part
def _score_by(
    vector: int,
    asked: Asked,
    rows: CodedRows,
    batch: NDArray[np.uint32],
    count: int,
    scores: NDArray[np.float32],
    scratch: NDArray[np.float32],
) -> None:
    """Fill the same with the similarities to one vector, or with the scores."""
    if vector == _WHOLE_QUERY:
        score_batch(asked, rows, batch, count, scores, scratch)
        return
    compare(asked, rows, batch, count, vector, vector + 1, scratch)
    similarities(asked, rows, batch, count, vector, vector + 1, scratch, scratch)
    scores[:count] = scratch[vector, :count]


@part
def _neighbours(links: Links, level: int, row: np.uint32, batch: NDArray[np.uint32]) -> int:
    """Fill the batch with the neighbours of a row on a level; returns how many."""
    if level == 0:
        listed, block = links.lowest, np.int64(row)
    else:
        listed, block = links.upper, np.int64(links.first_upper[row] + level - 1)
    count = 0
    while count < listed.shape[1] and listed[block, count] != row:
        batch[count] = listed[block, count]
        count += 1
    return count


@part
def _lead_down(
    vector: int,
    asked: Asked,
    rows: CodedRows,
    links: Links,
    beam: NDArray[np.int64],
    batch: NDArray[np.uint32],
    scores: NDArray[np.float32],
    scratch: NDArray[np.float32],
) -> tuple[int, int]:
    """Fill the beam with the ranks of the best rows that the upper levels lead to.

    A row that comes again is known by its rank, or too low for the beam as it was before, so none
    needs a mark.

    Returns:
        How many are in the beam, and how many were scored.

    """
    batch[0] = np.uint32(links.entry)
    _score_by(vector, asked, rows, batch, 1, scores, scratch)
    beam[0] = rank(batch[0], scores[0])
    count, scored = 1, 1
    for level in range(links.top_level, 0, -1):
        for place in range(count):
            beam[place] = closed(beam[place])
        following = 0
        while following < count:
            current = np.uint32(row_of(beam[following]))
            if is_opened(beam[following]):
                following += 1
                continue
            beam[following] = opened(beam[following])
            fresh = _neighbours(links, level, current, batch)
            ask_for(rows, batch, fresh)
            _score_by(vector, asked, rows, batch, fresh, scores, scratch)
            scored += fresh
            for place in range(fresh):
                ranked = rank(batch[place], scores[place])
                if count == beam.size and ranked <= beam[count - 1]:
                    continue
                if not _is_among(ranked, beam, count):
                    following = min(following, insert(ranked, beam, count))
                    count = min(count + 1, beam.size)
    return count, scored


@part
def _is_among(ranked: np.int64, beam: NDArray[np.int64], count: int) -> bool:
    found = False
    for place in range(count):
        found |= closed(beam[place]) == ranked
    return found


@part
def _climb(
    vector: int,
    asked: Asked,
    rows: CodedRows,
    links: Links,
    from_rank: np.int64,
    batch: NDArray[np.uint32],
    scores: NDArray[np.float32],
    scratch: NDArray[np.float32],
) -> tuple[np.uint32, int]:
    """Go from a row to its best neighbour on the lowest level until none is better.

    Returns the last row, and how many were scored.
    """
    current, best, scored, moved = np.uint32(row_of(from_rank)), score_of(from_rank), 0, True
    while moved:
        moved = False
        count = _neighbours(links, 0, current, batch)
        ask_for(rows, batch, count)
        _score_by(vector, asked, rows, batch, count, scores, scratch)
        scored += count
        for place in range(count):
            if scores[place] > best:
                best, current, moved = scores[place], batch[place], True
    return current, scored


@part
def _descend(
    asked: Asked,
    rows: CodedRows,
    links: Links,
    starts: NDArray[np.uint32],
    batch: NDArray[np.uint32],
    scores: NDArray[np.float32],
    scratch: NDArray[np.float32],
) -> tuple[int, int]:
    """Fill `starts` with rows that the upper levels lead to; returns how many, and how many scored.

    What is one vector's own point, if it has one, is wanted exactly; a whole query goes on from all
    that it was led to. So many ways down as there are examples stay narrow: in a graph of a million
    rows they would cost more than the walk.
    """
    beam, scored = np.empty(_ABREAST if asked.starts else abreast(links), np.int64), 0
    for vector in range(asked.starts):
        _, led = _lead_down(vector, asked, rows, links, beam, batch, scores, scratch)
        start = beam[0]
        starts[vector], climbed = _climb(vector, asked, rows, links, start, batch, scores, scratch)
        scored += led + climbed
    if asked.starts:
        return asked.starts, scored
    count, scored = _lead_down(_WHOLE_QUERY, asked, rows, links, beam, batch, scores, scratch)
    for place in range(count):
        starts[place] = np.uint32(row_of(beam[place]))
    return count, scored


@part
def start(
    asked: Asked,
    rows: CodedRows,
    links: Links,
    entries: NDArray[np.int64],
    batch: NDArray[np.uint32],
    scores: NDArray[np.float32],
    scratch: NDArray[np.float32],
) -> tuple[int, int]:
    """Fill the batch with the scored rows to start at; returns how many, and how many were scored.

    No more than fit in the batch, each once.
    """
    starts = np.empty(max(abreast(links), asked.starts), np.uint32)
    led, scored = entries.size, 0
    if entries.size == 0:
        led, scored = _descend(asked, rows, links, starts, batch, scores, scratch)
    count = 0
    for place in range(min(led, batch.size)):
        row = np.uint32(entries[place]) if entries.size else starts[place]
        is_new = True
        for earlier in range(count):
            is_new &= batch[earlier] != row
        batch[count] = row
        count += is_new
    score_batch(asked, rows, batch, count, scores, scratch)
    return count, scored + count
