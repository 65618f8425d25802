"""Row scans compiled by numba; importing this module compiles them, or loads them from a cache."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

import numba
import numpy as np
from numba import types

from engine.scoring.late_interaction_compiled import max_sim

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

Function = TypeVar("Function", bound="Callable[..., None]")

PRODUCT, NEGATED_SQUARE, NEGATED_ABSOLUTE = 0, 1, 2

# The order of additions is free, so the loops become SIMD; NaN and infinities keep their meaning.
_FASTMATH = {"reassoc", "contract", "nsz"}


_ROWS = types.Array(types.float32, 2, "C", readonly=True)
_PLACES = types.Array(types.int64, 1, "C", readonly=True)
_SCAN = types.void(types.int64, _ROWS, _ROWS, _PLACES, types.float32[:, ::1])


def _compiled(function: Function, signature: Any) -> Function:
    try:
        return _jit(function, signature, cache=True)
    except (RuntimeError, OSError):  # no place to write the cache to: compile in each process
        return _jit(function, signature, cache=False)


def _jit(function: Function, signature: Any, *, cache: bool) -> Function:
    compiler = numba.njit(
        signature, cache=cache, nogil=True, fastmath=_FASTMATH, error_model="numpy"
    )
    return cast("Function", compiler(function))


@numba.njit(inline="always", fastmath=_FASTMATH)
def _term(metric: int, x: np.float32, q: np.float32) -> np.float32:
    """Return what one column adds; the compiler moves the choice of metric out of the loops."""
    if metric == PRODUCT:
        return x * q
    difference = x - q
    if metric == NEGATED_SQUARE:
        return -(difference * difference)
    return -abs(difference)


def _scan(
    metric: int,
    data: NDArray[np.float32],
    queries: NDArray[np.float32],
    rows: NDArray[np.int64],
    out: NDArray[np.float32],
) -> None:
    # Four queries share each load of a row: a scan of a few queries is bound by loads, not by sums.
    fours = queries.shape[0] // 4 * 4
    for place in range(rows.size):
        row = data[rows[place]]
        for number in range(0, fours, 4):
            first, second = queries[number], queries[number + 1]
            third, fourth = queries[number + 2], queries[number + 3]
            a = b = c = d = np.float32(0)
            for column in range(row.size):
                x = row[column]
                a += _term(metric, x, first[column])
                b += _term(metric, x, second[column])
                c += _term(metric, x, third[column])
                d += _term(metric, x, fourth[column])
            out[number, place], out[number + 1, place] = a, b
            out[number + 2, place], out[number + 3, place] = c, d
        for number in range(fours, queries.shape[0]):
            query = queries[number]
            total = np.float32(0)
            for column in range(row.size):
                total += _term(metric, row[column], query[column])
            out[number, place] = total


SCAN = _compiled(_scan, _SCAN)
MAX_SIM = max_sim
