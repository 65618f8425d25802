"""How points are linked: to their nearest neighbours, mutually, or by a spanning tree."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from explorer.graph.graph import Graph

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from explorer.neighbours import Neighbours

EXACT_TREE = 2_000
"""Up to so many points a spanning tree weighs every pair."""

TREE_NEIGHBOURS = 30
"""Beyond that it weighs so many neighbours of each point."""


class Linking(StrEnum):
    """Which points are linked."""

    NEAREST = "nearest"
    MUTUAL = "mutual"
    TREE = "tree"


def neighbours_for(linking: Linking, k: int, points: int) -> int:
    """Return how many neighbours of each point are needed to link that many points."""
    most = max(points - 1, 1)
    if linking is not Linking.TREE:
        return min(k, most)
    return most if points <= EXACT_TREE else max(k, TREE_NEIGHBOURS)


def link(neighbours: Neighbours, linking: Linking) -> Graph:
    """Return the graph of some neighbours.

    Nearest links two points when either is among the neighbours of the other, mutual when both are.
    The tree is the minimum spanning tree (Kruskal 1956) of the nearest links: the closest links
    that hold everything together, a forest where those links fall apart.
    """
    edges, scores, counts = _pairs(neighbours)
    if linking is Linking.MUTUAL:
        edges, scores = edges[counts == 2], scores[counts == 2]
    graph = Graph(neighbours.ids, edges, scores, neighbours.larger_is_better)
    return spanning_tree(graph) if linking is Linking.TREE else graph


def spanning_tree(graph: Graph) -> Graph:
    """Return the links of the minimum spanning tree, of each part where there are several."""
    from scipy.sparse import coo_array  # noqa: PLC0415 - slow to import
    from scipy.sparse.csgraph import minimum_spanning_tree  # noqa: PLC0415

    if not len(graph.edges):
        return graph
    # Only the order of the weights matters. Ranks serve every metric, and a distance of zero, which
    # a sparse matrix would take for no link, has a rank too.
    order = np.argsort(-graph.closeness, kind="stable")
    ranks = np.empty(len(order), np.float64)
    ranks[order] = np.arange(1, len(order) + 1)
    ends = (graph.edges[:, 0], graph.edges[:, 1])
    tree = minimum_spanning_tree(coo_array((ranks, ends), shape=(len(graph),) * 2).tocsr())
    chosen = np.sort(order[tree.data.astype(np.int64) - 1])
    return Graph(graph.ids, graph.edges[chosen], graph.scores[chosen], graph.larger_is_better)


def _pairs(
    neighbours: Neighbours,
) -> tuple[NDArray[np.int32], NDArray[np.float32], NDArray[np.int64]]:
    """Return each linked pair once, its score, and from how many of its ends it was found.

    The two directions may differ, for multivectors by much: the better one counts.
    """
    rows, ranks = np.nonzero(neighbours.filled)
    others = neighbours.indices[rows, ranks].astype(np.int64)
    scores = neighbours.scores[rows, ranks]
    codes = np.minimum(rows, others) * len(neighbours) + np.maximum(rows, others)
    codes, first, inverse, counts = np.unique(
        codes, return_index=True, return_inverse=True, return_counts=True
    )
    edges = np.column_stack(np.divmod(codes, max(len(neighbours), 1))).astype(np.int32)
    best = scores[first]
    (np.maximum if neighbours.larger_is_better else np.minimum).at(best, inverse, scores)
    return edges, best, counts
