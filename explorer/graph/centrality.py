"""Which points matter to a graph: hubs that many are near to, and bridges between its parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from explorer.graph.seeding import to_igraph
from explorer.jobs import Cancelled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from explorer.graph.graph import Graph
    from explorer.jobs import Report, Stopped
    from explorer.neighbours import Neighbours

ALL_SOURCES = 1_500
"""Up to so many points the shortest paths from all of them are counted; beyond, from a sample."""

PIVOTS = 500
"""How many points that sample has."""

_STEP = 25  # sources at a time: igraph lets no other thread run meanwhile


def occurrences(neighbours: Neighbours, k: int) -> NDArray[np.int32]:
    """Return among the k nearest of how many others each point is, int32 (n,).

    In many dimensions a few points, the hubs, are near to very many (the k-occurrences of
    Radovanović, Nanopoulos and Ivanović 2010); those with none, the orphans, are found by nobody.
    """
    named = neighbours.indices[:, :k]
    return np.bincount(named[named >= 0], minlength=len(neighbours)).astype(np.int32)


def betweenness(
    graph: Graph,
    seed: int = 0,
    report: Report | None = None,
    stopped: Stopped | None = None,
) -> NDArray[np.float32]:
    """Return through which share of the shortest paths each point lies, float32 (n,).

    The measure of Freeman (1977) by the algorithm of Brandes (2001); beyond
    `ALL_SOURCES` points only paths from `PIVOTS` drawn ones count (Brandes and Pich 2007). Raises
    Cancelled when stopped.
    """
    n = len(graph)
    sources = np.arange(n)
    if n > ALL_SOURCES:
        sources = np.random.default_rng(seed).choice(n, PIVOTS, replace=False)
    linked, total = to_igraph(graph), np.zeros(n)
    for start in range(0, len(sources), _STEP):
        if report:
            report(start, len(sources), "Counting paths")
        if stopped and stopped():
            raise Cancelled
        total += linked.betweenness(sources=sources[start : start + _STEP].tolist())
    pairs = max(n - 1, 1) * max(n - 2, 1) / 2
    return np.asarray(total * n / max(len(sources), 1) / pairs, np.float32)


def bridges(graph: Graph) -> NDArray[np.int64]:
    """Return the links without which the graph would fall apart, ascending rows of `edges`."""
    return np.sort(np.array(to_igraph(graph).bridges(), np.int64))
