"""Point ids of the rows of a batch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_DNS, UUID, uuid5

from explorer.importers.kinds import is_uuid

if TYPE_CHECKING:
    from engine.ids import PointId
    from explorer.importers.batches import Batch

NAMESPACE = uuid5(NAMESPACE_DNS, "sextant")
"""Ids that are neither integers nor UUIDs become the version 5 UUID of their text in here."""

LARGEST = (1 << 64) - 1


def point_ids(batch: Batch, column: str | None) -> list[PointId | None]:
    """Return the id of each row; None where the column is empty.

    Without a column an id is the row's number. Integers (also `3.0`, and digits as text) and UUIDs
    are ids as they are; the same other text always gives the same UUID.
    """
    if column is None:
        return list(batch.numbers.tolist())
    return [_point_id(value) for value in batch.values(column)]


def is_point_id(value: Any) -> bool:
    """Whether a value is an id as it is: an integer, digits, or a UUID; not a name for one."""
    return value is not None and (is_uuid(value) or isinstance(_point_id(value), int))


def _point_id(value: Any) -> PointId | None:
    if value is None or value != value:  # NaN  # noqa: PLR0124
        return None
    text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
    if text.isascii() and text.isdigit() and int(text) <= LARGEST:
        return int(text)
    return str(UUID(text)) if is_uuid(text) else str(uuid5(NAMESPACE, text))
