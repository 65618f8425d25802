"""The rows with the largest products with a sparse query, found in its inverted index."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.index import loops

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.vectors.sparse import Postings
    from engine.vectors.values import SparseValues

_WINDOW = 1 << 12
_LEAST_ROOM, _FOR_EACH = 1 << 12, 4
_ALL = np.empty(0, np.bool_)


def leading_rows(
    postings: Postings,
    query: SparseValues,
    allowed: NDArray[np.bool_] | None,
    count: int,
    limit: int,
) -> NDArray[np.int64] | None:
    """Return the rows with the `limit` largest products, and those that tie with the last of them.

    Only rows that hold an index of the query are found.

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
    held, starts, ends = postings.spans(query.indices)
    limit, room = min(limit, count), _LEAST_ROOM + _FOR_EACH * limit
    kept = np.empty(room, np.int64)
    found = compiled.lead(
        starts,
        ends,
        query.values[held],
        postings.rows,
        postings.values,
        _ALL if allowed is None else allowed,
        count,
        np.full(limit, -np.inf, np.float32),
        kept,
        np.empty(room, np.float32),
        np.empty(_WINDOW),
        np.empty(_WINDOW, np.bool_),
    )
    return None if found < 0 else kept[:found]
