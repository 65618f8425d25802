"""The largest values of each row of a matrix, in order: the top-L of a block of similarities.

Small matrices are ranked by NumPy, large ones by a compiled loop that looks at each value once; to
load that costs more than a small matrix takes. Both give the same, ties included.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

WORTH_COMPILING = 1 << 20
"""Values from which on the compiled loop is used."""


def leading(
    values: NDArray[np.float32], limit: int
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Return the columns and values of each row's `limit` largest values, largest first.

    Equal values are ordered by their columns. -inf never leads: where a row has fewer other values,
    its columns end with -1 and its values with -inf.

    Args:
        values: float32 (n, m), contiguous, without NaN.
        limit: at least 1.

    Returns:
        int32 and float32 (n, min(limit, m)).

    """
    columns = np.full((len(values), min(limit, values.shape[1])), -1, np.int32)
    found = np.full(columns.shape, -np.inf, np.float32)
    if not columns.size:
        return columns, found
    if values.size < WORTH_COMPILING:
        _rank(values, columns, found)
    else:
        import_module("engine.scoring.leading_compiled").keep_leading(values, columns, found)
    return columns, found


def _rank(
    values: NDArray[np.float32], columns: NDArray[np.int32], found: NDArray[np.float32]
) -> None:
    """Fill `columns` and `found` by partition and sort."""
    kept = columns.shape[1]
    last = np.partition(values, values.shape[1] - kept, axis=1)[:, values.shape[1] - kept]
    rows, places = np.nonzero((values >= last[:, None]) & (values > -np.inf))
    order = np.lexsort((places, -values[rows, places], rows))
    rows, places = rows[order], places[order]
    ranks = np.arange(len(rows)) - np.searchsorted(rows, rows)
    is_kept = ranks < kept
    rows, places, ranks = rows[is_kept], places[is_kept], ranks[is_kept]
    columns[rows, ranks] = places
    found[rows, ranks] = values[rows, places]
