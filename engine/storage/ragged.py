"""Rows of unequal length: `offsets` into flat values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray


def offsets_of(lengths: Iterable[int] | NDArray[np.integer]) -> NDArray[np.uint64]:
    """Return uint64 (n + 1,): where each of n rows begins, and where the last one ends."""
    ends = np.cumsum(np.asarray(lengths, np.uint64), dtype=np.uint64)
    return np.concatenate([np.zeros(1, np.uint64), ends])


def places(
    offsets: NDArray[np.uint64], rows: NDArray[np.int64]
) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Return the offsets of `rows` alone, and where their values lie among all values."""
    starts = offsets[rows].astype(np.int64)
    lengths = offsets[rows + 1].astype(np.int64) - starts
    return offsets_of(lengths), ranges(starts, lengths)


def ranges(starts: NDArray[np.int64], lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the numbers of several ranges, one range behind the other."""
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    shift: NDArray[np.int64] = np.repeat(starts - (ends - lengths), lengths)
    return np.arange(total) + shift


def joined_offsets(parts: Sequence[NDArray[np.uint64]]) -> NDArray[np.uint64]:
    """Return the offsets of the rows of all parts, one after the other."""
    return offsets_of(np.concatenate([np.diff(part) for part in parts]))
