"""The order of rows and columns that brings like points together in a heat map.

Points are grouped by the communities of their links. Within a group, and then among the groups,
optimal leaf ordering (Bar-Joseph, Gifford and Jaakkola 2001) turns the branches of an average
linkage tree so that neighbours in the order are as close as the tree allows. Its work grows faster
than the square of a group's size, so groups above a limit are divided into smaller ones first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from explorer.graph.groups import communities
from explorer.graph.linking import Linking, link

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy import sparse

    from explorer.neighbours import Neighbours

LEAVES = 600
"""Points that are ordered by one tree; 0.2 s."""

DIVIDED = 4.0
"""How much finer the communities are in which a larger group is divided."""

FINEST = 1000.0


@dataclass(frozen=True, eq=False)
class Seriation:
    """An order of points, and which of them belong together.

    Attributes:
        order: int64 (n,), a permutation of the places of the points.
        groups: int32 (n,), the group of each point by its place; groups are numbered along the
            order.

    """

    order: NDArray[np.int64]
    groups: NDArray[np.int32]


def seriate(neighbours: Neighbours, seed: int = 0) -> Seriation:
    """Return the order of some points by their neighbours; the same seed gives the same order."""
    n = len(neighbours)
    if n < 3 or not neighbours.filled.any():
        return Seriation(np.arange(n), np.zeros(n, np.int32))
    closeness = _closeness(neighbours)
    graph = link(neighbours, Linking.NEAREST)
    labels = communities(graph, seed=seed)
    parts = _along(
        [np.flatnonzero(labels == label) for label in range(labels.max() + 1)], closeness
    )
    groups = np.empty(n, np.int32)
    for number, part in enumerate(parts):
        groups[part] = number
    ordered = [_ordered(part, closeness, neighbours, seed, DIVIDED) for part in parts]
    return Seriation(np.concatenate(ordered), groups)


def _closeness(neighbours: Neighbours) -> sparse.csr_array:
    """Return symmetric weights (n, n) in 0..1: 1 for the closest pair, near 0 for the farthest."""
    from scipy import sparse  # noqa: PLC0415 - slow to import

    rows, ranks = np.nonzero(neighbours.filled)
    far = neighbours.distances[rows, ranks].astype(np.float64)
    near = 1.0 - 0.99 * (far - far.min()) / (np.ptp(far) or 1.0)
    n = len(neighbours)
    one_way = sparse.csr_array((near, (rows, neighbours.indices[rows, ranks])), shape=(n, n))
    both: sparse.csr_array = one_way.maximum(one_way.T).tocsr()
    return both


def _ordered(
    part: NDArray[np.int64],
    closeness: sparse.csr_array,
    neighbours: Neighbours,
    seed: int,
    resolution: float,
) -> NDArray[np.int64]:
    """Return the points of a group in order."""
    if len(part) <= LEAVES:
        return part[_leaves(1.0 - closeness[part][:, part].toarray())]
    labels = communities(link(_within(neighbours, part), Linking.NEAREST), resolution, seed)
    if labels.max() == 0:
        if resolution > FINEST:  # all alike: any order does
            return part
        return _ordered(part, closeness, neighbours, seed, resolution * DIVIDED)
    pieces = [part[labels == label] for label in range(labels.max() + 1)]
    finer = resolution * DIVIDED
    return np.concatenate(
        [_ordered(piece, closeness, neighbours, seed, finer) for piece in _along(pieces, closeness)]
    )


def _along(parts: list[NDArray[np.int64]], closeness: sparse.csr_array) -> list[NDArray[np.int64]]:
    """Return groups in the order of their mean closeness to each other."""
    if not 2 < len(parts) <= LEAVES:
        return parts
    from scipy import sparse  # noqa: PLC0415 - slow to import

    sizes = np.array([len(part) for part in parts])
    rows = np.repeat(np.arange(len(parts)), sizes)
    shape = (len(parts), closeness.shape[0])
    members = sparse.csr_array((1.0 / sizes[rows], (rows, np.concatenate(parts))), shape=shape)
    between = (members @ closeness @ members.T).toarray()
    return [parts[place] for place in _leaves(1.0 - between / (between.max() or 1.0))]


def _leaves(distances: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the order of optimal leaves, given symmetric distances (n, n)."""
    n = len(distances)
    if n < 3:
        return np.arange(n)
    from scipy.cluster.hierarchy import leaves_list, linkage  # noqa: PLC0415 - slow to import
    from scipy.spatial.distance import squareform  # noqa: PLC0415

    distances = (distances + distances.T) / 2
    np.fill_diagonal(distances, 0)
    condensed = squareform(distances, checks=False)
    tree = linkage(condensed, method="average", optimal_ordering=True)
    return np.asarray(leaves_list(tree), np.int64)


def _within(neighbours: Neighbours, part: NDArray[np.int64]) -> Neighbours:
    """Return the neighbours that points of a group have in it."""
    place = np.full(len(neighbours), -1, np.int32)
    place[part] = np.arange(len(part), dtype=np.int32)
    indices = neighbours.indices[part]
    inside = np.where(indices >= 0, place[indices], -1).astype(np.int32)
    scores = np.where(inside >= 0, neighbours.scores[part], np.nan).astype(np.float32)
    ids = tuple(neighbours.ids[row] for row in part.tolist())
    return type(neighbours)(ids, inside, scores, neighbours.larger_is_better)
