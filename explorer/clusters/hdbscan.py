"""Dense regions of any shape, by HDBSCAN on the sparse matrix of distances to neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from explorer.clusters.ground import NOISE, by_size
from explorer.jobs import Cancelled

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy import sparse

    from explorer.clusters.ground import Ground
    from explorer.jobs import Stopped

_APART = 2.0  # how far two unlinked parts are, as a multiple of the longest link


@dataclass(frozen=True, slots=True)
class Hdbscan:
    """Groups that stay together over a wide range of densities; thin regions are noise.

    Campello, Moulavi and Sander, "Density-based clustering based on hierarchical density estimates"
    (2013). Only the links to the nearest neighbours are known: parts without a link between them
    count as farther apart than any two linked points.

    Attributes:
        neighbours: links that each point makes.
        smallest: points of the smallest group that counts as a cluster.
        core: a point is as dense as its distance to this many nearest points, itself among them, is
            short; larger gives more noise. At most `neighbours`.
        adopts: whether noise joins the cluster that most of its neighbours are in.

    """

    name: ClassVar[str] = "HDBSCAN"

    neighbours: int = 15
    smallest: int = 10
    core: int = 3
    adopts: bool = False

    def labels(self, ground: Ground, seed: int, stopped: Stopped) -> NDArray[np.int32]:  # noqa: ARG002 - nothing is drawn
        """Return the cluster of each point, int32 (n,), -1 for noise; raises Cancelled."""
        if stopped():
            raise Cancelled
        labels = by_size(self._fitted(_connected(ground.links())))
        return by_size(_adopted(labels, ground)) if self.adopts else labels

    def _fitted(self, links: sparse.csr_array) -> NDArray[np.int64]:
        from sklearn.cluster import HDBSCAN  # noqa: PLC0415 - slow to import

        fewest = int(np.diff(links.indptr).min())
        if links.data.max() == links.data.min():  # as dense everywhere: no density to go by
            return np.zeros(links.shape[0], np.int64)
        # The scikit-learn of today leaves a point itself out where it is given a sparse matrix.
        model = HDBSCAN(
            min_cluster_size=max(2, min(self.smallest, links.shape[0])),
            min_samples=max(1, min(self.core - 1, fewest)),
            metric="precomputed",
            copy=False,
        )
        return np.asarray(model.fit(links).labels_, np.int64)


def _connected(links: sparse.csr_array) -> sparse.csr_array:
    """Return the links with a long one from each part without a link outwards to the next part."""
    from scipy import sparse  # noqa: PLC0415 - slow to import
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415 - slow to import

    count, parts = connected_components(links, directed=False)
    if count == 1:
        return links
    first = np.unique(parts, return_index=True)[1]
    far = _APART * float(links.data.max(initial=1.0))
    bridges = sparse.coo_array((np.full(count - 1, far), (first[:-1], first[1:])), links.shape)
    return (links + bridges + bridges.T).tocsr()


def _adopted(labels: NDArray[np.int32], ground: Ground) -> NDArray[np.int32]:
    """Return the labels with noise in the cluster of most of its neighbours, from there outwards.

    The nearer of two neighbours decides a tie; what no cluster is linked to stays noise.
    """
    labels = labels.copy()
    while (noise := np.flatnonzero(labels == NOISE)).size:
        near = np.where(ground.indices[noise] >= 0, labels[ground.indices[noise]], NOISE)
        same = (near[:, :, None] == near[:, None, :]).sum(axis=2)
        votes = np.where(near == NOISE, 0, same)
        chosen = near[np.arange(len(noise)), votes.argmax(axis=1)]
        if (chosen == NOISE).all():
            break
        labels[noise] = chosen
    return labels
