"""What a collection's settings say about graphs: how to build them, and from which size on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.settings import hnsw_settings, optimizer_settings

if TYPE_CHECKING:
    from collections.abc import Mapping

_KB = 1024
_LEAST_M = 2  # with one link for each node hnswlib has no levels
FEWEST_POINTS = 16_384
"""Below this an exact scan answers in a few milliseconds, so no graph is built unasked."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What a graph was built with; a graph of another shape is built anew.

    Attributes:
        m: links of a node on the upper levels, half of those on the lowest; 0 for no graph.
        ef_construct: how many neighbours are looked at for each link.

    """

    m: int
    ef_construct: int


@dataclass(frozen=True, slots=True)
class GraphParameters:
    """The settings of one dense vector (`hnsw_config`, its own before the collection's).

    Attributes:
        shape: of the graph.
        threads: that build it, 0 for one per processor.
        scan_bytes: fewer bytes of vectors than these are scanned though there is a graph
            (`full_scan_threshold`, given in KB).
        build_bytes: more bytes of vectors than these get a graph (`indexing_threshold`, given in
            KB), None where none is wanted.
        build_points: fewer points get none.

    """

    shape: Shape
    threads: int
    scan_bytes: int
    build_bytes: int | None
    build_points: int

    def wants_graph(self, points: int, vector_bytes: int) -> bool:
        """Return whether so many vectors of so many bytes each should have a graph."""
        if self.build_bytes is None:
            return False
        return points >= self.build_points and points * vector_bytes > self.build_bytes


def graph_parameters(echo: Mapping[str, Any], name: str) -> GraphParameters:
    """Return the settings of the dense vector `name`.

    `indexing_threshold` 0, `m` 0 and `max_optimization_threads` 0 mean that no graph is built, as
    in Qdrant. A threshold that was given is kept to the letter; the default one waits for
    `FEWEST_POINTS`.
    """
    hnsw, optimizer = hnsw_settings(echo, name), optimizer_settings(echo)
    threshold = optimizer["indexing_threshold"]
    never = 0 in (threshold, hnsw["m"], optimizer.get("max_optimization_threads"))
    given = "indexing_threshold" in echo.get("optimizers_config", {})
    return GraphParameters(
        shape=Shape(max(hnsw["m"], _LEAST_M) if hnsw["m"] else 0, hnsw["ef_construct"]),
        threads=hnsw["max_indexing_threads"],
        scan_bytes=hnsw["full_scan_threshold"] * _KB,
        build_bytes=None if never else threshold * _KB,
        build_points=1 if given else FEWEST_POINTS,
    )


@dataclass(frozen=True, slots=True)
class Vacuum:
    """When dead rows are worth a rewrite (`optimizers_config`).

    Attributes:
        share: of all rows.
        rows: how many at least.

    """

    share: float
    rows: int

    def is_due(self, dead: int, rows: int) -> bool:
        """Return whether so many dead rows among `rows` are too many."""
        return dead > self.rows and dead > self.share * rows


def vacuum(echo: Mapping[str, Any]) -> Vacuum:
    """Return `deleted_threshold` and `vacuum_min_vector_number`."""
    optimizer = optimizer_settings(echo)
    return Vacuum(optimizer["deleted_threshold"], optimizer["vacuum_min_vector_number"])
