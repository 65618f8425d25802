"""The nearest neighbours of every row, by distance: what UMAP starts from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from qdrant_client.models import Distance

from engine.scoring.leading import leading
from explorer.jobs import Cancelled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from explorer.jobs import Report, Stopped

EXACT_ROWS = 20_000
"""Up to so many rows every pair is compared; beyond, neighbours are found by NN-descent."""

EXACT_ROWS_MANHATTAN = 4_000
"""The same for Manhattan, which no matrix product computes."""

BLOCK = 512


def nearest_neighbours(
    X: NDArray[np.float32], count: int, distance: Distance, report: Report, stopped: Stopped
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Return rows (n, count) and distances (n, count), nearest first, of each row of X (n, d).

    A row is not its own neighbour. Cosine and Dot are compared by 1 - cosine: a layout wants
    distances, and a dot product is none.
    """
    X = comparable(X, distance)
    limit = EXACT_ROWS_MANHATTAN if distance is Distance.MANHATTAN else EXACT_ROWS
    if len(X) > limit:
        return _descended(X, count, distance, report, stopped)
    found = np.empty((len(X), count), np.int32)
    distances = np.empty((len(X), count), np.float32)
    for start in range(0, len(X), BLOCK):
        report(start, len(X), "Finding neighbours")
        if stopped():
            raise Cancelled
        rows = slice(start, min(start + BLOCK, len(X)))
        found[rows], distances[rows] = nearest_of(X[rows], X, count, distance, own_row=start)
    return found, distances


def nearest_of(
    Q: NDArray[np.float32],
    X: NDArray[np.float32],
    count: int,
    distance: Distance,
    own_row: int | None = None,
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Return the `count` rows of X nearest to each row of Q, and their distances, nearest first.

    Q and X must be `comparable`. Where Q is X from row `own_row` on, no row is its own neighbour.
    """
    similarities = np.negative(_distances(Q, X, distance))
    if own_row is not None:
        similarities[np.arange(len(Q)), own_row + np.arange(len(Q))] = -np.inf
    nearest, found = leading(similarities, count)
    return nearest, np.negative(found)


def _distances(
    Q: NDArray[np.float32], X: NDArray[np.float32], distance: Distance
) -> NDArray[np.float32]:
    if distance is Distance.MANHATTAN:
        from scipy.spatial.distance import cdist  # noqa: PLC0415 - slow to import

        return cdist(Q, X, "cityblock").astype(np.float32)
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


def _descended(
    X: NDArray[np.float32], count: int, distance: Distance, report: Report, stopped: Stopped
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Return approximate neighbours by NN-descent (Dong, Charikar and Li 2011)."""
    report(0, None, "Finding neighbours")
    from pynndescent import NNDescent  # noqa: PLC0415 - takes seconds to import

    metric = {Distance.MANHATTAN: "manhattan", Distance.EUCLID: "euclidean"}.get(distance, "cosine")
    graph: tuple[Any, Any] = NNDescent(
        X, metric=metric, n_neighbors=count + 1, random_state=0, low_memory=True
    ).neighbor_graph
    if stopped():
        raise Cancelled
    return _without_self(*graph, count)


def _without_self(
    rows: NDArray[np.int32], distances: NDArray[np.float32], count: int
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    own = rows == np.arange(len(rows))[:, None]
    order = np.argsort(np.where(own, np.inf, distances), axis=1, kind="stable")[:, :count]
    return np.take_along_axis(rows, order, axis=1), np.take_along_axis(distances, order, axis=1)
