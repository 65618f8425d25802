"""Checksums of files, by which damage is noticed: one CRC-32 for each block of a megabyte."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zlib import crc32

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

BLOCK = 1 << 20
REMEDY = "Restore the file from a backup, or delete the collection."
"""What to do about a damaged file of points."""


def parts(size: int, added: int) -> Iterator[tuple[int, int]]:
    """Yield where the next `added` bytes of a file of `size` bytes begin and end in each block."""
    begin, end = 0, added
    while begin < end:
        stop = min(end, begin + BLOCK - (size + begin) % BLOCK)
        yield begin, stop
        begin = stop


def extended(sums: tuple[int, ...], size: int, data: memoryview) -> tuple[int, ...]:
    """Return the sums of a file of `size` bytes, which has `sums`, with `data` behind them."""
    known = list(sums)
    for begin, end in parts(size, len(data)):
        before = known.pop() if (size + begin) % BLOCK else 0
        known.append(crc32(data[begin:end], before))
    return tuple(known)


def bytes_of(array: NDArray[Any]) -> memoryview:
    """Return the bytes of an array, in row order."""
    return np.ascontiguousarray(array).reshape(-1).view(np.uint8).data


def sums_of(array: NDArray[Any]) -> tuple[int, ...]:
    """Return the sums of a file that holds the bytes of an array."""
    return extended((), 0, bytes_of(array))


@dataclass(frozen=True, slots=True)
class SummedFile:
    """A file, or the beginning of one, and what it is known to hold.

    Attributes:
        path: of the file.
        size: bytes that count.
        sums: of their blocks.

    """

    path: Path
    size: int
    sums: tuple[int, ...]

    def is_whole(self, go_on: Callable[[], bool] = lambda: True) -> bool:
        """Return whether the file holds what it held; True as well once `go_on` says no.

        Raises OSError where it cannot be read.
        """
        left = self.size
        with self.path.open("rb", buffering=0) as file:
            for known in self.sums:
                if not go_on():
                    return True
                block = file.read(min(BLOCK, left))
                if crc32(block) != known:
                    return False
                left -= len(block)
        return left == 0


AT_ONCE = 1 << 24
"""Bytes that are read when a collection is opened: some milliseconds. More wait for a thread."""


def are_few(files: Iterable[SummedFile]) -> bool:
    """Return whether files can be checked on the way."""
    return sum(file.size for file in files) <= AT_ONCE


def damage(files: Iterable[SummedFile], go_on: Callable[[], bool] = lambda: True) -> str:
    """Return which file does not hold what was written into it, in words; empty for none.

    Raises OSError where one cannot be read.
    """
    for file in files:
        if not file.is_whole(go_on):
            return f"{file.path} is damaged: it does not hold what was written into it."
    return ""
