"""A cluster as people see it: its name, its size, the points in its middle, what sets it apart."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from qdrant_client.models import Distance

from explorer.clusters.arrangement import AS_FOUND, Arrangement
from explorer.clusters.centres import centres
from explorer.clusters.contrast import contrasts
from explorer.clusters.ground import NOISE
from explorer.clusters.naming import names
from explorer.written import ABSENT

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.ids import PointId
    from explorer.clusters.centres import Centres
    from explorer.clusters.contrast import Contrast
    from explorer.clusters.sample import Sample
    from explorer.written import Absent

TYPICAL = 8
"""How many points stand for a cluster."""

NEAR = 4
"""How many other clusters are named as the nearest."""


@dataclass(frozen=True, slots=True)
class Portrait:
    """What is told of one cluster.

    Attributes:
        cluster: its number; numbers stay when clusters are merged.
        name: given by hand, or made from what sets it apart.
        size: its points.
        share: of all points in the sample.
        contrast: what sets it apart from all other points.
        typical: ids of the points closest to the centroid, the medoid first.
        near: the nearest other clusters with the closeness of the centroids, nearest first.

    """

    cluster: int
    name: str
    size: int
    share: float
    contrast: Contrast
    typical: tuple[PointId, ...]
    near: tuple[tuple[int, float], ...]


@dataclass(frozen=True, eq=False)
class Clusters:
    """All clusters of a sample, as they were found or arranged by hand.

    Attributes:
        labels: int32 (n,), the cluster of each point of the sample, -1 for noise.
        centres: of the clusters, by number; those of merged ones mean nothing.
        portraits: of the clusters that have points, the largest first.

    """

    sample: Sample
    labels: NDArray[np.int32]
    centres: Centres
    portraits: tuple[Portrait, ...]

    @cached_property
    def _by_number(self) -> dict[int, Portrait]:
        return {portrait.cluster: portrait for portrait in self.portraits}

    @property
    def angles(self) -> bool:
        """Whether closeness is a cosine, not minus a distance."""
        return self.sample.distance in (Distance.COSINE, Distance.DOT)

    @property
    def noise(self) -> int:
        """How many points belong to no cluster."""
        return int((self.labels == NOISE).sum())

    def portrait(self, cluster: int | None) -> Portrait | None:
        """Return the portrait of a cluster, None where there is no such cluster."""
        return None if cluster is None else self._by_number.get(cluster)

    def of(self, point: PointId) -> int | None:
        """Return the cluster of a point, None for noise and for a point outside of the sample."""
        row = self.sample.row(point)
        label = NOISE if row is None else int(self.labels[row])
        return None if label == NOISE else label

    def ids(self, cluster: int) -> tuple[PointId, ...]:
        """Return the points of a cluster (-1: the noise), ascending."""
        return self.sample.chosen(np.flatnonzero(self.labels == cluster))

    def called(self) -> dict[PointId, str | Absent]:
        """Return the name of each point's cluster, ABSENT for noise: a payload field to write."""
        found: dict[PointId, str | Absent] = dict.fromkeys(self.sample.ids, ABSENT)
        for portrait in self.portraits:
            found |= dict.fromkeys(self.ids(portrait.cluster), portrait.name)
        return found

    def centroid(self, cluster: int) -> NDArray[np.float32]:
        """Return the mean vector of a cluster, float32 (d,)."""
        found: NDArray[np.float32] = self.centres.centroids[cluster]
        return found


def portrayed(
    sample: Sample, found: NDArray[np.int32], arrangement: Arrangement = AS_FOUND
) -> Clusters:
    """Return the clusters of a sample.

    Args:
        sample: whose points they are.
        found: int32 (n,), the cluster of each point as a method found it, -1 for noise.
        arrangement: what was changed by hand.

    """
    labels = arrangement.labels(found)
    count = int(max(found.max(initial=NOISE), labels.max(initial=NOISE))) + 1
    sizes = np.bincount(labels[labels >= 0], minlength=count)
    middle = centres(sample.X, labels, count, sample.distance)
    apart = contrasts(sample.evidence, labels, count)
    there = sorted(np.flatnonzero(sizes).tolist(), key=lambda c: (-sizes[c], c))
    called = dict(zip(there, names(apart[c] for c in there), strict=True))
    portraits = tuple(
        Portrait(
            cluster=c,
            name=arrangement.name(c) or called[c],
            size=int(sizes[c]),
            share=float(sizes[c] / len(labels)),
            contrast=apart[c],
            typical=sample.chosen(middle.typical(labels, c, TYPICAL)),
            near=_near(middle.between[c], [other for other in there if other != c]),
        )
        for c in there
    )
    return Clusters(sample, labels, middle, portraits)


def _near(closeness: NDArray[np.float32], others: list[int]) -> tuple[tuple[int, float], ...]:
    nearest = sorted(others, key=lambda c: -closeness[c])[:NEAR]
    return tuple((c, float(closeness[c])) for c in nearest)
