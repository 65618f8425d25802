"""Exact similarities of many rows to a few queries: BLAS, compiled row scans, and plain NumPy.

Inner products of all rows are one BLAS call. Euclid and Manhattan, and scattered rows of any
distance, are row scans compiled in the background (`warm_up`); until they are ready NumPy does the
same in blocks. No distance is expanded into inner products, so near-duplicates keep their digits.
"""

from __future__ import annotations

import importlib
import threading
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from qdrant_client import models

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

_MANY_QUERIES = 16  # from here on a matrix product pays for copying scattered rows together
_BLOCK_BYTES = 1 << 19  # a block and its differences stay in the second-level cache


class Scan(Protocol):
    """A compiled scan: writes the similarities (queries, rows) of `rows` of `data` into `out`."""

    def __call__(
        self,
        data: NDArray[np.float32],
        queries: NDArray[np.float32],
        rows: NDArray[np.int64],
        out: NDArray[np.float32],
    ) -> None:
        """Fill `out`; the arrays are contiguous, and every row number is inside `data`."""


_scans: dict[models.Distance, Scan] = {}
_warming = threading.Lock()


def warm_up(*, wait: bool = False) -> None:
    """Compile the row scans in a background thread, once per process.

    Args:
        wait: return only when they are ready.

    """
    thread = threading.Thread(target=_compile, name="kernel warm-up", daemon=True)
    thread.start()
    if wait:
        thread.join()


def _compile() -> None:
    with _warming:
        if not _scans:
            _scans.update(importlib.import_module("engine.scoring.compiled").SCANS)


def similarities(
    distance: models.Distance,
    data: NDArray[Any],
    queries: NDArray[np.float32],
    rows: NDArray[np.int64] | None = None,
) -> NDArray[np.float32]:
    """Return float32 (k, n): how close each of n rows is to each of k queries, larger is closer.

    Cosine and Dot: the inner product. Euclid: minus the squared distance. Manhattan: minus the
    distance.

    Args:
        distance: which of the four.
        data: (all rows, dim), float32, float16 or uint8; arithmetic is float32.
        queries: float32 (k, dim), contiguous.
        rows: int64 (n,), the rows to compare; None for all of them in order.

    """
    is_product = distance in (models.Distance.COSINE, models.Distance.DOT)
    if is_product and data.dtype == np.float32:
        if rows is None:
            return _products(data, queries)
        if len(queries) >= _MANY_QUERIES:
            return _products(data[rows], queries)
    if rows is None:
        rows = np.arange(len(data))
    scan = _scans.get(distance)
    if scan is not None and data.dtype == np.float32 and data.flags.c_contiguous:
        out = np.empty((len(queries), len(rows)), dtype=np.float32)
        scan(data, queries, rows, out)
        return out
    compare = _BLOCKWISE[distance]
    return by_block(lambda block: compare(block, queries), data, rows, len(queries))


def by_block(
    function: Callable[[NDArray[np.float32]], NDArray[np.float32]],
    data: NDArray[Any],
    rows: NDArray[np.int64] | None = None,
    *shape: int,
) -> NDArray[np.float32]:
    """Return `function` of the rows, float32 (*shape, n), in float32 blocks that fit a cache."""
    count = len(data) if rows is None else len(rows)
    step = max(1, _BLOCK_BYTES // (4 * max(1, data.shape[1])))
    out = np.empty((*shape, count), dtype=np.float32)
    for start in range(0, count, step):
        part = slice(start, start + step)
        block = data[part] if rows is None else data[rows[part]]
        out[..., part] = function(block.astype(np.float32, copy=False))
    return out


def _products(block: NDArray[np.float32], queries: NDArray[np.float32]) -> NDArray[np.float32]:
    # a matrix of one row would miss the faster matrix-vector call
    products: NDArray[np.float32] = (
        (block @ queries[0])[None] if len(queries) == 1 else queries @ block.T
    )
    return products


def _negated_squares(
    block: NDArray[np.float32], queries: NDArray[np.float32]
) -> NDArray[np.float32]:
    out = np.empty((len(queries), len(block)), dtype=np.float32)
    for scores, query in zip(out, queries, strict=True):
        difference = block - query
        np.einsum("ij,ij->i", difference, difference, out=scores)
    return np.negative(out, out=out)


def _negated_absolutes(
    block: NDArray[np.float32], queries: NDArray[np.float32]
) -> NDArray[np.float32]:
    out = np.empty((len(queries), len(block)), dtype=np.float32)
    for scores, query in zip(out, queries, strict=True):
        difference = block - query
        np.abs(difference, out=difference).sum(axis=1, out=scores)
    return np.negative(out, out=out)


_BLOCKWISE = {
    models.Distance.COSINE: _products,
    models.Distance.DOT: _products,
    models.Distance.EUCLID: _negated_squares,
    models.Distance.MANHATTAN: _negated_absolutes,
}
