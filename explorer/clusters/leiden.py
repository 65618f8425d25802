"""Communities of the graph of neighbours, by the Leiden algorithm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from explorer.clusters.ground import by_size
from explorer.graph.graph import Graph
from explorer.graph.groups import communities
from explorer.graph.process import apart

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from explorer.clusters.ground import Ground
    from explorer.jobs import Stopped


@dataclass(frozen=True, slots=True)
class Leiden:
    """Groups of points with more links among each other than chance would give.

    Traag, Waltman and van Eck, "From Louvain to Leiden: guaranteeing well-connected communities"
    (2019), with modularity, on the graph in which a link counts once for each of its two ends that
    has the other among its nearest neighbours. Points without a link are noise.

    Attributes:
        neighbours: links that each point makes.
        resolution: larger gives more and smaller communities.

    """

    name: ClassVar[str] = "Leiden"

    neighbours: int = 15
    resolution: float = 1.0

    def labels(self, ground: Ground, seed: int, stopped: Stopped) -> NDArray[np.int32]:
        """Return the community of each point, int32 (n,); raises Cancelled when stopped."""
        found = apart(
            communities,
            _chosen(ground),
            resolution=self.resolution,
            seed=seed,
            weighted=True,
            stopped=stopped,
        )
        return by_size(found, least=2)


def _chosen(ground: Ground) -> Graph:
    """Return the graph whose links score by how many of their ends chose the other, 1 or 2."""
    from scipy import sparse  # noqa: PLC0415 - slow to import

    links = sparse.triu(ground.choices(), 1).tocoo()
    edges = np.column_stack((links.row, links.col)).astype(np.int32)
    return Graph(tuple(range(len(ground))), edges, links.data.astype(np.float32), True)
