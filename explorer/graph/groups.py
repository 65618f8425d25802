"""Groups of points that the links make: communities, and clumps that hang together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from explorer.graph.linking import spanning_tree
from explorer.graph.seeding import seeded, to_igraph

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from explorer.graph.graph import Graph


def communities(
    graph: Graph, resolution: float = 1.0, seed: int = 0, *, weighted: bool = False
) -> NDArray[np.int32]:
    """Return the community of each point, int32 (n,): 0 is the largest.

    The Leiden algorithm (Traag, Waltman and van Eck, "From Louvain to Leiden: guaranteeing
    well-connected communities", 2019) raises modularity until it is stable. Links count alike,
    whatever their score, so that the same holds for every metric; or, `weighted`, as much as their
    score. A larger `resolution` makes smaller communities; the same seed makes the same ones.
    """
    if not len(graph.edges):
        return np.arange(len(graph), dtype=np.int32)
    with seeded(seed):
        found = to_igraph(graph).community_leiden(
            "modularity",
            weights=graph.scores.tolist() if weighted else None,
            resolution=resolution,
            n_iterations=-1,
        )
    return _by_size(np.array(found.membership, np.int64))


def clumps(graph: Graph) -> NDArray[np.int32]:
    """Return the connected component of each point, int32 (n,): 0 is the largest."""
    from scipy.sparse import coo_array  # noqa: PLC0415 - slow to import
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415

    ones = np.ones(len(graph.edges), np.int8)
    ends = (graph.edges[:, 0], graph.edges[:, 1])
    links = coo_array((ones, ends), shape=(len(graph),) * 2)
    return _by_size(connected_components(links, directed=False)[1])


def clump_counts(graph: Graph, cutoffs: NDArray[np.floating]) -> NDArray[np.int64]:
    """Return into how many clumps the graph falls at each cutoff, int64 (len(cutoffs),).

    Each link of the spanning tree that is cut makes one clump more.
    """
    tree = np.sort(spanning_tree(graph).closeness)
    least = cutoffs if graph.larger_is_better else -cutoffs
    kept = len(tree) - np.searchsorted(tree, least.astype(np.float32))
    return np.asarray(len(graph) - kept, np.int64)


def clump_curve(graph: Graph, steps: int = 60) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return cut-offs from the loosest link to the closest, and the clumps at each, both (steps,).

    Empty where there are no links.
    """
    loosest_first = graph.scores[np.argsort(graph.closeness, kind="stable")]
    places = np.linspace(0, len(loosest_first) - 1, steps if len(loosest_first) else 0)
    cutoffs = loosest_first[places.astype(int)].astype(np.float64)
    return cutoffs, clump_counts(graph, cutoffs)


def sizes(groups: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return how many points each group has, int64 (groups,)."""
    return np.bincount(groups)


def _by_size(labels: NDArray[np.integer]) -> NDArray[np.int32]:
    """Return the groups numbered by size, the largest first, equals by their first point."""
    _, first, inverse, counts = np.unique(
        labels, return_index=True, return_inverse=True, return_counts=True
    )
    numbers = np.empty(len(counts), np.int32)
    numbers[np.lexsort((first, -counts))] = np.arange(len(counts), dtype=np.int32)
    return numbers[inverse]
