"""Which point of a group of duplicates stays, where nobody looks at each group."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from engine.payload.key_path import parse_key_path

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.ids import PointId

EMPTY: tuple[Any, ...] = (None, "", [], {})
"""Values that say nothing."""


class Prefer(StrEnum):
    """What makes a point the best of its group."""

    CENTRAL = "central"
    FULLEST = "fullest"
    FIRST = "first"
    LAST = "last"
    SMALLEST = "smallest"
    LARGEST = "largest"


@dataclass(frozen=True, slots=True)
class Best:
    """A choice that holds for every group; ties go to the point that stands first in its group.

    Attributes:
        prefer: CENTRAL is the point with the most links, FULLEST the one with the most fields that
            say something, FIRST and LAST go by the ids, SMALLEST and LARGEST by a payload field.
        field: the key path for SMALLEST and LARGEST; a point without it is never the best.

    """

    prefer: Prefer = Prefer.CENTRAL
    field: str = ""

    def of(self, group: Mapping[PointId, Mapping[str, Any]]) -> PointId:
        """Return the best of a group's points, which are given with their payloads in order."""
        points = list(group)
        match self.prefer:
            case Prefer.CENTRAL:
                return points[0]
            case Prefer.FULLEST:
                return max(points, key=lambda point: _fullness(group[point]))
            case Prefer.FIRST:
                return min(points, key=_order)
            case Prefer.LAST:
                return max(points, key=_order)
        valued = {point: value for point in points if (value := self._value(group[point]))}
        extreme = min if self.prefer is Prefer.SMALLEST else max
        return extreme(valued, key=valued.__getitem__) if valued else points[0]

    def _value(self, payload: Mapping[str, Any]) -> tuple[str, Any] | None:
        """Return the first value of the field, to be compared with those of its own kind."""
        for value in parse_key_path(self.field).nodes(payload):
            if isinstance(value, bool | int | float):
                return "number", value
            if isinstance(value, str):
                return "string", value
        return None


CENTRAL = Best()
"""The point with the most links."""


def _fullness(payload: Mapping[str, Any]) -> int:
    return sum(value not in EMPTY for value in payload.values())


def _order(point: PointId) -> tuple[bool, str]:
    """Return what sorts ids as Qdrant does: integers, then UUIDs."""
    return isinstance(point, str), f"{point:>20}"
