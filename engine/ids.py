"""Point ids: unsigned 64-bit integers and UUIDs, and their total order (integers before UUIDs)."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias
from uuid import UUID

import numpy as np

from engine.errors import FormatError, shown

if TYPE_CHECKING:
    from collections.abc import Iterable

PointId: TypeAlias = int | str
"""An id as callers see it: an integer, or a UUID in lower-case hyphenated form."""

ID_DTYPE = np.dtype([("is_uuid", "<u8"), ("high", "<u8"), ("low", "<u8")])
"""One id as 24 bytes whose field order is the order of ids."""

_LOW = (1 << 64) - 1


def parse_point_id(value: object) -> PointId:
    """Return `value` as a canonical id.

    Raises FormatError unless it is an unsigned 64-bit integer or a UUID (hyphenated, 32 hex digits,
    `urn:uuid:` or braced).
    """
    if isinstance(value, (int, np.integer)) and not isinstance(value, bool) and 0 <= value <= _LOW:
        return int(value)
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, str):
        try:
            return str(UUID(value))
        except ValueError:
            pass
    told = value[:80] if isinstance(value, str) else shown(value)
    raise FormatError(
        f"value {told} is not a valid point ID, "
        "valid values are either an unsigned integer or a UUID"
    )


def encode_ids(ids: Iterable[PointId]) -> np.ndarray[tuple[int], np.dtype[np.void]]:
    """Return canonical ids as an array (n,) of ID_DTYPE."""
    return np.array([_fields(point_id) for point_id in ids], dtype=ID_DTYPE)


def decode_id(record: np.void) -> PointId:
    """Return the id that one ID_DTYPE record holds."""
    if not record["is_uuid"]:
        return int(record["low"])
    return str(UUID(int=(int(record["high"]) << 64) | int(record["low"])))


def _fields(point_id: PointId) -> tuple[int, int, int]:
    if isinstance(point_id, int):
        return (0, 0, point_id)
    number = UUID(point_id).int
    return (1, number >> 64, number & _LOW)
