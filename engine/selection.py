"""Which points an update means: a list of ids, or a filter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from qdrant_client import models

from engine.ids import PointId, parse_point_id
from engine.payload.filters import filter_mask

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.payload.compat import Compat
    from engine.snapshot import Snapshot

Selector: TypeAlias = (
    Sequence[models.ExtendedPointId] | models.Filter | models.PointIdsList | models.FilterSelector
)


@dataclass(frozen=True, slots=True)
class Selection:
    """The points that are meant.

    Attributes:
        rows: int64 (n,), live, distinct, ascending.
        missing: ids that no point has.

    """

    rows: NDArray[np.int64]
    missing: tuple[PointId, ...] = ()


def select(snapshot: Snapshot, selector: Selector, compat: Compat) -> Selection:
    """Return the points that a selector means.

    Raises FormatError for what is not an id, and what `filter_mask` raises.
    """
    if isinstance(selector, models.FilterSelector):
        selector = selector.filter
    if isinstance(selector, models.Filter):
        return Selection(np.flatnonzero(filter_mask(selector, snapshot, compat)))
    if isinstance(selector, models.PointIdsList):
        selector = selector.points
    ids = [parse_point_id(point) for point in selector]
    rows = snapshot.ids.rows_of(ids)
    missing = tuple(point for point, row in zip(ids, rows.tolist(), strict=True) if row < 0)
    return Selection(np.unique(rows[rows >= 0]), missing)
