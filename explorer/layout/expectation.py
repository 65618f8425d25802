"""About how long a layout will take, to decide whether it may follow its settings at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explorer.layout.layout import Method

if TYPE_CHECKING:
    from explorer.layout.recipe import Recipe

PLACED = 1e-5
"""Seconds for each point that PCA or the payload places."""

MOVED, MOVED_NEIGHBOUR = 0.75e-3, 0.012e-3
"""Seconds in which UMAP moves a point 500 times, and more for each of its neighbours."""

COMPARED = 2.5e-9
"""Seconds in which a pair of points is compared, when the neighbours are sought."""

FOLLOWED = 4e-5
"""Seconds in which a point that was not laid out is placed among those that were."""


def expected_seconds(points: int, recipe: Recipe) -> float:
    """Return the seconds that a layout of so many points takes, true within a factor of three.

    Measured on two cores with vectors of 384 dimensions.
    """
    seconds = points * PLACED
    if recipe.method is not Method.UMAP:
        return seconds
    settings = recipe.settings
    moved = min(points, settings.sample)
    epochs = settings.epochs or (500 if moved <= 10_000 else 200)
    seconds += moved * (MOVED + settings.neighbours * MOVED_NEIGHBOUR) * epochs / 500
    seconds += moved * moved * COMPARED
    return seconds + (points - moved) * FOLLOWED
