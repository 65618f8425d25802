"""Which row holds which point, in one snapshot."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.lib.stride_tricks import as_strided

from engine.ids import ID_DTYPE, PointId, decode_id, encode_ids
from engine.storage.id_index import IdIndex

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


class IdRows:
    """Ids by row, and live rows by id; immutable.

    Args:
        records: ID_DTYPE (rows,), the id of every row, live or dead.
        live: bool (rows,).
        index: rows by id where it is known already; otherwise made at the first look-up.

    """

    def __init__(
        self,
        records: NDArray[np.void],
        live: NDArray[np.bool_],
        index: IdIndex | None = None,
    ) -> None:
        self.records = records
        self.live = live
        self._index = index

    @property
    def index(self) -> IdIndex:
        """Live rows by id."""
        if self._index is None:
            rows = np.flatnonzero(self.live)
            self._index = IdIndex().extended(self.records[rows], rows, self.live)
        return self._index

    def advanced(self, records: NDArray[np.void], live: NDArray[np.bool_]) -> IdRows:
        """Return the ids after an update: `records` has more rows, `live` fewer of the old."""
        added = np.arange(len(self.records), len(records))
        if not len(added):
            return IdRows(records, live, self._index)
        return IdRows(records, live, self.index.extended(records[added], added, live))

    @cached_property
    def words(self) -> NDArray[np.uint64]:
        """The ids as uint64 (rows, 3), which sort as ids do."""
        first = self.records["is_uuid"]
        shape = len(first), ID_DTYPE.itemsize // first.itemsize
        strides = *first.strides, first.itemsize
        return as_strided(first, shape, strides, writeable=False)

    def id_of(self, row: int) -> PointId:
        """Return the id of the point in `row`."""
        return decode_id(self.records[row])

    def ids(self, rows: NDArray[np.integer] | Sequence[int]) -> list[PointId]:
        """Return the ids of `rows`."""
        records = self.records[np.asarray(rows, np.int64)]
        if not np.count_nonzero(records["is_uuid"]):
            numbers: list[PointId] = records["low"].tolist()
            return numbers
        return [decode_id(record) for record in records]

    def row_of(self, point_id: PointId) -> int | None:
        """Return the live row of a canonical id, None where there is no such point."""
        row = int(self.rows_of([point_id])[0])
        return None if row < 0 else row

    def rows_of(self, ids: Sequence[PointId]) -> NDArray[np.int64]:
        """Return the live row of each canonical id, -1 where there is no such point."""
        return self.find(encode_ids(ids))

    def find(self, wanted: NDArray[np.void]) -> NDArray[np.int64]:
        """Return the live row of each ID_DTYPE record, -1 where there is no such point."""
        return self.index.find(wanted, self.records, self.live)

    def order(self) -> NDArray[np.int64]:
        """Return the live rows in the order of their ids."""
        return self._order

    @cached_property
    def _order(self) -> NDArray[np.int64]:
        return self.sorted(np.flatnonzero(self.live))

    def sorted(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return some rows in the order of their ids."""
        ids = self.records[rows]
        if not ids["is_uuid"].any():
            return rows[np.argsort(ids["low"], kind="stable")]
        return rows[np.lexsort((ids["low"], ids["high"], ids["is_uuid"]))]
