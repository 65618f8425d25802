"""The nearest others of each of many rows: a symmetric matrix of similarities, tile by tile.

Each pair is compared once, and no more than some tiles are held. Threads take a tile each; BLAS
threads of their own would wait for each other, and spin while the leading ones are sought.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import cache
from importlib import import_module
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import numpy as np

from engine.scoring.leading import Leaders, leading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from numpy.typing import NDArray

    Compare: TypeAlias = Callable[[slice, slice], NDArray[np.float32]]
    """Return similarities, float32 (rows, columns), of some rows to others; each way the same."""

T = TypeVar("T")
U = TypeVar("U")

SIDE = 768
"""Rows and columns of a tile: 2.4 MB, about what a second-level cache holds."""

MOST_THREADS = 8


def nearest_others(
    compare: Compare, count: int, limit: int, step: Callable[[int, int], None]
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Return the other rows most similar to each row, and how similar, as `leading` does.

    Args:
        compare: called by several threads.
        count: how many rows there are.
        limit: others of each row, at least 1.
        step: told how many rows are done, and their number; what it raises ends the work.

    Returns:
        int32 and float32 (count, min(limit, count)); -1 and -inf where there are no more others.

    """
    blocks = [slice(start, min(start + SIDE, count)) for start in range(0, count, SIDE)]
    if len(blocks) < 2:
        step(0, count)
        return leading(_without_diagonal(compare(slice(count), slice(count))), limit)
    leaders, locks = Leaders(count, count, limit), [Lock() for _ in blocks]

    def take(tile: tuple[int, int]) -> None:
        row, column = tile
        found = compare(blocks[row], blocks[column])
        if row == column:
            _without_diagonal(found)
        with ExitStack() as held:
            for block in {row: None, column: None}:
                held.enter_context(locks[block])
            top, left = blocks[row].start, blocks[column].start
            leaders.take(found, top, left, is_mirrored=row != column)

    tiles = [
        (row, row + off) for off in range(len(blocks)) for row in range(len(blocks) - off)
    ]  # the diagonal first: it gives every row a bar
    with in_threads(take, tiles) as taken:
        for done, _ in enumerate(taken):
            step(done * count // len(tiles), count)
    with in_threads(leaders.in_order, blocks) as ordered:
        columns, scores = zip(*ordered, strict=True)
    return np.concatenate(columns), np.concatenate(scores)


@contextmanager
def in_threads(work: Callable[[T], U], items: Iterable[T]) -> Iterator[Iterator[U]]:
    """Give what the work returns for each item, in order; each thread has a BLAS of one thread.

    Work that has not begun when the body ends is left.
    """
    with BLAS.in_one_thread(), ThreadPoolExecutor(_threads()) as pool:
        try:
            yield pool.map(work, items)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _without_diagonal(similarities: NDArray[np.float32]) -> NDArray[np.float32]:
    np.fill_diagonal(similarities, -np.inf)
    return similarities


def _threads() -> int:
    return min(MOST_THREADS, os.cpu_count() or 1)


class _Blas:
    """Keeps BLAS to one thread while at least one caller wants that.

    The number of threads belongs to the process, so callers that overlap must share one change.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._callers = 0
        self._limit: Any = None

    @contextmanager
    def in_one_thread(self) -> Iterator[None]:
        with self._lock:
            self._callers += 1
            if self._callers == 1:
                self._limit = _controller().limit(limits=1, user_api="blas")
        try:
            yield
        finally:
            with self._lock:
                self._callers -= 1
                if not self._callers:
                    self._limit.restore_original_limits()


BLAS = _Blas()


@cache
def _controller() -> Any:
    return import_module("threadpoolctl").ThreadpoolController()  # looks through all libraries
