"""Rows in 8 bits, with what that loses of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.index.compiled.compiling import loop, read_only, types
from engine.index.quantised import ABSOLUTE, ANGLE, LARGEST_CODE

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ROUNDED_UP = 1 + 1e-6


@loop(
    types.UniTuple(types.float64, 2)(
        types.int64,
        read_only(types.float32, 2),
        read_only(types.float32, 1),
        read_only(types.float32, 1),
        types.int8[:, ::1],
        types.float32[:, ::1],
    )
)
def code_rows(
    metric: int,
    rows: NDArray[np.float32],
    centre: NDArray[np.float32],
    scale: NDArray[np.float32],
    codes: NDArray[np.int8],
    facts: NDArray[np.float32],
) -> tuple[float, float]:
    """Write codes and facts of rows; what they mean stands in `engine.index.quantised`.

    Args:
        metric: how rows are compared.
        rows: float32 (n, size).
        centre: float32 (size,).
        scale: float32 (at least size,).
        codes: int8 (n, width), of zeros.
        facts: float32 (n, 2).

    Returns:
        The largest norm of a row less the centre, and of the codes of a row.

    """
    longest = longest_code = 0.0
    least, most = np.float64(-LARGEST_CODE), np.float64(LARGEST_CODE - 1)
    for row in range(rows.shape[0]):
        own = shifted = coded = approximated = squares = absolutes = 0.0
        for column in range(rows.shape[1]):
            element = np.float64(rows[row, column])
            step, rest = np.float64(scale[column]), element - np.float64(centre[column])
            code = min(max(np.rint(rest / step), least), most)
            codes[row, column] = np.int8(code)
            lost = rest - code * step
            own, shifted, coded = own + element**2, shifted + rest**2, coded + code**2
            approximated += (code * step) ** 2
            squares, absolutes = squares + lost**2, absolutes + abs(lost)
        error, fact = np.sqrt(squares), approximated
        if metric == ABSOLUTE:
            error = absolutes
        elif metric == ANGLE:
            fact = 1 / np.sqrt(own) if own > 0 else 0.0
            error = np.sqrt(coded) * fact
        facts[row, 0], facts[row, 1] = error * _ROUNDED_UP, fact
        longest, longest_code = max(longest, shifted), max(longest_code, coded)
    return np.sqrt(longest) * _ROUNDED_UP, np.sqrt(longest_code) * _ROUNDED_UP
