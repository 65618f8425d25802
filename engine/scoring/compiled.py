"""Row scans compiled by numba; importing this module compiles them, or loads its cache."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numba
import numpy as np
from numba import types
from qdrant_client import models

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from engine.scoring.kernels import Scan


def _read_only(dtype: types.Type, dimensions: int) -> types.Array:
    return types.Array(dtype, dimensions, "C", readonly=True)


_SIGNATURE = types.void(
    _read_only(types.float32, 2),
    _read_only(types.float32, 2),
    _read_only(types.int64, 1),
    types.float32[:, ::1],
)
# The order of additions is free, so the loops become SIMD; NaN and infinities keep their meaning.
_FASTMATH = {"reassoc", "contract", "nsz"}


def _compiled(scan: Callable[..., None]) -> Scan:
    try:
        return _jit(scan, cache=True)
    except (RuntimeError, OSError):  # no place to write the cache to: compile in each process
        return _jit(scan, cache=False)


def _jit(scan: Callable[..., None], *, cache: bool) -> Scan:
    compiler = numba.njit(
        _SIGNATURE, cache=cache, nogil=True, fastmath=_FASTMATH, error_model="numpy"
    )
    return cast("Scan", compiler(scan))


def _products(
    data: NDArray[np.float32],
    queries: NDArray[np.float32],
    rows: NDArray[np.int64],
    out: NDArray[np.float32],
) -> None:
    for place in range(rows.size):
        row = data[rows[place]]
        for number in range(queries.shape[0]):
            query = queries[number]
            total = np.float32(0)
            for column in range(row.size):
                total += row[column] * query[column]
            out[number, place] = total


def _negated_squares(
    data: NDArray[np.float32],
    queries: NDArray[np.float32],
    rows: NDArray[np.int64],
    out: NDArray[np.float32],
) -> None:
    for place in range(rows.size):
        row = data[rows[place]]
        for number in range(queries.shape[0]):
            query = queries[number]
            total = np.float32(0)
            for column in range(row.size):
                difference = row[column] - query[column]
                total += difference * difference
            out[number, place] = -total


def _negated_absolutes(
    data: NDArray[np.float32],
    queries: NDArray[np.float32],
    rows: NDArray[np.int64],
    out: NDArray[np.float32],
) -> None:
    for place in range(rows.size):
        row = data[rows[place]]
        for number in range(queries.shape[0]):
            query = queries[number]
            total = np.float32(0)
            for column in range(row.size):
                total += abs(row[column] - query[column])
            out[number, place] = -total


_product_scan = _compiled(_products)

SCANS: dict[models.Distance, Scan] = {
    models.Distance.COSINE: _product_scan,
    models.Distance.DOT: _product_scan,
    models.Distance.EUCLID: _compiled(_negated_squares),
    models.Distance.MANHATTAN: _compiled(_negated_absolutes),
}
