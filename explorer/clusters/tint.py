"""The map's colours by cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from explorer.clusters.ground import NOISE
from explorer.colours import OTHER, PALETTE, Legend, LegendKind
from explorer.points import Colouring

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from explorer.clusters.portrait import Clusters
    from explorer.points import PointMap

NOISE_NAME = "noise"
NOISE_COLOUR = "#b9bec6"

_BYTE = 254  # codes that a byte has beside 255, "no value"


def colour_of(cluster: int) -> str:
    """Return the CSS colour of a cluster: the largest have one of their own, the rest share."""
    return PALETTE[cluster] if cluster < len(PALETTE) else OTHER


def told_apart(chosen: Iterable[int]) -> dict[int, str]:
    """Return the colours of chosen clusters: the shared grey gives way to colours none of them has.

    At most as many as there are colours can be chosen.
    """
    chosen = list(chosen)
    own = {cluster: colour_of(cluster) for cluster in chosen}
    free = iter(colour for colour in PALETTE if colour not in own.values())
    return {c: next(free) if own[c] == OTHER else own[c] for c in chosen}


def tint(clusters: Clusters, points: PointMap, chosen: Iterable[int] = ()) -> Colouring:
    """Return the map's points coloured by cluster, `chosen` clusters as `told_apart` says.

    The code of a cluster is its number; noise has the code after the last one, and points outside
    of the sample have none.
    """
    count = len(clusters.centres.centroids)
    codes: NDArray[np.uint8] | NDArray[np.uint16]
    if count < _BYTE:
        codes = np.full(len(points), 255, np.uint8)
    else:
        codes = np.full(len(points), 65_535, np.uint16)
    placed = [points.index(point) for point in clusters.sample.ids]
    there = np.array([place is not None for place in placed], bool)
    labels = np.where(clusters.labels == NOISE, count, clusters.labels)
    codes[[place for place in placed if place is not None]] = labels[there]
    sizes = np.bincount(labels, minlength=count + 1)
    names = [f"cluster {c + 1}" for c in range(count)]
    for portrait in clusters.portraits:
        names[portrait.cluster] = portrait.name
    noise = bool(clusters.noise)
    colours = {c: colour_of(c) for c in range(count)} | told_apart(chosen)
    legend = Legend(
        LegendKind.CATEGORY,
        names=(*names, NOISE_NAME)[: count + noise],
        counts=tuple(sizes.tolist())[: count + noise],
        palette=(*colours.values(), NOISE_COLOUR)[: count + noise],
        missing=int(len(points) - there.sum()),
        note="Grey points were not clustered." if there.sum() < len(points) else "",
    )
    return Colouring("cluster", codes, legend)
