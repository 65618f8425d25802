"""Ordering points by a payload field: one row for each of its values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
from qdrant_client import models

from engine.errors import WrongInput
from engine.payload.column import Lane
from engine.payload.datetimes import moment_of
from engine.payload.key_path import canonical

if TYPE_CHECKING:
    from engine.payload.column import Mask, Rows
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
    start_from: int | float | date | None = None

    @property
    def start(self) -> float | None:
        """The first value that counts as a number; None for any."""
        start = self.start_from
        if isinstance(start, date):
            return moment_of(start)
        return max(-_HUGE, min(start, _HUGE)) if isinstance(start, int) else start


def parse_ordering(given: models.OrderByInterface) -> Ordering:
    """Return what a request's `order_by` asks for."""
    if isinstance(given, str):
        return Ordering(given)
    return Ordering(given.key, given.direction == models.Direction.DESC, given.start_from)


def first_values(
    snapshot: Snapshot, ordering: Ordering, mask: Mask, limit: int, *, strict: bool = True
) -> Lane:
    """Return values with their rows, in no order, among which are the first `limit`.

    A row has as many values as its field, equal ones once; rows without a value are missing. What
    equals the last value comes too.

    Args:
        snapshot: the collection.
        ordering: the field and where to start.
        mask: bool (rows,), which points count, as `filter_mask` gives it.
        limit: how many are wanted.
        strict: refuse a field without an integer, float or datetime index, as a server does;
            otherwise such a field is ordered by its numbers, or by its moments if it has none.

    Returns:
        int64 for integers and moments (microseconds since the epoch), float64 for floats.

    Raises:
        FormatError: the path cannot be parsed.
        WrongInput: `strict`, and there is no such index.

    """
    data_type = _ordered_type(snapshot, ordering.key, strict=strict)
    ranked = snapshot.payload.ranked(ordering.key, data_type)
    found = ranked.first(mask, limit, ordering.start, descending=ordering.descending)
    return Lane(*found)


def values_of(snapshot: Snapshot, ordering: Ordering, rows: Rows, *, strict: bool = True) -> Lane:
    """Return all values that count of a few rows, int64 (n,), distinct and ascending.

    What it returns and raises is otherwise as of `first_values`.
    """
    data_type = _ordered_type(snapshot, ordering.key, strict=strict)
    lane = snapshot.payload.lane(ordering.key, data_type).of_rows(rows).without_repeats()
    start = ordering.start
    if start is None:
        return lane
    return lane.where(lane.values <= start if ordering.descending else lane.values >= start)


def cost(ordering: Ordering, values: Any) -> Any:
    """Return numbers, of the type of the values, that are the smaller the earlier a value comes."""
    if not ordering.descending:
        return values
    return ~values if values.dtype == np.int64 else -values  # -values would overflow at the least


def _ordered_type(snapshot: Snapshot, key: str, *, strict: bool) -> models.PayloadSchemaType:
    column = snapshot.payload.columns([key], along=snapshot.indexes)[key]
    index = snapshot.indexes.get(canonical(key))
    if index is not None and index.data_type in _ORDERED:
        has_ranges = getattr(index.params, "range", None) is not False
        if has_ranges:
            return index.data_type
    if strict:
        raise WrongInput(
            f"No range index for `order_by` key: `{key}`. "
            "Please create one to use `order_by`. "
            "Check https://qdrant.tech/documentation/concepts/indexing/#payload-index "
            "to see which payload schemas support Range conditions"
        )
    return _TYPES.FLOAT if len(column.integers) or len(column.floats) else _TYPES.DATETIME
