"""The largest values of each row of a matrix, in order: the top-L of blocks of similarities.

Small matrices are ranked by NumPy, large ones by compiled loops that look at each value once. Both
give the same, ties included.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from engine.warmth import Warmth

if TYPE_CHECKING:
    from numpy.typing import NDArray

WORTH_COMPILING = 1 << 20
"""Values from which on the compiled loops are used."""

_SPARE = 44  # values that a row may have beyond those that lead before it is cleared
_FEWEST_GROUPS = 64
_LOWEST = np.finfo(np.float32).min  # -inf never leads


def _load() -> Any:
    return cast("Any", import_module("engine.scoring.leading_compiled"))


LOOPS = Warmth(_load, "ranking warm-up")
"""The loops; NumPy ranks one matrix until they are there, tiles of one wait for them."""

warm_up = LOOPS.warm_up


class Leaders:
    """What leads each row of a matrix, taken in tile by tile, in any order.

    Args:
        rows: of the matrix.
        columns: of the matrix.
        limit: how many lead a row.

    """

    def __init__(self, rows: int, columns: int, limit: int) -> None:
        warm_up(wait=True)
        self._compiled: Any = LOOPS.loaded
        self._limit = min(limit, columns)
        room = min(self._limit + max(self._limit, _SPARE), max(columns, 1))
        self._values = np.full((rows, room), -np.inf, np.float32)
        self._columns = np.full((rows, room), -1, np.int32)
        self._counts = np.zeros(rows, np.int32)
        self._bars = np.full(rows, _LOWEST, np.float32)

    def take(
        self, tile: NDArray[np.float32], top: int, left: int, *, is_mirrored: bool = False
    ) -> None:
        """Take in a tile whose first value stands in row `top` and column `left`.

        Args:
            tile: float32 (h, w), contiguous, without NaN.
            top: of the rows.
            left: of the columns.
            is_mirrored: whether the tile stands, turned, on the other side of the diagonal too.

        Threads may take at the same time what concerns different rows.

        """
        groups = max(_FEWEST_GROUPS, 1 << (2 * self._limit - 1).bit_length())
        if not self._counts[top] and 2 * groups <= tile.shape[1]:
            scratch = np.empty((1, groups), np.float32), np.zeros((1, groups), np.int32)
            self._compiled.set_bars(tile, self._bars[top : top + len(tile)], *scratch, self._limit)
        lists = self._values, self._columns, self._counts, self._bars
        self._compiled.gather(tile, top, left, *lists, self._limit, is_mirrored)

    def in_order(self, rows: slice) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Return what leads some rows, as `leading` does; they take in nothing afterwards."""
        values, columns = self._values[rows], self._columns[rows]
        self._compiled.settle(values, columns, self._counts[rows], self._limit)
        values, columns = values[:, : self._limit], columns[:, : self._limit]
        order = np.lexsort((columns, -values), axis=1)
        return (
            np.take_along_axis(columns, order, axis=1),
            np.take_along_axis(values, order, axis=1),
        )


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
    if values.size >= WORTH_COMPILING and values.size:
        if LOOPS.ready() is not None:
            leaders = Leaders(len(values), values.shape[1], limit)
            leaders.take(values, 0, 0)
            return leaders.in_order(slice(None))
        warm_up()  # for the next one
    columns = np.full((len(values), min(limit, values.shape[1])), -1, np.int32)
    found = np.full(columns.shape, -np.inf, np.float32)
    if columns.size:
        _rank(values, columns, found)
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
