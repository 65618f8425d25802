"""Places for points that were not laid out: among their nearest neighbours of those that were."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from qdrant_client.models import Distance

from engine.scoring.mutual import in_threads
from explorer.jobs import Cancelled
from explorer.layout.pairs import closest, comparable, nearest_of
from explorer.layout.pca import principal_axes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from explorer.jobs import Report, Stopped

NEIGHBOURS = 5
"""Known points that a new point is placed among."""

CANDIDATES = 15
"""Known points that are compared whole, where the nearest are sought in fewer dimensions first."""

WORTH_REDUCING = 1 << 30
"""Comparisons from which on the nearest are sought in fewer dimensions first."""

MOST = 1 << 34
"""Comparisons in all: a million points are placed among 17,179 of those that are known."""

REDUCED = 48
"""Dimensions in which candidates are sought."""

BLOCK = 512


@dataclass(frozen=True, eq=False)
class Placement:
    """Which known points pull each new one, and how much.

    Attributes:
        rows: int32 (m, k), of the known points.
        weights: float32 (m, k), summing to 1.

    """

    rows: NDArray[np.int32]
    weights: NDArray[np.float32]

    def among(self, places: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the places of the new points, float32 (m, d), given those of the known ones."""
        found = np.zeros((len(self.rows), places.shape[1]), np.float32)
        for column in range(self.rows.shape[1]):  # one at a time: a million points fit in memory
            found += self.weights[:, column, None] * places[self.rows[:, column]]
        return found


def placement(
    X: NDArray[np.float32],
    new: NDArray[np.int64],
    known: NDArray[np.int64],
    distance: Distance,
    report: Report | None = None,
    stopped: Stopped | None = None,
) -> Placement:
    """Return which rows `known` of X pull its rows `new`: the nearest, by the inverse distance.

    Many comparisons are made in the first principal components; only the best candidates are then
    compared whole. Beyond `MOST` comparisons only some known rows pull. Raises Cancelled when
    stopped.
    """
    pulling = _pulling(len(known), len(new))
    known = known[pulling]
    K = comparable(X[known], distance)
    count = min(NEIGHBOURS, len(known))
    rows = np.empty((len(new), count), np.int32)
    weights = np.empty((len(new), count), np.float32)
    search = _Search(X, known, K, distance, is_large=len(new) * len(known) >= WORTH_REDUCING)

    def place(start: int) -> None:
        part = slice(start, start + BLOCK)
        found, distances = search.nearest(new[part], count)
        rows[part] = pulling[found]
        weights[part] = _pulls(distances)

    with in_threads(place, range(0, len(new), BLOCK)) as placed:
        for done, _ in enumerate(placed):
            if report is not None:
                report(done * BLOCK, len(new), "Placing the other points")
            if stopped is not None and stopped():
                raise Cancelled
    return Placement(rows, weights)


def _pulling(known: int, new: int) -> NDArray[np.int64]:
    """Return which known rows pull: all, or a random part of them."""
    most = max(NEIGHBOURS, MOST // max(new, 1))
    if known <= most:
        return np.arange(known)
    return np.sort(np.random.default_rng(0).permutation(known)[:most])


class _Search:
    """Finds the known rows nearest to others."""

    def __init__(
        self,
        X: NDArray[np.float32],
        known: NDArray[np.int64],
        K: NDArray[np.float32],
        distance: Distance,
        *,
        is_large: bool,
    ) -> None:
        self.X, self.K, self.distance = X, K, distance
        self.axes = self.coarse = None
        if is_large and X.shape[1] > 2 * REDUCED and len(known) > CANDIDATES:
            self.axes = np.ascontiguousarray(principal_axes(K, REDUCED).T)
            self.coarse = K @ self.axes

    def nearest(
        self, rows: NDArray[np.int64], count: int
    ) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Return the places of the nearest known rows, and their distances, (n, count)."""
        Q = comparable(self.X[rows], self.distance)
        if self.axes is None or self.coarse is None:
            return nearest_of(Q, self.K, count, self.distance)
        candidates, _ = nearest_of(Q @ self.axes, self.coarse, CANDIDATES, Distance.EUCLID)
        return closest(Q, self.K, candidates, count, self.distance)


def _pulls(distances: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return weights (m, k) that fall with the distance; a twin takes nearly all."""
    weights = 1 / (distances + distances.mean() * np.float32(1e-3) + np.float32(1e-12))
    weights /= weights.sum(axis=1, keepdims=True)
    return np.asarray(weights, np.float32)
