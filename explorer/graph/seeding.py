"""igraph with a seed: its generator belongs to the whole process, so one caller at a time."""

from __future__ import annotations

import random
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from explorer.graph.graph import Graph

_lock = Lock()


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Let what igraph draws within the body follow from `seed` alone."""
    import igraph  # noqa: PLC0415 - slow to import

    with _lock:
        igraph.set_random_number_generator(random.Random(seed))  # noqa: S311 - nothing is secret
        try:
            yield
        finally:
            igraph.set_random_number_generator(None)


def to_igraph(graph: Graph) -> Any:
    """Return the graph as igraph's own, with vertices and edges in the same order."""
    import igraph  # noqa: PLC0415 - slow to import

    return igraph.Graph(len(graph), graph.edges.astype("int64"))
