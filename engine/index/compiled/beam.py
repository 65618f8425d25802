"""The lists of a walk: the best rows so far in order, and a heap of those that wait.

Both hold ranks: one integer for a row and its score, which sorts as the score does, with room for
whether the neighbours of the row are known. So a row is moved in one piece and compared at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.index.compiled.compiling import part
from engine.index.compiled.intrinsics import either, move

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ranks = NDArray[np.int64]

_SIGN, _ROW = 0x7FFFFFFF, 0xFFFFFFFF
_WORD, _OPENED = 32, 1


@part
def rank(row: np.uint32, score: np.float32) -> np.int64:
    """Return the rank of a row below 2**31 whose neighbours are not known yet."""
    bits = np.int64(np.float32(score).view(np.int32))
    ordered = bits ^ ((bits >> 31) & _SIGN)  # negative floats are ordered the other way round
    return np.int64((ordered << _WORD) | (np.int64(row) << 1))


@part
def row_of(ranked: np.int64) -> np.uint64:
    """Return the row of a rank."""
    return np.uint64((ranked & _ROW) >> 1)


@part
def score_of(ranked: np.int64) -> np.float32:
    """Return the score of a rank."""
    ordered = ranked >> _WORD
    return np.int32(ordered ^ ((ordered >> 31) & _SIGN)).view(np.float32)


@part
def opened(ranked: np.int64) -> np.int64:
    """Return the rank of a row whose neighbours are known from now on."""
    return ranked | _OPENED


@part
def closed(ranked: np.int64) -> np.int64:
    """Return the rank of the same row, its neighbours not known."""
    return ranked & ~_OPENED


@part
def is_opened(ranked: np.int64) -> bool:
    """Return whether the neighbours of the row are known."""
    return bool(ranked & _OPENED)


@part
def insert(ranked: np.int64, beam: Ranks, count: int) -> int:
    """Put a rank among `count` descending ones, the last falls out of a full list.

    Returns its place, which is not behind the last place of the list.
    """
    place = _place(ranked, beam, count)
    _move_back(beam, place, count, 1)
    beam[place] = ranked
    return place


@part
def merge(coming: Ranks, number: int, beam: Ranks, count: int) -> int:
    """Put `number` descending ranks among `count` others, the last fall out of a full list.

    Each run between two of them is moved once. Returns the place of the first, which may be behind
    the list.
    """
    end = count
    for before in range(number - 1, -1, -1):
        place = _place(coming[before], beam, end)
        _move_back(beam, place, end, before + 1)
        if place + before < beam.size:
            beam[place + before] = coming[before]
        end = place
    return end


@part
def _place(ranked: np.int64, beam: Ranks, count: int) -> int:
    """Return how many of `count` descending ranks are not below one."""
    place, size = 0, count
    while size > 0:
        half = (size + 1) >> 1
        place += either(beam[place + half - 1] >= ranked, half, 0)
        size -= half
    return place


@part
def _move_back(beam: Ranks, first: int, end: int, by: int) -> None:
    """Move the ranks from `first` to before `end` so many places on, save what falls out."""
    left = min(end, beam.size - by) - first
    if left > 0:
        start = beam.ctypes.data + beam.itemsize * first
        move(start + beam.itemsize * by, start, beam.itemsize * left)


@part
def push(ranked: np.int64, heap: Ranks, count: int) -> None:
    """Add a rank to a heap of `count`, the largest first."""
    place = count
    while place > 0:
        parent = (place - 1) >> 1
        if heap[parent] >= ranked:
            break
        heap[place] = heap[parent]
        place = parent
    heap[place] = ranked


@part
def pop(heap: Ranks, count: int) -> None:
    """Take the first from a heap of `count`."""
    last = heap[count - 1]
    place, child = 0, 1
    while child < count - 1:
        if child + 1 < count - 1 and heap[child + 1] > heap[child]:
            child += 1
        if heap[child] <= last:
            break
        heap[place] = heap[child]
        place, child = child, 2 * child + 1
    heap[place] = last
