"""How far a layout can be trusted: whether neighbours on the map are neighbours by vector too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from explorer.jobs import Cancelled
from explorer.layout.layout import Quality
from explorer.layout.pairs import comparable, distances_between

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from qdrant_client.models import Distance

    from explorer.jobs import Report, Stopped

NEIGHBOURS = 15
"""Nearest points that are looked at."""

MEASURED = 2_000
"""Points that are measured, drawn at random where there are more."""

BLOCK = 64


def measured(
    X: NDArray[np.float32],
    places: NDArray[np.float32],
    distance: Distance,
    report: Report,
    stopped: Stopped,
    seed: int = 0,
    nearest: NDArray[np.int32] | None = None,
) -> Quality | None:
    """Return how far the places (n, 2 or 3) of the rows of X (n, d) can be trusted.

    Trustworthiness (Venna and Kaski 2001) is taken over 15 neighbours: 1 minus the mean of the
    ranks, beyond the 15th, that a point's neighbours on the map have by its vector, scaled so that
    the worst layout has 0. Up to 2,000 points are measured, against all. None for fewer than 4
    points, where every layout keeps all neighbours. Raises Cancelled when stopped.
    """
    n = len(X)
    k = min(NEIGHBOURS, (n - 1) // 2)
    if k < 1 or n < 4:
        return None
    X = comparable(X, distance)
    on_map = _nearest_on_map(places, k)
    rows = np.arange(n)
    if n > MEASURED:
        rows = np.sort(np.random.default_rng(seed).permutation(n)[:MEASURED])
    distortion = _strangers(on_map, nearest)
    beyond = 0
    for start in range(0, len(rows), BLOCK):
        report(start, len(rows), "Measuring the layout")
        if stopped():
            raise Cancelled
        block = rows[start : start + BLOCK]
        ranks = _ranks(X[block], X, on_map[block], block, distance)
        distortion[block] = (ranks > k).mean(axis=1)
        beyond += int(np.maximum(ranks - k, 0).sum())
    worst = len(rows) * k * (2 * n - 3 * k - 1) / 2
    return Quality(1 - beyond / worst, distortion)


def _strangers(on_map: NDArray[np.int64], nearest: NDArray[np.int32] | None) -> NDArray[np.float32]:
    """Return the share of each point's neighbours on the map that are not its nearest by vector."""
    n, k = on_map.shape
    if nearest is None or nearest.shape[1] < k:
        return np.full(n, np.nan, np.float32)
    known = np.zeros(on_map.shape, np.bool_)
    for column in range(k):
        known |= on_map == nearest[:, column, None]
    return np.asarray(1 - known.mean(axis=1), np.float32)


def _nearest_on_map(places: NDArray[np.float32], count: int) -> NDArray[np.int64]:
    """Return the `count` nearest others of each point on the map, (n, count)."""
    from scipy.spatial import KDTree  # noqa: PLC0415 - slow to import

    found = np.asarray(KDTree(places).query(places, k=count + 1)[1])
    own = found == np.arange(len(places))[:, None]
    own[~own.any(axis=1), -1] = True  # of many points in one place, its own may be missing
    others: NDArray[np.int64] = found[~own].reshape(len(places), count)
    return others


def _ranks(
    Q: NDArray[np.float32],
    X: NDArray[np.float32],
    on_map: NDArray[np.int64],
    own: NDArray[np.int64],
    distance: Distance,
) -> NDArray[np.int64]:
    """Return which nearest by vector each neighbour on the map is, from 1, (len(Q), k)."""
    between = distances_between(Q, X, distance)
    between[np.arange(len(Q)), own] = np.inf
    ranks = np.empty(on_map.shape, np.int64)
    for column in range(on_map.shape[1]):
        reach = np.take_along_axis(between, on_map[:, column, None], axis=1)
        ranks[:, column] = np.count_nonzero(between < reach, axis=1) + 1
    return ranks
