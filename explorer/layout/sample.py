"""The points that are laid out themselves, with their neighbours; the other points follow them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from explorer.layout.layout import LayoutError
from explorer.layout.neighbours import nearest_neighbours
from explorer.layout.pca import reduced
from explorer.layout.placement import Placement, placement
from explorer.layout.quality import measured
from explorer.layout.scaling import to_map_units

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from explorer.jobs import Report, Stopped
    from explorer.layout.layout import Quality
    from explorer.layout.settings import Settings
    from explorer.layout.vectors import VectorTable
    from explorer.neighbours import Neighbours


@dataclass(frozen=True, eq=False)
class Sample:
    """Some points of a table, and who follows them.

    Attributes:
        table: all points.
        rows: int64 (m,), ascending: the points of the table that are laid out themselves.
        X: float32 (m, d), their vectors.
        nearest: rows and distances (m, k) of each one's nearest others of the sample, nearest
            first; infinitely far where there is none.
        others: int64 (n,): the points that follow, which have the vector too.
        followers: which points of the sample pull them.

    """

    table: VectorTable
    rows: NDArray[np.int64]
    X: NDArray[np.float32]
    nearest: tuple[NDArray[np.int32], NDArray[np.float32]]
    others: NDArray[np.int64]
    followers: Placement

    @property
    def guessed(self) -> NDArray[np.bool_] | None:
        """Which points of the table follow; None where none does."""
        if not len(self.others):
            return None
        mask = np.zeros(len(self.table.ids), np.bool_)
        mask[self.others] = True
        return mask

    def around(self, moved: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the places of all points in map units, given those of the sample (m, 2 or 3)."""
        places = np.zeros((len(self.table.ids), moved.shape[1]), np.float32)
        places[self.rows] = moved
        places[self.others] = self.followers.among(moved)
        return to_map_units(places, self.table.present)

    def quality(
        self, moved: NDArray[np.float32], seed: int, report: Report, stopped: Stopped
    ) -> Quality | None:
        """Return how far the places of the sample can be trusted; others are not measured."""
        rows, distances = self.nearest
        known = rows if np.isfinite(distances).all() else None
        found = measured(self.X, moved, self.table.distance, report, stopped, seed, known)
        if found is None:
            return None
        distortion = np.full(len(self.table.ids), np.nan, np.float32)
        distortion[self.rows] = found.distortion
        return replace(found, distortion=distortion)


def drawn(
    table: VectorTable, settings: Settings, report: Report, stopped: Stopped
) -> Sample | None:
    """Return a random sample of the size that the settings want, or all points with a vector.

    None for fewer than two. Raises Cancelled when stopped.
    """
    having = np.nonzero(table.present)[0]
    size = min(settings.sample, len(having))
    chosen = np.sort(np.random.default_rng(settings.seed).permutation(len(having))[:size])
    count = min(settings.neighbours, size - 1)
    if count < 1:
        return None
    X = _dense(table, having, settings.seed)
    nearest = nearest_neighbours(X[chosen], count, table.distance, report, stopped)
    return _followed(table, X, having, chosen, nearest, report, stopped)


def of_matrix(
    table: VectorTable, matrix: Neighbours, settings: Settings, report: Report, stopped: Stopped
) -> Sample | None:
    """Return the points of a distance matrix, near or far by its own scores.

    None for fewer than two. Raises LayoutError where points of the matrix have gone since, and
    Cancelled when stopped.
    """
    if len(matrix) < 2:
        return None
    having = np.nonzero(table.present)[0]
    places = {table.ids[row]: place for place, row in enumerate(having.tolist())}
    try:
        chosen = np.array([places[point] for point in matrix.ids], np.int64)
    except KeyError as error:
        raise LayoutError(f"Point {error} is gone. Compute the matrix anew.") from error
    count = min(settings.neighbours, matrix.k)
    own = np.arange(len(matrix), dtype=np.int32)[:, None]
    rows = np.where(matrix.filled, matrix.indices, own)[:, :count]
    nearest = (rows, matrix.distances[:, :count])
    X = _dense(table, having, settings.seed)
    return _followed(table, X, having, chosen, nearest, report, stopped)


def _followed(
    table: VectorTable,
    X: NDArray[np.float32],
    having: NDArray[np.int64],
    chosen: NDArray[np.int64],
    nearest: tuple[NDArray[np.int32], NDArray[np.float32]],
    report: Report,
    stopped: Stopped,
) -> Sample:
    others = np.setdiff1d(np.arange(len(having)), chosen, assume_unique=True)
    followers = placement(X, others, chosen, table.distance, report, stopped)
    return Sample(table, having[chosen], X[chosen], nearest, having[others], followers)


def _dense(table: VectorTable, having: NDArray[np.int64], seed: int) -> NDArray[np.float32]:
    """Return the vectors of the points that have one, sparse ones in 64 dimensions."""
    return reduced(table.X if len(having) == len(table.ids) else table.X[having], seed)
