"""The values of a payload field in their order, made once for each state of a collection."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from math import isnan
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from engine.payload.column import Lane, Mask, Rows


@dataclass(frozen=True, slots=True)
class RankedValues:
    """Values of one type in ascending order; equal ones of a row once.

    Attributes:
        covered: how many rows of the collection they come from.
        rows: int64 (n,), the row of each value.
        values: (n,), of a numeric type without NaN.

    """

    covered: int
    rows: Rows
    values: NDArray[Any]

    def extended(self, lane: Lane, rows: int) -> RankedValues:
        """Return the values of `rows` rows; `lane` has them all, those covered here included."""
        added = lane.beyond(self.covered).without_repeats()
        by_value = np.argsort(added.values, kind="stable")
        values = np.concatenate([self.values.astype(lane.values.dtype), added.values[by_value]])
        order = np.argsort(values, kind="stable")  # two sorted runs, which it merges
        every_row = np.concatenate([self.rows, added.rows[by_value]])
        return RankedValues(rows, every_row[order], values[order])

    def first(
        self, mask: Mask, limit: int, start: float | None, *, descending: bool
    ) -> tuple[Rows, NDArray[Any]]:
        """Return rows and values, in no order, among which are the first `limit` of those wanted.

        Args:
            mask: bool (rows,), which rows count.
            limit: how many are wanted; some behind them come too, all that equal the last do.
            start: the first value that counts, None for any.
            descending: whether the largest come first.

        """
        found = [np.empty(0, np.int64)]
        missing = limit
        for part in self._parts(limit, start, descending=descending):
            found.append(part.start + np.flatnonzero(mask[self.rows[part]]))
            missing -= len(found[-1])
            if missing <= 0:
                break
        places = np.concatenate(found)
        return self.rows[places], self.values[places]

    def _parts(self, step: int, start: float | None, *, descending: bool) -> Iterator[slice]:
        """Yield parts in that direction, which never end between equal values.

        The first is of `step` values, or a few more, and each next one twice as large.
        """
        low, high = self._bounds(start, descending=descending)
        while low < high:
            if descending:
                value = self.values[max(low, high - step)]
                end, high = high, int(self.values.searchsorted(value, "left"))
                yield slice(high, end)
            else:
                value = self.values[min(high, low + step) - 1]
                begin, low = low, int(self.values.searchsorted(value, "right"))
                yield slice(begin, low)
            step *= 2

    def _bounds(self, start: float | None, *, descending: bool) -> tuple[int, int]:
        """Return between which places the values lie that are not before `start`."""
        if start is None:
            return 0, len(self.values)
        if isnan(start):
            return 0, 0
        if descending:
            return 0, bisect_right(self.values, start)
        return bisect_left(self.values, start), len(self.values)


NOTHING_RANKED = RankedValues(0, np.empty(0, np.int64), np.empty(0, np.int64))
