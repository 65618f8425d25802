"""Exact similarities of many rows to a few queries: a compiled row scan, BLAS, and plain NumPy.

A few queries are compared by one row scan, compiled in the background (`warm_up`); until it is
ready NumPy does the same in blocks. Many queries at once are a matrix product. BLAS is not used for
a few: its threads wait for each other, so on busy cores what takes 0.5 ms alone can take 8 ms.
No distance is expanded into inner products, so near-duplicates keep their digits.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from qdrant_client import models

from engine.warmth import Warmth, for_its_types

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

MANY_QUERIES = 16  # from here on a matrix product is faster than the scan, threads or not
_BLOCK_BYTES = 1 << 19  # a block and its differences stay in the second-level cache
_PRODUCT, _NEGATED_SQUARE, _NEGATED_ABSOLUTE = range(3)  # as the compiled scan numbers them
METRIC = {
    models.Distance.COSINE: _PRODUCT,
    models.Distance.DOT: _PRODUCT,
    models.Distance.EUCLID: _NEGATED_SQUARE,
    models.Distance.MANHATTAN: _NEGATED_ABSOLUTE,
}
"""By which number the loops know how a distance compares."""


@dataclass(frozen=True, slots=True)
class Loops:
    """The compiled loops, which fill their last arguments; arrays are contiguous.

    Their docstrings stand in `compiled`, `late_interaction_compiled` and `ranking_compiled`.
    """

    scan: Callable[..., None]
    max_sim: Callable[..., None]
    sum_max: Callable[..., None]
    spread: Callable[..., None]
    rank: Callable[..., None]
    normalise: Callable[..., bool]


def _load() -> Loops:
    names = "compiled", "late_interaction_compiled", "ranking_compiled"
    dense, tokens, ranking = (cast(Any, import_module(f"engine.scoring.{name}")) for name in names)
    few = for_its_types(ranking.rank), for_its_types(dense.normalise)
    return Loops(dense.SCAN, tokens.max_sim, tokens.sum_max, dense.SPREAD, *few)


LOOPS = Warmth(_load, "kernel warm-up")
"""The loops; NumPy does the same until they are there."""

warm_up, compiled = LOOPS.warm_up, LOOPS.ready


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
    metric, loops = METRIC[distance], LOOPS.ready()
    is_matrix_product = metric == _PRODUCT and len(queries) >= MANY_QUERIES
    if loops is not None and not is_matrix_product:
        if is_plain(data):
            return _scanned(loops, metric, data, queries, rows)
        return by_block(
            lambda block: _scanned(loops, metric, block, queries), data, rows, len(queries)
        )
    if metric == _PRODUCT and is_plain(data) and rows is None:
        return _products(data, queries)
    compare = _BLOCKWISE[metric]
    return by_block(lambda block: compare(block, queries), data, rows, len(queries))


def is_plain(data: NDArray[Any]) -> bool:
    """Return whether the loops can read an array as it is."""
    return data.dtype == np.float32 and data.flags.c_contiguous and data.flags.aligned


def each_with(
    distance: models.Distance, queries: NDArray[np.float32], rows: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return what `similarities` does, of each query to rows of its own.

    Args:
        distance: which of the four.
        queries: float32 (n, dim).
        rows: float32 (n, m, dim); may be overwritten.

    Returns:
        float32 (n, m).

    """
    metric = METRIC[distance]
    if metric == _PRODUCT:
        products: NDArray[np.float32] = np.matmul(rows, queries[:, :, None])[..., 0]
        return products
    rows -= queries[:, None]
    if metric == _NEGATED_SQUARE:
        found: NDArray[np.float32] = np.einsum("nmd,nmd->nm", rows, rows)
    else:
        found = np.abs(rows, out=rows).sum(axis=2)
    np.negative(found, out=found)
    return found


def _scanned(
    loops: Loops,
    metric: int,
    data: NDArray[np.float32],
    queries: NDArray[np.float32],
    rows: NDArray[np.int64] | None = None,
) -> NDArray[np.float32]:
    wanted = np.arange(len(data)) if rows is None else rows
    out = np.empty((len(queries), len(wanted)), dtype=np.float32)
    loops.scan(metric, data, queries, wanted, out)
    return out


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


_BLOCKWISE = (_products, _negated_squares, _negated_absolutes)  # by metric
