"""The rows of a collection that are committed, as its files hold them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.storage.block import Block, stored_vectors
from engine.storage.id_rows import IdRows
from engine.storage.layout import PAYLOAD_BYTES, PAYLOAD_OFFSETS, POINTS
from engine.storage.payloads import PayloadRows

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from engine.schema import CollectionConfig
    from engine.storage.generation import Generation
    from engine.storage.logs import Extent
    from engine.vectors import VectorRows


@dataclass(frozen=True, slots=True)
class StoredRows:
    """Everything that is committed; never changes.

    Attributes:
        live: bool (rows,), False for rows that were overwritten or deleted.
        ids: row -> id, id -> live row.
        versions: uint64 (rows,).
        payload: JSON by row.
        vectors: by name, all rows each.

    """

    live: NDArray[np.bool_]
    ids: IdRows
    versions: NDArray[np.uint64]
    payload: PayloadRows
    vectors: Mapping[str, VectorRows]

    def __len__(self) -> int:
        return len(self.live)

    @classmethod
    def read(
        cls,
        generation: Generation,
        extents: Mapping[str, Extent],
        config: CollectionConfig,
        live: NDArray[np.bool_],
        before: IdRows | None = None,
    ) -> StoredRows:
        """Return the rows of a generation whose logs have `extents`.

        Args:
            generation: where they are kept.
            extents: of its logs, committed or about to be.
            config: the collection's.
            live: bool (rows,).
            before: ids of the first of these rows, if they were read before.

        """

        def view(name: str) -> NDArray[Any]:
            return generation.view(name, extents[name].length)

        points = view(POINTS.name)
        ids: NDArray[np.void] = points["id"]
        return cls(
            live=live,
            ids=IdRows(ids, live) if before is None else before.advanced(ids, live),
            versions=points["version"],
            payload=PayloadRows(view(PAYLOAD_OFFSETS.name), view(PAYLOAD_BYTES.name)),
            vectors=stored_vectors(config, view),
        )

    def take(self, rows: NDArray[np.int64]) -> Block:
        """Return a copy of `rows`, in that order."""
        return Block(self.ids.records, self.payload, self.vectors).take(rows)
