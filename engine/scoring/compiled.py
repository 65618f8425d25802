"""Row scans compiled by numba; importing this module compiles them, or loads them from a cache.

So is the choice of diverse rows, which scans a row whenever it may be the next.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

import numba
import numpy as np

from engine.index.compiled.compiling import loop, part, read_only, types
from engine.scoring.diversity import Choice, Diverse
from engine.scoring.norms import LEAST_SQUARE, NEAR_ONE

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Singles = NDArray[np.float32]

Function = TypeVar("Function", bound="Callable[..., None]")

PRODUCT, NEGATED_SQUARE, NEGATED_ABSOLUTE = 0, 1, 2

_LEAST, _NEAR, _ONE = np.float32(LEAST_SQUARE), np.float32(NEAR_ONE), np.float32(1)

# The order of additions is free, so the loops become SIMD; NaN and infinities keep their meaning.
_FASTMATH = {"reassoc", "contract", "nsz"}


_ROWS = read_only(types.float32, 2)
_PLACES = read_only(types.int64, 1)
_MATRIX, _SINGLES, _COUNTS = types.float32[:, ::1], types.float32[::1], types.int64[::1]
_SCAN = types.void(types.int64, _ROWS, _ROWS, _PLACES, _MATRIX)
_SPREAD = types.void(
    types.int64,
    types.NamedTuple([_MATRIX, _MATRIX, _SINGLES, types.float32], Diverse),
    types.NamedTuple([_COUNTS, _MATRIX, _COUNTS, _COUNTS, _SINGLES, _SINGLES], Choice),
    types.int64,
    types.int64,
)


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


@numba.njit(fastmath=_FASTMATH)
def _square(row: Singles) -> float:
    total = 0.0
    for value in row:
        total += np.float64(value) * np.float64(value)
    return total


@loop(types.boolean(_ROWS, _MATRIX))
def normalise(rows: NDArray[np.float32], divided: NDArray[np.float32]) -> bool:
    """Write rows divided by their norm; returns whether all squares are finite in 32 bits."""
    fits = True
    for number in range(rows.shape[0]):
        square = np.float32(_square(rows[number]))
        fits &= np.isfinite(square)
        norm = np.sqrt(square)
        if square < _LEAST or abs(square - _ONE) <= _NEAR:
            norm = _ONE
        for column in range(rows.shape[1]):
            divided[number, column] = rows[number, column] / norm
    return fits


@part
def _last_largest(merit: Singles, pending: NDArray[np.int64], count: int) -> int:
    best = 0
    for place in range(1, count):
        if merit[pending[place]] >= merit[pending[best]]:
            best = place
    return best


@part  # not with the order of additions free: equal merits decide who comes first
def _merit(diversity: np.float32, relevance: np.float32, closest: np.float32) -> np.float32:
    return np.float32((np.float32(1) - diversity) * relevance - diversity * closest)


@part
def _compare_with_chosen(
    metric: int, rows: Diverse, choice: Choice, row: int, step: int, found: Singles
) -> None:
    """Bring a row's merit up to date, which others have been chosen since it was computed."""
    seen = choice.seen[row]
    scores, place = found[: step - seen], np.full(1, row)
    SCAN(metric, rows.data, choice.picked[seen:step], place, scores)
    for number in range(step - seen):
        choice.closest[row] = max(choice.closest[row], scores[number, 0])
    choice.seen[row] = step
    choice.merit[row] = _merit(rows.diversity, rows.relevance[row], choice.closest[row])


def _spread(metric: int, rows: Diverse, choice: Choice, start: int, end: int) -> None:
    # A row's merit only falls as more are chosen: one that is behind the best needs no new one.
    merit, pending = choice.merit, choice.pending
    found = np.empty((choice.chosen.size, 1), np.float32)
    for step in range(start, end):
        count = pending.size - step
        best = _last_largest(merit, pending, count)
        if step:
            _compare_with_chosen(metric, rows, choice, pending[best], step, found)
            most = merit[pending[best]]
            for place in range(count):
                row = pending[place]
                if merit[row] >= most and choice.seen[row] < step:
                    _compare_with_chosen(metric, rows, choice, row, step, found)
                    most = max(most, merit[row])
            best = _last_largest(merit, pending, count)
        else:
            merit[:] = np.inf  # of no row is known yet how it compares with the first
        row = pending[best]
        choice.chosen[step], choice.picked[step] = row, rows.examples[row]
        pending[best] = pending[count - 1]


SPREAD = loop(_SPREAD)(_spread)  # exact: fused operations would round merits otherwise
