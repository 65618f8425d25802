"""A graph of points: which of them are linked, and by what score."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.ids import PointId


@dataclass(frozen=True, eq=False)
class Graph:
    """Points and undirected links among them.

    Attributes:
        ids: of the points; a point's place in it is its number here.
        edges: int32 (m, 2), the places of both ends, the smaller first; no link twice.
        scores: float32 (m,), of each link, as nearest queries show it.
        larger_is_better: whether scores are similarities, not distances.

    """

    ids: tuple[PointId, ...]
    edges: NDArray[np.int32]
    scores: NDArray[np.float32]
    larger_is_better: bool

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def places(self) -> dict[PointId, int]:
        """The place of each point in `ids`."""
        return {point: place for place, point in enumerate(self.ids)}

    @cached_property
    def degrees(self) -> NDArray[np.int32]:
        """How many links each point has, int32 (n,)."""
        return np.bincount(self.edges.ravel(), minlength=len(self)).astype(np.int32)

    @property
    def closeness(self) -> NDArray[np.float32]:
        """The scores so that larger is closer under every metric, float32 (m,)."""
        return self.scores if self.larger_is_better else -self.scores

    def within(self, cutoff: float | None) -> Graph:
        """Return the graph without the links that score worse than `cutoff`; None drops none."""
        if cutoff is None:
            return self
        least = cutoff if self.larger_is_better else -cutoff
        kept = self.closeness >= np.float32(least)
        return Graph(self.ids, self.edges[kept], self.scores[kept], self.larger_is_better)

    def linked(self, place: int) -> list[tuple[int, float]]:
        """Return the places linked with one, and the scores, the closest first."""
        rows = np.flatnonzero((self.edges == place).any(axis=1))
        rows = rows[np.argsort(-self.closeness[rows], kind="stable")]
        others = self.edges[rows].sum(axis=1) - place
        return list(zip(others.tolist(), self.scores[rows].tolist(), strict=True))
