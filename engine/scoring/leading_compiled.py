"""The compiled part of `leading`; numba compiles it on first use, or loads it from its cache."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numba

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@numba.njit(cache=True, nogil=True, error_model="numpy")
def keep_leading(
    values: NDArray[np.float32], columns: NDArray[np.int32], found: NDArray[np.float32]
) -> None:
    """Insert each row's values (n, m) into `columns` and `found` (n, limit), largest first.

    Both arrive filled with -1 and -inf. Most values fall below the last one kept, so the insertion
    is rare, and columns rise, so a tie stays behind the earlier column.
    """
    last = columns.shape[1] - 1
    for row in range(values.shape[0]):
        threshold = found[row, last]
        for column in range(values.shape[1]):
            value = values[row, column]
            if value > threshold:
                place = last
                while place > 0 and found[row, place - 1] < value:
                    found[row, place] = found[row, place - 1]
                    columns[row, place] = columns[row, place - 1]
                    place -= 1
                found[row, place] = value
                columns[row, place] = column
                threshold = found[row, last]
