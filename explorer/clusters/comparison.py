"""Two clusters side by side: what differs, and how well scores separate them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from explorer.clusters.centres import closenesses
from explorer.clusters.contrast import contrasts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.ids import PointId
    from explorer.clusters.contrast import Contrast
    from explorer.clusters.portrait import Clusters

BORDER = 8
"""How many points of each cluster are named as the ones at the border."""


@dataclass(frozen=True, eq=False)
class Side:
    """One of two clusters.

    Attributes:
        contrast: what sets it apart from the other one.
        leads: float32 (points,), how much closer each of its points is to its own centroid than to
            the other one; below 0 the other one is closer.
        border: ids of its points with the smallest lead, the smallest first.

    """

    cluster: int
    contrast: Contrast
    leads: NDArray[np.float32]
    border: tuple[PointId, ...]

    @property
    def own(self) -> float:
        """The share of its points that are closer to their own centroid."""
        return float((self.leads > 0).mean())


@dataclass(frozen=True, eq=False)
class Comparison:
    """Two clusters.

    Attributes:
        closeness: of the two centroids: their cosine, or minus their distance.

    """

    first: Side
    second: Side
    closeness: float


def compare(clusters: Clusters, first: int, second: int) -> Comparison:
    """Return how two clusters that have points differ."""
    rows = np.flatnonzero(np.isin(clusters.labels, (first, second)))
    labels = (clusters.labels[rows] == second).astype(np.int32)
    apart = contrasts(clusters.sample.evidence.among(rows), labels, 2)
    middle = clusters.centres.middle[[first, second]]
    near = closenesses(clusters.sample.X[rows], middle, clusters.sample.distance)
    leads = np.where(labels == 0, near[:, 0] - near[:, 1], near[:, 1] - near[:, 0])

    def side(number: int, cluster: int) -> Side:
        own = np.flatnonzero(labels == number)
        order = own[np.argsort(leads[own], kind="stable")[:BORDER]]
        border = clusters.sample.chosen(rows[order])
        return Side(cluster, apart[number], leads[own].astype(np.float32), border)

    closeness = float(clusters.centres.between[first, second])
    return Comparison(side(0, first), side(1, second), closeness)
