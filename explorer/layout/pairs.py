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
    nearest, found = leading(similarities_between(Q, X, distance), count)
    return nearest, as_distances(found, distance)


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
    return as_distances(similarities_between(Q, X, distance), distance)


def similarities_between(
    Q: NDArray[np.float32], X: NDArray[np.float32], distance: Distance
) -> NDArray[np.float32]:
    """Return what grows as rows come nearer, float32 (len(Q), len(X)); see `as_distances`."""
    if distance is Distance.MANHATTAN:
        return kernels.similarities(distance, X, Q)
    found: NDArray[np.float32] = Q @ X.T
    if distance is Distance.EUCLID:
        found *= 2
        found -= np.square(Q).sum(axis=1)[:, None]
        found -= np.square(X).sum(axis=1)
    return found


def as_distances(similarities: NDArray[np.float32], distance: Distance) -> NDArray[np.float32]:
    """Return the distances, in the place of the similarities: 1 - cosine under Cosine and Dot."""
    far = np.subtract(distance in (Distance.COSINE, Distance.DOT), similarities, out=similarities)
    np.maximum(far, 0, out=far)
    return np.sqrt(far, out=far) if distance is Distance.EUCLID else far


def comparable(X: NDArray[np.float32], distance: Distance) -> NDArray[np.float32]:
    """Return the rows of X (n, d) at length 1 where angles are compared, else X."""
    if distance not in (Distance.COSINE, Distance.DOT):
        return X
    lengths = np.linalg.norm(X, axis=1, keepdims=True)
    return np.asarray(X / np.where(lengths > 0, lengths, 1), np.float32)
