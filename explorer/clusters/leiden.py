"""Communities of the graph of neighbours, by the Leiden algorithm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from explorer.clusters.ground import by_size
from explorer.graph.seeding import seeded
from explorer.jobs import Cancelled

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy import sparse

    from explorer.clusters.ground import Ground
    from explorer.jobs import Stopped

ROUNDS = 20
"""Rounds after which the communities are taken as they are; a few are usual."""


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
        found = communities(ground.choices(), self.resolution, seed, stopped)
        return by_size(found, least=2)


def communities(
    links: sparse.csr_array, resolution: float, seed: int, stopped: Stopped
) -> NDArray[np.int64]:
    """Return the community of each node of a weighted graph, int64 (n,).

    Args:
        links: symmetric weights (n, n), larger is closer.
        resolution: larger gives more and smaller communities; 1 is plain modularity.
        seed: the same graph and seed give the same communities.
        stopped: asked between two rounds.

    Raises:
        Cancelled: `stopped` said so.

    """
    import igraph  # noqa: PLC0415 - slow to import
    from scipy import sparse  # noqa: PLC0415 - slow to import

    upper = sparse.triu(links, 1).tocoo()
    ends = np.stack([upper.row, upper.col], axis=1).astype(np.int64)
    graph = igraph.Graph(n=links.shape[0], edges=ends.data)
    membership = list(range(links.shape[0]))
    # One call for each round: so it can be cancelled, and other threads get a turn.
    for round_ in range(ROUNDS):
        if stopped():
            raise Cancelled
        with seeded(ROUNDS * seed + round_):
            found = graph.community_leiden(
                "modularity",
                weights=upper.data.tolist(),
                resolution=resolution,
                initial_membership=membership,
                n_iterations=1,
            ).membership
        if found == membership:
            break
        membership = found
    return np.asarray(membership, np.int64)
