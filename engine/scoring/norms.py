"""Vectors of length one, which Cosine compares by their inner product."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.scoring import kernels

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEAST_SQUARE, NEAR_ONE = 1.1920929e-7, 1e-6


def normalised(array: NDArray[np.float32]) -> NDArray[np.float32] | None:
    """Return rows (n, dim) divided by their L2 norm, None where a sum of squares is not finite.

    Rows whose sum of squares is below 1.1920929e-7 (zero vectors above all) or within 1e-6 of one
    stay exactly as they are, so what is normalised already never drifts.
    """
    loops = kernels.compiled()
    if loops is not None and kernels.is_plain(array):
        divided = np.empty_like(array)
        return divided if loops.normalise(array, divided) else None
    with np.errstate(over="ignore", invalid="ignore"):
        squares = np.vecdot(array, array)
    if not np.isfinite(squares).all():
        return None
    lengths: NDArray[np.float32] = np.sqrt(squares)
    lengths[(squares < LEAST_SQUARE) | (np.abs(squares - np.float32(1)) <= NEAR_ONE)] = 1
    return array / lengths[:, None]
