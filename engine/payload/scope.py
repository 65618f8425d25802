"""What a filter is applied to: the points of a snapshot, or the elements of a nested array."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from engine.payload.key_path import KeyPath, parse_key_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from qdrant_client import models

    from engine.payload.column import Column, Mask, Rows
    from engine.payload.compat import Reading
    from engine.payload.view import PayloadView
    from engine.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Scope:
    """Rows that a condition is true or false of.

    Attributes:
        view: payloads of the rows.
        reading: which version's reading of filters holds.
        indexes: payload indexes of the collection by canonical key path.
        place: the path from the point's payload to the row's; empty for points.
        snapshot: whose points the rows are; None for elements of arrays, which have no id and no
            vectors.

    """

    view: PayloadView
    reading: Reading
    indexes: Mapping[str, models.PayloadIndexInfo]
    place: KeyPath
    snapshot: Snapshot | None

    @property
    def rows(self) -> int:
        """How many rows there are, dead ones included."""
        return self.view.rows

    def prepare(self, keys: Iterable[str]) -> None:
        """Build the columns that conditions will ask for, in one pass over the payloads."""
        along = () if self.snapshot is None else self.snapshot.indexes
        self.view.columns(keys, along=along)

    def column(self, key: str) -> Column:
        """Return the typed column of `key`. Raises FormatError for a bad path."""
        return self.view.column(key)

    def index(self, key: str) -> models.PayloadIndexInfo | None:
        """Return the payload index on `key`, if there is one."""
        return self.indexes.get(str(self.place / parse_key_path(key)))

    def elements(self, key: str) -> tuple[Scope, Rows]:
        """Return the objects in the arrays at `key` as a scope, and the row each belongs to."""
        path = parse_key_path(key).every_element()
        elements = self.view.elements(path)
        return replace(self, view=elements.view, place=self.place / path, snapshot=None), (
            elements.parents
        )

    def none(self) -> Mask:
        """Return the mask of no row."""
        return np.zeros(self.rows, np.bool_)


def point_scope(snapshot: Snapshot, reading: Reading) -> Scope:
    """Return the scope of all points of a snapshot."""
    return Scope(snapshot.payload, reading, snapshot.indexes, KeyPath(()), snapshot)
