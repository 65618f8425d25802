"""A segment: the graph over the first rows of one dense vector, and those rows in 8 bits.

Rows never change within a generation of a collection's files, so a segment never does: a point that
is deleted or overwritten is left out of what a search may find, and rows behind the segment, its
tail, are scanned.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.index.graph import Graph
from engine.index.parameters import Shape
from engine.index.quantised import Quantised

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

FORMAT = 1
"""Number of the format of saved segments; one with another number is built again."""


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """Rows 0..rows-1 of one dense vector.

    Attributes:
        rows: how many rows it covers.
        linked: how many of them have links: those that were live and had the vector.
        shape: what the graph was built with.
        graph: a node is a row.
        quantised: the rows in 8 bits, None where their elements are too large for that.

    """

    rows: int
    linked: int
    shape: Shape
    graph: Graph
    quantised: Quantised | None

    @property
    def walked(self) -> Quantised | None:
        """The rows in 8 bits, None where no walk may go over the graph."""
        return None if self.graph.damage else self.quantised

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return all arrays, by name."""
        parts = {"graph": self.graph.arrays()}
        if self.quantised is not None:
            parts["quantised"] = self.quantised.arrays()
        return {f"{part}-{name}": a for part, arrays in parts.items() for name, a in arrays.items()}

    def header(self) -> dict[str, Any]:
        """Return what else has to be kept, as plain JSON."""
        shape = {"m": self.shape.m, "ef_construct": self.shape.ef_construct}
        return {"format": FORMAT, "rows": self.rows, "linked": self.linked, **shape}

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, NDArray[Any]], header: Mapping[str, Any]) -> Segment:
        """Return the segment that was saved; raises ValueError and KeyError where it is damaged."""
        if header["format"] != FORMAT:
            raise ValueError(f"format {header['format']}, this version reads {FORMAT}")
        parts: dict[str, dict[str, NDArray[Any]]] = {"graph": {}, "quantised": {}}
        for key, array in arrays.items():
            part, _, name = key.partition("-")
            parts[part][name] = array
        quantised = Quantised.of_arrays(parts["quantised"]) if parts["quantised"] else None
        shape = Shape(header["m"], header["ef_construct"])
        graph = Graph.of_arrays(parts["graph"])
        segment = cls(header["rows"], header["linked"], shape, graph, quantised)
        if len(segment.graph) != segment.rows or len(quantised or segment.graph) != segment.rows:
            raise ValueError(f"its parts do not have {segment.rows} rows each")
        return segment
