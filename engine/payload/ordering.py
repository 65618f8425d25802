"""Ordering points by a payload field: one row for each of its values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
from qdrant_client import models

from engine.errors import WrongInput
from engine.payload.datetimes import moment_of
from engine.payload.indexes import indexed_values
from engine.payload.key_path import parse_key_path

if TYPE_CHECKING:
    from engine.payload.column import Column, Lane, Mask
    from engine.snapshot import Snapshot

_TYPES = models.PayloadSchemaType
_HUGE = 10**300  # integers beyond cannot be compared with floats
_ORDERED = (_TYPES.INTEGER, _TYPES.FLOAT, _TYPES.DATETIME)


@dataclass(frozen=True, slots=True)
class Ordering:
    """By which field, in which direction, and from where on.

    Attributes:
        key: key path of the field.
        descending: largest values first.
        start_from: the first value that counts, inclusive; moments are compared as microseconds.

    """

    key: str
    descending: bool = False
    start_from: float | date | None = None


def parse_ordering(given: models.OrderByInterface) -> Ordering:
    """Return what a request's `order_by` asks for."""
    if isinstance(given, str):
        return Ordering(given)
    return Ordering(given.key, given.direction == models.Direction.DESC, given.start_from)


def ordered_values(
    snapshot: Snapshot, ordering: Ordering, mask: Mask, *, strict: bool = True
) -> Lane:
    """Return the values that count with their rows, in the order of the rows.

    A row has as many values as its field, equal ones once; rows without a value are missing.

    Args:
        snapshot: the collection.
        ordering: the field and where to start.
        mask: bool (rows,), which points count, as `filter_mask` gives it.
        strict: refuse a field without an integer, float or datetime index, as a server does;
            otherwise such a field is ordered by its numbers, or by its moments if it has none.

    Returns:
        int64 for integers and moments (microseconds since the epoch), float64 for floats.

    Raises:
        FormatError: the path cannot be parsed.
        WrongInput: `strict`, and there is no such index.

    """
    column = snapshot.payload.columns([ordering.key], along=snapshot.indexes)[ordering.key]
    lane = indexed_values(column, _ordered_type(snapshot, ordering.key, column, strict=strict))
    kept = mask[lane.rows]
    if ordering.start_from is not None:
        start = _comparable(ordering.start_from)
        kept &= lane.values <= start if ordering.descending else lane.values >= start
    return _without_repeats(lane.where(kept))


def cost(ordering: Ordering, values: Any) -> Any:
    """Return numbers, of the type of the values, that are the smaller the earlier a value comes."""
    if not ordering.descending:
        return values
    return ~values if values.dtype == np.int64 else -values  # -values would overflow at the least


def _ordered_type(
    snapshot: Snapshot, key: str, column: Column, *, strict: bool
) -> models.PayloadSchemaType:
    canonical = str(parse_key_path(key))
    for path, index in snapshot.indexes.items():
        has_ranges = getattr(index.params, "range", None) is not False
        if str(parse_key_path(path)) == canonical and index.data_type in _ORDERED and has_ranges:
            return index.data_type
    if strict:
        raise WrongInput(
            f"No range index for `order_by` key: `{key}`. "
            "Please create one to use `order_by`. "
            "Check https://qdrant.tech/documentation/concepts/indexing/#payload-index "
            "to see which payload schemas support Range conditions"
        )
    return _TYPES.FLOAT if len(column.integers) or len(column.floats) else _TYPES.DATETIME


def _comparable(start: float | date) -> float:
    if isinstance(start, date):
        return moment_of(start)
    return max(-_HUGE, min(start, _HUGE)) if isinstance(start, int) else start


def _without_repeats(lane: Lane) -> Lane:
    """Return the lane with equal values of one row once."""
    if bool((lane.rows[1:] > lane.rows[:-1]).all()):
        return lane
    order = np.lexsort((lane.values, lane.rows))
    rows, values = lane.rows[order], lane.values[order]
    is_new = np.append(True, (rows[1:] != rows[:-1]) | (values[1:] != values[:-1]))
    return type(lane)(rows[is_new], values[is_new])
