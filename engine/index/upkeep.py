"""What the files of a collection lack: a graph, a newer one, or a rewrite without dead rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine.index import graph_support
from engine.index.parameters import graph_parameters, vacuum

if TYPE_CHECKING:
    from engine.snapshot import Snapshot
    from engine.vectors import DenseRows

TAIL_SHARE = 0.2
"""A graph is built anew when the rows behind it are more than this part of those it covers."""


@dataclass(frozen=True, slots=True)
class Upkeep:
    """What is to be done in the background, for one state of a collection.

    Attributes:
        vectors: names whose graph is to be built.
        compacts: whether dead rows go before that; then no older graph fits any more.

    """

    vectors: tuple[str, ...]
    compacts: bool

    def __bool__(self) -> bool:
        """Whether there is anything to do."""
        return bool(self.vectors) or self.compacts


def upkeep(snapshot: Snapshot, *, asked: bool = False) -> Upkeep:
    """Return what a collection needs.

    Args:
        snapshot: its state.
        asked: somebody wants graphs now: each vector gets one that covers all of its points,
            however few they are, unless its `m` is 0.

    """
    dead = snapshot.rows - int(np.count_nonzero(snapshot.live))
    compacts = vacuum(snapshot.config.echo).is_due(dead, snapshot.rows)
    if not graph_support().available:
        return Upkeep((), compacts)
    lacks = _lacks_any if asked else _lacks_enough
    needed = (name for name, rows in snapshot.dense.items() if lacks(snapshot, rows, compacts))
    return Upkeep(tuple(needed), compacts)


def _lacks_enough(snapshot: Snapshot, vectors: DenseRows, compacts: bool) -> bool:
    """Return whether a graph is worth its building."""
    name, size = vectors.spec.name, vectors.row_bytes
    parameters = graph_parameters(snapshot.config.echo, name)
    segment = snapshot.segments.get(name)
    fits = segment is not None and segment.shape == parameters.shape and not compacts
    covered = segment.rows if segment is not None and fits else 0
    tail = snapshot.rows - covered  # no more points than these rows, which cost nothing to count
    if tail <= TAIL_SHARE * covered or not parameters.wants_graph(tail, size):
        return False
    points = _points(snapshot, vectors, covered)
    return points > TAIL_SHARE * covered and parameters.wants_graph(points, size)


def _lacks_any(snapshot: Snapshot, vectors: DenseRows, compacts: bool) -> bool:
    """Return whether there is a point that a graph could cover and none of this shape does."""
    name = vectors.spec.name
    shape = graph_parameters(snapshot.config.echo, name).shape
    segment = snapshot.segments.get(name)
    fits = segment is not None and segment.shape == shape and not compacts
    covered = segment.rows if segment is not None and fits else 0
    return shape.m > 0 and _points(snapshot, vectors, covered) > 0


def _points(snapshot: Snapshot, vectors: DenseRows, start: int = 0) -> int:
    """Return how many live rows from `start` on have the vector."""
    return int(np.count_nonzero(snapshot.live[start:] & vectors.present[start:]))
