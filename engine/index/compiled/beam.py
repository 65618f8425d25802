"""The lists of a walk: the best rows so far in order, and a heap of those that wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.index.compiled.compiling import part
from engine.index.compiled.intrinsics import move

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@part
def _make_room(array: NDArray[np.generic], place: int, behind: int) -> None:
    """Move `behind` elements from `place` on by one; a loop over them takes longer."""
    start = array.ctypes.data + array.itemsize * place
    move(start + array.itemsize, start, array.itemsize * behind)


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
def insert(
    row: np.int64,
    value: np.float32,
    found: NDArray[np.int64],
    scores: NDArray[np.float32],
    count: int,
) -> int:
    """Put a row among `count` sorted ones, the last falls out of a full list; returns its place."""
    place = _place_of(value, scores, count)
    behind = min(count, scores.size - 1) - place
    if behind > 0:
        _make_room(scores, place, behind)
        _make_room(found, place, behind)
    scores[place], found[place] = value, row
    return place


@part
def push(
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
def pop(heap: NDArray[np.uint32], values: NDArray[np.float32], count: int) -> None:
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
