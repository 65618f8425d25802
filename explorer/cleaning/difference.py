"""Where the payloads of several points differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True)
class FieldDifference:
    """One payload field of several points.

    Attributes:
        field: its name at the top of the payload.
        values: one for each point, None where it has none.

    """

    field: str
    values: tuple[Any, ...]

    @property
    def same(self) -> bool:
        """Whether all points agree; 1, 1.0 and true are three values."""
        first, *others = self.values
        return all(_alike(first, other) for other in others)


def differences(payloads: Sequence[Mapping[str, Any]]) -> tuple[FieldDifference, ...]:
    """Return every field of the payloads: those that differ first, then in order of appearance."""
    names = dict.fromkeys(name for payload in payloads for name in payload)
    fields = [
        FieldDifference(name, tuple(payload.get(name) for payload in payloads)) for name in names
    ]
    return tuple(sorted(fields, key=lambda field: field.same))


def identical(payloads: Sequence[Mapping[str, Any]]) -> bool:
    """Whether all payloads are the same."""
    return all(field.same for field in differences(payloads))


def _alike(one: Any, other: Any) -> bool:
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_alike(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(_alike, one, other))
    return bool(one == other)
