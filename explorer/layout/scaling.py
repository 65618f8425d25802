"""Raw coordinates -> map units, so that a few outliers do not squash the rest into one spot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

EDGE = 1.25
"""Up to here map units are linear; beyond it they grow with the logarithm."""


def to_map_units(xy: NDArray[np.floating], placed: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return coordinates (n, 2 or 3) as float32 in map units; all axes keep one common scale.

    The middle of the 1st and 99th percentile goes to the origin and their larger half-distance
    becomes 1. Beyond `EDGE` a coordinate grows logarithmically: order is kept, outliers stay near.
    Points that are not placed stand in a row below the others.
    """
    units = np.zeros(xy.shape, np.float32)
    if placed.any():
        units[placed] = _compressed(_centred(xy[placed]))
    if not placed.all():
        units[~placed] = _row_below(units[placed], int((~placed).sum()))
    return units


def _centred(xy: NDArray[np.floating]) -> NDArray[np.float64]:
    low, high = np.percentile(xy, [1, 99], axis=0)
    if not (high > low).any():  # fewer than some hundred points apart from one spot
        low, high = xy.min(axis=0), xy.max(axis=0)
    half = float((high - low).max()) / 2
    centred: NDArray[np.float64] = np.asarray(xy, np.float64) - (low + high) / 2
    centred /= half or 1.0
    return centred


def _compressed(units: NDArray[np.float64]) -> NDArray[np.float64]:
    beyond = np.maximum(np.abs(units) - EDGE, 0)
    size: NDArray[np.float64] = np.minimum(np.abs(units), EDGE) + np.log1p(beyond)
    return np.copysign(size, units)


def _row_below(placed: NDArray[np.float32], count: int) -> NDArray[np.float32]:
    bottom = float(placed[:, 1].min(initial=-1)) - 0.25
    across = np.linspace(-1, 1, count) if count > 1 else np.zeros(1)
    row = np.zeros((count, placed.shape[1]), np.float32)
    row[:, 0], row[:, 1] = across, bottom
    return row
