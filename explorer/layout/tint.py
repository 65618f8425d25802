"""Colours that tell of the layout itself, beside those of payload fields."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from explorer.layout.layout import Layout


class Tint(StrEnum):
    """What the points of a layout can be coloured by; no payload field is called so."""

    DISTORTION = "layout: distortion"
    STANDING = "layout: how placed"


def tints(layout: Layout) -> tuple[Tint, ...]:
    """Return what there is to see: distortion where it was measured, and differing standings."""
    found = [] if layout.quality is None else [Tint.DISTORTION]
    if layout.guessed is not None or not layout.placed.all():
        found.append(Tint.STANDING)
    return tuple(found)


def tint_values(layout: Layout, tint: Tint) -> list[float | str | None]:
    """Return the value of each point; None where it has none."""
    if tint is Tint.STANDING:
        return [str(standing) for standing in layout.standings()]
    if layout.quality is None:
        return [None] * len(layout.ids)
    shares = layout.quality.distortion
    return [None if np.isnan(share) else share for share in shares.tolist()]
