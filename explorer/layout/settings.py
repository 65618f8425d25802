"""What shapes a UMAP layout."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Settings:
    """What shapes a layout.

    Attributes:
        neighbours: how many nearest points each point holds on to; more show the large, fewer the
            small structure.
        min_dist: how near points may come on the map, in units of the spread.
        epochs: rounds of moving; None for 500 up to 10,000 points and 200 beyond.
        seed: the same points and settings give the same layout.

    """

    neighbours: int = 15
    min_dist: float = 0.1
    epochs: int | None = None
    seed: int = 0
