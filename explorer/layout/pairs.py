"""Distances between rows, and the nearest of them: what neighbours and places are found by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from qdrant_client.models import Distance

from engine.scoring import kernels
from engine.scoring.leading import leading

if TYPE_CHECKING:
    from numpy.typing import NDArray


def nearest_of(
    Q: NDArray[np.float32],
    X: NDArray[np.float32],
    count: int,
    distance: Distance,
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Return the `count` rows of X nearest to each row of Q, and their distances, nearest first.

    Q and X must be `comparable`.
    """
    nearest, found = leading(np.negative(distances_between(Q, X, distance)), count)
    return nearest, np.negative(found)


def closest(
    Q: NDArray[np.float32],
    X: NDArray[np.float32],
    candidates: NDArray[np.int32],
    count: int,
    distance: Distance,
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Return the `count` nearest of each row's candidates (n, m), which are rows of X.

    Q and X must be `comparable`.
    """
    others = X[candidates]
    if distance is Distance.MANHATTAN:
        between = np.abs(others - Q[:, None]).sum(axis=2)
    elif distance is Distance.EUCLID:
        between = np.linalg.norm(others - Q[:, None], axis=2)
    else:
        between = np.maximum(1 - np.einsum("ijd,id->ij", others, Q), 0)
    order = np.argsort(between, axis=1, kind="stable")[:, :count]
    return np.take_along_axis(candidates, order, axis=1), np.take_along_axis(between, order, axis=1)


def distances_between(
    Q: NDArray[np.float32], X: NDArray[np.float32], distance: Distance
) -> NDArray[np.float32]:
    """Return the distances, float32 (len(Q), len(X)), of rows that are `comparable`."""
    if distance is Distance.MANHATTAN:
        return np.negative(kernels.similarities(distance, X, Q))
    products: NDArray[np.float32] = Q @ X.T
    if distance is Distance.EUCLID:
        squares = np.square(Q).sum(axis=1)[:, None] + np.square(X).sum(axis=1) - 2 * products
        return np.asarray(np.sqrt(np.maximum(squares, 0)), np.float32)
    return np.asarray(np.maximum(1 - products, 0), np.float32)


def comparable(X: NDArray[np.float32], distance: Distance) -> NDArray[np.float32]:
    """Return the rows of X (n, d) at length 1 where angles are compared, else X."""
    if distance not in (Distance.COSINE, Distance.DOT):
        return X
    lengths = np.linalg.norm(X, axis=1, keepdims=True)
    return np.asarray(X / np.where(lengths > 0, lengths, 1), np.float32)
