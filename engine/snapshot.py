"""What a reader sees of a collection: an immutable state that later updates never change."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from engine.payload.allowed import Known
from engine.vectors import DenseRows

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray
    from qdrant_client import models

    from engine.index.coding import Coding
    from engine.index.segment import Segment
    from engine.payload.view import PayloadView
    from engine.schema import CollectionConfig
    from engine.storage.id_rows import IdRows
    from engine.vectors import VectorRows


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One state of a collection; rows are 0..rows-1, in the order they were written.

    Attributes:
        name: the collection's own name (never an alias).
        rows: committed rows, live and dead.
        live: bool (rows,), False for overwritten and deleted points.
        ids: row -> id, and id -> live row.
        versions: uint64 (rows,), number of the operation that last touched the point.
        vectors: by name; each holds all rows and a mask of those that have it.
        payload: payload dicts by row, and typed columns by key path.
        indexes: payload indexes by canonical key path.
        segments: graph over the first rows of a dense vector, by name; the rest of its rows, or all
            where there is none, are scanned.
        codings: the rows behind the segment in 8 bits, by vector; shared with other snapshots.
        known: what filters let through, kept from one search to the next.

    """

    name: str
    config: CollectionConfig
    rows: int
    live: NDArray[np.bool_]
    ids: IdRows
    versions: NDArray[np.uint64]
    vectors: Mapping[str, VectorRows]
    payload: PayloadView
    indexes: Mapping[str, models.PayloadIndexInfo]
    segments: Mapping[str, Segment] = field(default_factory=dict)
    codings: Mapping[str, Coding] = field(default_factory=dict)
    known: Known = field(default_factory=Known, init=False, repr=False)

    @property
    def dense(self) -> dict[str, DenseRows]:
        """The dense vectors by name: those that can have a graph."""
        return {name: rows for name, rows in self.vectors.items() if isinstance(rows, DenseRows)}
