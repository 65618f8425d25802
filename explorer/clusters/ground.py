"""What a clustering method sees of points: where they lie, and who is near whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy import sparse

    from explorer.layout.vectors import Matrix

LEAST_POINTS = 3
"""Fewer points than this have no clusters."""

NOISE = -1
"""The label of a point that belongs to no cluster."""

_NEAREST = 1e-9  # a distance of 0 would read as "no link" in a sparse matrix


@dataclass(frozen=True, eq=False)
class Ground:
    """Points, as rows and as a graph of neighbours.

    Attributes:
        X: (n, d), comparable by Euclid or by angle (see `explorer.layout.neighbours.comparable`).
        indices: int32 (n, k), the neighbours of each row, nearest first; -1 for none. k may be 0.
        distances: float32 (n, k), at least 0; inf where there is no neighbour.

    """

    X: Matrix
    indices: NDArray[np.int32]
    distances: NDArray[np.float32]

    def __len__(self) -> int:
        """Return the number of points."""
        return len(self.indices)

    def among(self, rows: NDArray[np.int64]) -> Ground:
        """Return the ground of some rows only, ascending; links to the others are cut."""
        places = np.full(len(self) + 1, -1, np.int32)  # the last one is what -1 becomes
        places[rows] = np.arange(len(rows), dtype=np.int32)
        indices = places[self.indices[rows]]
        distances = np.where(indices >= 0, self.distances[rows], np.float32(np.inf))
        return Ground(self.X[rows], indices, distances)

    def links(self) -> sparse.csr_array:
        """Return the distances as a symmetric matrix (n, n), a link for each side that has it.

        Distances of 0 are stored as 1e-9: a sparse matrix means "no link" by 0.
        """
        directed = self._matrix(np.maximum(self.distances, _NEAREST))
        linked: sparse.csr_array = directed.maximum(directed.T).tocsr()
        return linked

    def choices(self) -> sparse.csr_array:
        """Return how many of two points chose the other, 1 or 2, as a symmetric matrix (n, n)."""
        directed = self._matrix(np.ones_like(self.distances))
        chosen: sparse.csr_array = (directed + directed.T).tocsr()
        return chosen

    def _matrix(self, cells: NDArray[np.float32]) -> sparse.csr_array:
        from scipy import sparse  # noqa: PLC0415 - slow to import

        rows, columns = np.nonzero(self.indices >= 0)
        places = (rows, self.indices[rows, columns])
        values = cells[rows, columns].astype(np.float64)
        return sparse.csr_array((values, places), shape=(len(self), len(self)))


def by_size(labels: NDArray[np.integer], least: int = 1) -> NDArray[np.int32]:
    """Return labels (n,) renumbered from 0, the largest cluster first; ties keep their order.

    Clusters of fewer than `least` points become noise; negative labels are noise already.
    """
    found, places, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    counted = np.where((found >= 0) & (sizes >= least), sizes, 0)
    order = np.argsort(-counted, kind="stable")
    numbers = np.empty(len(found), np.int32)
    numbers[order] = np.arange(len(found), dtype=np.int32)
    numbers[counted == 0] = NOISE
    return np.asarray(numbers[places], np.int32)


def members(labels: NDArray[np.int32], count: int) -> sparse.csr_array:
    """Return which points are in which of the clusters 0..count-1, float32 (clusters, n)."""
    from scipy import sparse  # noqa: PLC0415 - slow to import

    inside = np.flatnonzero(labels >= 0)
    ones = np.ones(len(inside), np.float32)
    return sparse.csr_array((ones, (labels[inside], inside)), shape=(count, len(labels)))
