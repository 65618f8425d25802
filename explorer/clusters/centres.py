"""The middle of clusters: their centroids, and the points that stand for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

import numpy as np
from qdrant_client.models import Distance

from explorer.clusters.ground import members
from explorer.layout.pairs import comparable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from explorer.layout.vectors import Matrix

BLOCK = 4_096
"""Rows that are compared with the centroids at a time."""


@dataclass(frozen=True, eq=False)
class Centres:
    """Where clusters have their middle.

    Attributes:
        centroids: float32 (clusters, d), the mean vector of each cluster; for Cosine and Dot that
            of the vectors at length 1.
        middle: float32 (clusters, d), the centroids as points are compared with them: at length 1
            where angles are.
        closeness: float32 (n,), of each point to the centroid of its own cluster: cosine where
            angles are compared, else minus the distance; NaN for noise.
        between: float32 (clusters, clusters), the same among centroids.

    """

    centroids: NDArray[np.float32]
    middle: NDArray[np.float32]
    closeness: NDArray[np.float32]
    between: NDArray[np.float32]

    def typical(self, labels: NDArray[np.int32], cluster: int, most: int) -> NDArray[np.int64]:
        """Return the rows of a cluster that are closest to its centroid, closest first.

        The first is the medoid: by 1 - cosine, and by squared Euclidean distance, no point of the
        cluster has a smaller mean distance to the others. By Manhattan it is close to that.
        """
        rows = np.flatnonzero(labels == cluster)
        order = np.argsort(-self.closeness[rows], kind="stable")
        return rows[order[:most]]


def centres(X: Matrix, labels: NDArray[np.int32], count: int, distance: Distance) -> Centres:
    """Return the middle of each cluster 0..count-1; X (n, d) as methods see it, see `Ground`."""
    inside = members(labels, count)
    sizes = np.maximum(np.asarray(inside.sum(axis=1), np.float32), 1)[:, None]
    sums = inside @ X
    dense = sums if isinstance(sums, np.ndarray) else sums.toarray()
    means = np.asarray(dense / sizes, np.float32)
    middle = comparable(means, distance)
    closeness = np.full(len(labels), np.nan, np.float32)
    for start in range(0, len(labels), BLOCK):
        rows = start + np.flatnonzero(labels[start : start + BLOCK] >= 0)
        near = closenesses(X[rows], middle, distance)
        closeness[rows] = near[np.arange(len(rows)), labels[rows]]
    return Centres(means, middle, closeness, closenesses(middle, middle, distance))


def closenesses(
    X: Matrix, centroids: NDArray[np.float32], distance: Distance
) -> NDArray[np.float32]:
    """Return how close each row of X (n, d) is to each centroid (m, d), float32 (n, m).

    Both as methods see them. Cosine where angles are compared, else minus the distance.
    """
    if distance in (Distance.COSINE, Distance.DOT):
        return np.asarray(X @ centroids.T, np.float32)
    from scipy.spatial.distance import cdist  # noqa: PLC0415 - slow to import

    metric: Literal["cityblock", "euclidean"]
    metric = "cityblock" if distance is Distance.MANHATTAN else "euclidean"
    return np.asarray(-cdist(cast("NDArray[np.float32]", X), centroids, metric), np.float32)
