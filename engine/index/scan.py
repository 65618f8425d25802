"""The certified scan: the rows that can be the best, found in 8 bits, none of them missed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine.index import loops
from engine.index.scorer import is_monotone

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.index.quantised import Quantised
    from engine.index.scorer import Asked

_ALL = np.empty(0, np.int64)
_BATCH = 256
_LEAST_ROOM = 4096
_SHARE = 2  # room for one row in so many: with more of them, reading the stored rows is faster
_FOR_EACH = 16  # room for so many rows for each that is asked for


@dataclass(frozen=True, slots=True, eq=False)
class Possible:
    """What a scan could not rule out.

    Attributes:
        rows: int64 (n,), in the order in which they were looked at.
        least: so many as were asked for score this at least; -inf where there are fewer.

    """

    rows: NDArray[np.int64]
    least: float


def possible_best(
    rows: Quantised, asked: Asked, wanted: NDArray[np.int64] | None, limit: int
) -> Possible | None:
    """Return rows among which are the best `limit`, with all that tie with the last of them.

    The similarity to a coded row is off by no more than what its codes lost allows, so every row
    has a least and a largest possible score. Rows whose largest is below the limit-th best least
    score cannot be among the best; the others are to be scored from the stored rows.

    Args:
        rows: in 8 bits.
        asked: the query.
        wanted: int64 (n,), the rows to look at; None for all.
        limit: how many are asked for.

    Returns:
        None where too many rows remain for that to pay, where the formula is not monotone, and
        while the loops are not compiled.

    """
    compiled = loops.ready()
    count = len(rows) if wanted is None else len(wanted)
    room = max(_LEAST_ROOM, count // _SHARE)
    if compiled is None or not is_monotone(asked) or not 0 < limit * _FOR_EACH <= room:
        return None
    kept, uppers = np.empty(room, np.int64), np.empty(room, np.float32)
    heap = np.full(min(limit, count), -np.inf, np.float32)
    scratch = (
        np.empty(_BATCH, np.uint32),
        np.empty((3, len(asked.terms), _BATCH), np.float32),
        np.empty((2, _BATCH), np.float32),
    )
    looked_at = _ALL if wanted is None else wanted
    found = compiled.scan(asked, rows.rows, looked_at, count, heap, kept, uppers, *scratch)
    least = float(heap[0]) if limit <= count else -np.inf
    return None if found < 0 else Possible(kept[:found], least)
