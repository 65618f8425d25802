"""What a distance matrix is asked for: which points, by which vector, how many cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qdrant_client import models

from explorer.conditions import filter_of

if TYPE_CHECKING:
    from engine.ids import PointId
    from explorer.conditions import Condition

MAX_SAMPLE = 20_000
"""Points of a matrix; a heat map of more shows nothing that one of fewer does not."""

MAX_CELLS = 2_000_000
"""Cells that travel to the browser."""


@dataclass(frozen=True, slots=True)
class Question:
    """Which matrix. Equal questions about the same data have the same answer.

    Attributes:
        collection: whose points.
        using: name of the vector, `""` for the unnamed one.
        sample: how many points are drawn, 2 to `MAX_SAMPLE`.
        limit: how many nearest others each one is compared with, at least 1.
        seed: of the draw.
        conditions: all must hold for a point to be drawn.
        ids: these points instead of a draw; `()` draws.

    """

    collection: str
    using: str = ""
    sample: int = 500
    limit: int = 20
    seed: int = 0
    conditions: tuple[Condition, ...] = ()
    ids: tuple[PointId, ...] = ()

    def __post_init__(self) -> None:
        """Raise ValueError when a number is out of bounds."""
        points = len(self.ids) or self.sample
        if not 2 <= points <= MAX_SAMPLE:
            raise ValueError(f"A matrix compares 2 to {MAX_SAMPLE:,} points, not {points:,}.")
        if self.limit < 1:
            raise ValueError(f"Each point needs at least 1 neighbour, not {self.limit}.")
        if points * min(self.limit, points) > MAX_CELLS:
            raise ValueError(
                f"{points:,} points with {self.limit:,} neighbours each are more than "
                f"{MAX_CELLS:,} cells. Choose fewer points or neighbours."
            )

    def request(self) -> models.SearchMatrixRequest:
        """Return the request that asks a server the same; its sample has a seed of its own."""
        wanted = filter_of(self.conditions)
        if self.ids:
            chosen = models.HasIdCondition(has_id=list(self.ids))
            wanted = models.Filter(must=[chosen] if wanted is None else [wanted, chosen])
        return models.SearchMatrixRequest(
            filter=wanted,
            sample=len(self.ids) or self.sample,
            limit=self.limit,
            using=self.using or None,
        )

    def filter(self) -> models.Filter | None:
        """Return the filter that asks for all conditions, or None."""
        return filter_of(self.conditions)
