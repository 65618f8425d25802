"""What a collection's graphs cover, and what is being done about the rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from engine.maintenance import Building
    from engine.snapshot import Snapshot
    from engine.vectors import DenseRows


@dataclass(frozen=True, slots=True)
class VectorIndex:
    """The graph of one dense vector.

    Attributes:
        name: of the vector.
        points: how many points have it.
        indexed: how many of those the graph covers; the others are scanned.

    """

    name: str
    points: int
    indexed: int


@dataclass(frozen=True, slots=True)
class IndexState:
    """The graphs of a collection.

    Attributes:
        vectors: every dense vector, in the order of the collection.
        building: what waits or is under way, None when there is nothing to do.
        paused: a build was cancelled or failed; none starts by itself before the collection's
            settings change or it is opened again.
        error: why the last build failed, None when it did not.
        unsupported: why no graph can be built on this machine, empty where it can.

    """

    vectors: tuple[VectorIndex, ...]
    building: Building | None
    paused: bool
    error: str | None
    unsupported: str

    @property
    def indexed(self) -> int:
        """How many vectors all graphs cover."""
        return sum(vector.indexed for vector in self.vectors)


def vector_indexes(snapshot: Snapshot) -> tuple[VectorIndex, ...]:
    """Return the graph of each dense vector."""
    return tuple(_vector_index(snapshot, rows) for rows in snapshot.dense.values())


def _vector_index(snapshot: Snapshot, vectors: DenseRows) -> VectorIndex:
    name = vectors.spec.name
    points = snapshot.live & vectors.present
    segment = snapshot.segments.get(name)
    covered = 0 if segment is None else int(np.count_nonzero(points[: segment.rows]))
    return VectorIndex(name, int(np.count_nonzero(points)), covered)
