"""What shapes a layout."""

from __future__ import annotations

from dataclasses import dataclass

LAID_OUT = 50_000
"""Points that UMAP moves unless a sample says otherwise; beyond, the others follow them."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What shapes a layout.

    Attributes:
        neighbours: how many nearest points each point holds on to; more show the large, fewer the
            small structure.
        min_dist: how near points may come on the map, in units of the spread.
        epochs: rounds of moving; None for 500 up to 10,000 points and 200 beyond.
        seed: the same points and settings give the same layout.
        dimensions: 2 for a plane, 3 for a space.
        sample: how many points are laid out themselves; the others are placed among their nearest
            neighbours of the sample.

    """

    neighbours: int = 15
    min_dist: float = 0.1
    epochs: int | None = None
    seed: int = 0
    dimensions: int = 2
    sample: int = LAID_OUT
