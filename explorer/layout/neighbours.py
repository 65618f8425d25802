"""The nearest neighbours of every row, by distance: what UMAP starts from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.scoring.mutual import nearest_others
from explorer.jobs import Cancelled
from explorer.layout.pairs import as_distances, comparable, similarities_between

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from qdrant_client.models import Distance

    from explorer.jobs import Report, Stopped


def nearest_neighbours(
    X: NDArray[np.float32], count: int, distance: Distance, report: Report, stopped: Stopped
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Return rows (n, count) and distances (n, count), nearest first, of each row of X (n, d).

    A row is not its own neighbour. Cosine and Dot are compared by 1 - cosine: a layout wants
    distances, and a dot product is none. Raises Cancelled when stopped.
    """
    X = comparable(X, distance)

    def compare(rows: slice, others: slice) -> NDArray[np.float32]:
        return similarities_between(X[rows], X[others], distance)

    def step(done: int, total: int) -> None:
        report(done, total, "Finding neighbours")
        if stopped():
            raise Cancelled

    found, similarities = nearest_others(compare, len(X), count, step)
    return found, as_distances(similarities, distance)
