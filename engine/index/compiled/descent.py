"""Where a walk begins: rows that are given, or those that the upper levels of the graph lead to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.index.compiled.compiling import part
from engine.index.compiled.formulas import score
from engine.index.compiled.rows import ask_for, compare, similarities

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.index.graph import Links
    from engine.index.quantised import CodedRows
    from engine.index.scorer import Asked

_WHOLE_QUERY = -1


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
def _descend(
    vector: int,
    asked: Asked,
    rows: CodedRows,
    links: Links,
    batch: NDArray[np.uint32],
    scores: NDArray[np.float32],
    scratch: NDArray[np.float32],
) -> tuple[np.uint32, int]:
    """Climb to the best row that every level leads to; returns it and how many were scored.

    What is one vector's own point, if it has one, is wanted exactly; a whole query goes on from the
    lowest but one level.
    """
    current = np.uint32(links.entry)
    batch[0] = current
    _score_by(vector, asked, rows, batch, 1, scores, scratch)
    best, scored = scores[0], 1
    last = 0 if vector == _WHOLE_QUERY else -1
    for level in range(links.top_level, last, -1):
        moved = True
        while moved:
            moved = False
            count = _neighbours(links, level, current, batch)
            ask_for(rows, batch, count)
            _score_by(vector, asked, rows, batch, count, scores, scratch)
            scored += count
            for place in range(count):
                if scores[place] > best:
                    best, current, moved = scores[place], batch[place], True
    return current, scored


@part
def start(
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
    starts, scored = np.empty(max(1, asked.starts), np.uint32), 0
    for vector in range(starts.size if entries.size == 0 else 0):
        alone = _WHOLE_QUERY if asked.starts == 0 else vector
        row, more = _descend(alone, asked, rows, links, batch, scores, scratch)
        starts[vector], scored = row, scored + more
    count = 0
    for place in range(min(entries.size or starts.size, batch.size)):
        row = np.uint32(entries[place]) if entries.size else starts[place]
        if marks[row] != mark:
            marks[row] = mark
            batch[count] = row
            count += 1
    score_batch(asked, rows, batch, count, scores, scratch)
    return count, scored + count
