"""Finds the row of an id: sorted runs of hashed ids, merged as they pile up.

Nothing here is changed in place, so that every snapshot keeps the index of its own rows. A run
holds at most one row per id; the newest run is asked first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MIX = np.uint64(0x9E3779B97F4A7C15)
_MERGE_RATIO = 4
_FEW = 6  # ids that are looked for one by one


def hash_ids(ids: NDArray[np.void]) -> NDArray[np.uint64]:
    """Return one number per ID_DTYPE record; an integer id is its own hash."""
    keys: NDArray[np.uint64] = ids["low"] ^ (ids["high"] * _MIX)
    return keys


@dataclass(frozen=True, slots=True)
class IdRun:
    """Rows in the order of their hashed ids."""

    keys: NDArray[np.uint64]
    rows: NDArray[np.int64]

    @classmethod
    def of(cls, keys: NDArray[np.uint64], rows: NDArray[np.int64]) -> IdRun:
        """Sort `rows` by their `keys`."""
        order = np.argsort(keys, kind="stable")
        return cls(keys[order], rows[order])

    def find(
        self,
        wanted: NDArray[np.void],
        keys: NDArray[np.uint64],
        ids: NDArray[np.void],
        live: NDArray[np.bool_],
    ) -> NDArray[np.int64]:
        """Return the live row of each wanted id, which have these keys; -1 where there is none."""
        found = np.full(len(wanted), -1, np.int64)
        at = self.keys.searchsorted(keys)
        pending = np.arange(len(wanted))
        while len(pending := pending[at[pending] < len(self.keys)]):
            pending = pending[self.keys[at[pending]] == keys[pending]]
            rows = self.rows[at[pending]]
            hit = live[rows] & (ids[rows] == wanted[pending])
            found[pending[hit]] = rows[hit]
            pending = pending[~hit]
            at[pending] += 1
        return found

    def find_one(
        self,
        wanted: tuple[int, ...],
        key: np.uint64,
        ids: NDArray[np.void],
        live: NDArray[np.bool_],
    ) -> int:
        """Return the same of one id, a tuple of its fields: for few, much faster."""
        at = int(self.keys.searchsorted(key))
        while at < len(self.keys) and self.keys[at] == key:
            row = int(self.rows[at])
            if live[row] and ids[row].item() == wanted:
                return row
            at += 1
        return -1


@dataclass(frozen=True, slots=True)
class IdIndex:
    """Runs from the oldest and largest to the newest."""

    runs: tuple[IdRun, ...] = ()

    def extended(
        self, ids: NDArray[np.void], rows: NDArray[np.int64], live: NDArray[np.bool_]
    ) -> IdIndex:
        """Return the index with `rows`, whose ids are `ids`, added; `live` covers all rows."""
        runs = [*self.runs, IdRun.of(hash_ids(ids), rows)]
        while len(runs) > 1 and len(runs[-2].rows) < _MERGE_RATIO * len(runs[-1].rows):
            newest, older = runs.pop(), runs.pop()
            runs.append(_merged(older, newest, live))
        return IdIndex(tuple(runs))

    def find(
        self, wanted: NDArray[np.void], ids: NDArray[np.void], live: NDArray[np.bool_]
    ) -> NDArray[np.int64]:
        """Return the live row of each wanted id, -1 where there is none.

        Args:
            wanted: ID_DTYPE records (n,).
            ids: the ID_DTYPE record of every row.
            live: bool, one per row.

        """
        keys = hash_ids(wanted)
        if len(wanted) <= _FEW:
            each = zip(wanted.tolist(), keys, strict=True)
            return np.array([self._find_one(*one, ids, live) for one in each], np.int64)
        found = np.full(len(wanted), -1, np.int64)
        for run in reversed(self.runs):
            missing = np.flatnonzero(found < 0)
            if not len(missing):
                break
            found[missing] = run.find(wanted[missing], keys[missing], ids, live)
        return found

    def _find_one(
        self,
        wanted: tuple[int, ...],
        key: np.uint64,
        ids: NDArray[np.void],
        live: NDArray[np.bool_],
    ) -> int:
        rows = (run.find_one(wanted, key, ids, live) for run in reversed(self.runs))
        return next((row for row in rows if row >= 0), -1)


def _merged(older: IdRun, newer: IdRun, live: NDArray[np.bool_]) -> IdRun:
    keys = np.concatenate([older.keys, newer.keys])
    rows = np.concatenate([older.rows, newer.rows])
    kept: NDArray[Any] = live[rows]  # a dead row never comes back
    return IdRun.of(keys[kept], rows[kept])
