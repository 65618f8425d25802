"""Near-duplicates: points that hang together by links above a threshold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from explorer.findings.finding import Evidence, Finding, FindingKind
from explorer.results import score_text

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from explorer.neighbours import Neighbours

STARTING_SHARE = 0.02
"""The part of all points that `starting_threshold` puts into groups, at most."""


def closest_scores(neighbours: Neighbours) -> NDArray[np.float32]:
    """Return the score of each point's nearest neighbour, best first, float32; none has NaN."""
    if not neighbours.k:
        return np.empty(0, np.float32)
    scores = neighbours.scores[neighbours.filled[:, 0], 0]
    return np.sort(scores)[::-1] if neighbours.larger_is_better else np.sort(scores)


def starting_threshold(neighbours: Neighbours) -> float | None:
    """Return a score that few points have a neighbour at: to begin with; None without any link."""
    closest = closest_scores(neighbours)
    if not len(closest):
        return None
    return float(closest[int(STARTING_SHARE * (len(closest) - 1))])


def linked(neighbours: Neighbours, threshold: float) -> NDArray[np.bool_]:
    """Return which links are at the threshold or better, bool (n, k)."""
    scores = neighbours.scores
    close = scores >= threshold if neighbours.larger_is_better else scores <= threshold
    return close & neighbours.filled


def duplicate_groups(neighbours: Neighbours, threshold: float) -> tuple[Finding, ...]:
    """Return the components of the links at the threshold or better, the tightest first.

    A group hangs together link by link, so two of its points may be farther apart than the
    threshold: the weakest link of the group is its strength. The point with the most links stands
    first: it is the one to keep.
    """
    from scipy.sparse import coo_array  # noqa: PLC0415 - slow to import
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415

    rows, ranks = np.nonzero(linked(neighbours, threshold))
    columns = neighbours.indices[rows, ranks]
    scores = neighbours.scores[rows, ranks]
    n = len(neighbours)
    graph = coo_array((np.ones(len(rows), np.int8), (rows, columns)), shape=(n, n))
    count, member = connected_components(graph, directed=False)
    weakest = _weakest(scores, member[rows], count, larger=neighbours.larger_is_better)
    degree = np.bincount(rows, minlength=n) + np.bincount(columns, minlength=n)
    order = np.lexsort((np.arange(n), -degree, member))
    members = np.split(order, np.cumsum(np.bincount(member, minlength=count))[:-1])
    groups = [
        _group(neighbours, places, float(weakest[number]))
        for number, places in enumerate(members)
        if len(places) > 1
    ]
    sign = -1 if neighbours.larger_is_better else 1
    return tuple(sorted(groups, key=lambda group: sign * group.strength))


def _weakest(
    scores: NDArray[np.float32], member: NDArray[np.int32], count: int, *, larger: bool
) -> NDArray[np.float32]:
    """Return the worst link of each component, float32 (count,)."""
    worst = np.full(count, np.inf if larger else -np.inf, np.float32)
    (np.minimum if larger else np.maximum).at(worst, member, scores)
    return worst


def _group(neighbours: Neighbours, places: NDArray[np.int64], weakest: float) -> Finding:
    points = tuple(neighbours.ids[place] for place in places.tolist())
    return Finding(
        FindingKind.DUPLICATES,
        points,
        weakest,
        f"{len(points)} points, linked by scores of {score_text(weakest)} or better.",
        _links_of_first(neighbours, places),
    )


def _links_of_first(neighbours: Neighbours, places: NDArray[np.int64]) -> tuple[Evidence, ...]:
    """Return the group's other points that are neighbours of its first one, nearest first."""
    first, inside = int(places[0]), set(places.tolist())
    near = zip(neighbours.indices[first].tolist(), neighbours.scores[first].tolist(), strict=True)
    return tuple(Evidence(neighbours.ids[other], score) for other, score in near if other in inside)
