"""Approximate neighbours of many rows: each is compared with those around the same centres.

Random rows are the centres; each row belongs to the cells of its nearest few, and all pairs of a
cell are compared by one matrix product. A second round with other centres finds what the borders of
the first have cut. The work grows with n where comparing all pairs grows with n squared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from qdrant_client.models import Distance

from explorer.jobs import Cancelled
from explorer.layout.pairs import blocks, nearest_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from explorer.jobs import Report, Stopped

ROUNDS = 2
CELLS = 3
"""Cells that a row belongs to in each round."""

ROWS = {Distance.MANHATTAN: 250}
"""Rows to a centre; 500 but for Manhattan, which no matrix product computes."""

LARGEST = 8
"""A cell of more than this many times its share is cut into random parts of that size."""


def cell_neighbours(
    X: NDArray[np.float32], count: int, distance: Distance, report: Report, stopped: Stopped
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Return rows (n, count) and distances (n, count), nearest first, of each row of X (n, d).

    X must be `comparable`, with more rows than `count`. The same rows give the same neighbours. A
    few are missed; where fewer than `count` are found, the rest are infinitely far, and name the
    row itself.
    """
    rng = np.random.default_rng(0)
    found = np.repeat(np.arange(len(X), dtype=np.int32)[:, None], count, axis=1)
    distances = np.full(found.shape, np.inf, np.float32)
    done, total = 0, ROUNDS * CELLS * len(X)
    for _ in range(ROUNDS):
        for members in _cells(X, distance, rng):
            report(done, total, "Finding neighbours")
            if stopped():
                raise Cancelled
            _compare(X, members, distance, found, distances)
            done += len(members)
    return found, distances


def _cells(
    X: NDArray[np.float32], distance: Distance, rng: np.random.Generator
) -> Iterator[NDArray[np.int64]]:
    """Yield the rows of each cell."""
    share = ROWS.get(distance, 500)
    centres = X[rng.choice(len(X), max(1, len(X) // share), replace=False)]
    cells = min(CELLS, len(centres))
    nearest = [nearest_of(X[rows], centres, cells, distance)[0] for rows in blocks(X, centres)]
    cell = np.concatenate(nearest).ravel()
    order = np.argsort(cell, kind="stable")
    ends = np.searchsorted(cell[order], np.arange(1, len(centres)))
    for places in np.split(order, ends):
        members = places // cells
        parts = -(-len(members) // (LARGEST * share))
        yield from np.array_split(rng.permutation(members), parts) if parts > 1 else (members,)


def _compare(
    X: NDArray[np.float32],
    members: NDArray[np.int64],
    distance: Distance,
    found: NDArray[np.int32],
    distances: NDArray[np.float32],
) -> None:
    """Compare all pairs of a cell, and keep what is nearer than what was found before."""
    M = X[members]
    for rows in blocks(M, M):
        near, far = nearest_of(M[rows], M, found.shape[1], distance, own_row=rows.start)
        own = members[rows]
        candidates = np.where(near < 0, own[:, None], members[near]).astype(np.int32)
        both = np.concatenate((found[own], candidates), axis=1)
        reach = np.concatenate((distances[own], far), axis=1)
        found[own], distances[own] = _nearest_distinct(both, reach, found.shape[1])


def _nearest_distinct(
    rows: NDArray[np.int32], distances: NDArray[np.float32], count: int
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Return the `count` nearest of each line, every row at most once."""
    order = np.lexsort((distances, rows), axis=1)
    rows = np.take_along_axis(rows, order, axis=1)
    distances = np.take_along_axis(distances, order, axis=1)
    distances[:, 1:][rows[:, 1:] == rows[:, :-1]] = np.inf
    order = np.argsort(distances, axis=1, kind="stable")[:, :count]
    return np.take_along_axis(rows, order, axis=1), np.take_along_axis(distances, order, axis=1)
