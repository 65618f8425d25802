"""The rows with the largest products with a sparse query, found in its inverted index."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.index import loops

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.vectors.sparse import Postings
    from engine.vectors.values import SparseValues

_WINDOW = 1 << 12  # rows whose sums are made before it is looked which terms still matter
_LEAST_ROOM, _FOR_EACH = 1 << 12, 4
_ROUNDING = 2.0**-24  # what one float32 operation may lose, relative
_ALL = np.empty(0, np.bool_)


def leading_rows(
    postings: Postings,
    query: SparseValues,
    allowed: NDArray[np.bool_] | None,
    count: int,
    limit: int,
) -> NDArray[np.int64] | None:
    """Return rows among which are the `limit` with the largest products, and all ties of the last.

    They hold an index of the query, each, and are few more than that.

    Args:
        postings: of all rows.
        query: the vector.
        allowed: bool (rows,), which rows may be found; None for all.
        count: of all rows.
        limit: how many are wanted, at least 1.

    Returns:
        int64 (n,), ascending; None while the loops are not compiled, and where more rows tie than
        are worth it.

    """
    compiled = loops.ready()
    if compiled is None or limit < 1:
        return None
    limit, room = min(limit, count), _LEAST_ROOM + _FOR_EACH * limit
    held, starts, ends = postings.spans(query.indices)
    if not len(held):
        return held
    weights = query.values[held]
    with np.errstate(over="ignore"):
        products = weights * postings.extremes_of(query.indices[held])
        most, size = np.maximum(products.max(axis=0), 0), np.abs(products).max(axis=0).sum()
    if not np.isfinite(size):
        return None
    order = np.argsort(-most)
    kept = np.empty(room, np.int64)
    found = compiled.lead(
        (starts[order], ends[order], weights[order], most[order]),
        4 * _ROUNDING * (len(held) + 2) * float(size),
        postings.rows,
        postings.values,
        _ALL if allowed is None else allowed,
        count,
        np.full(limit, -np.inf, np.float32),
        kept,
        np.empty(room, np.float32),
        np.empty(_WINDOW, np.float32),
        np.zeros(_WINDOW, np.bool_),
        np.empty(_WINDOW, np.int64),
    )
    return None if found < 0 else np.sort(kept[:found])
