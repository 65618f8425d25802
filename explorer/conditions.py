"""Filter conditions as frozen values: what the filter controls set, and how a person reads it."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias

from qdrant_client import models

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class AnyOf:
    """The field has one of these values: all strings, or all integers."""

    field: str
    values: tuple[str | int, ...]

    def __post_init__(self) -> None:
        """Raise ValueError when there is no value, or values of several kinds."""
        object.__setattr__(self, "values", tuple(self.values))
        if not self.values:
            raise ValueError(f"choose at least one value of {self.field!r}")
        kinds = {type(value) for value in self.values}
        if kinds not in ({str}, {int}):
            raise ValueError(f"values of {self.field!r} must be all strings or all integers")

    def condition(self) -> models.Condition:
        """Return the condition as the Query API takes it."""
        if len(self.values) == 1:
            return models.FieldCondition(
                key=self.field, match=models.MatchValue(value=self.values[0])
            )
        any_of = models.MatchAny.model_validate({"any": list(self.values)})
        return models.FieldCondition(key=self.field, match=any_of)

    def label(self) -> str:
        """Return such as `group: food, animals`, with at most three values spelled out."""
        shown = ", ".join(str(value) for value in self.values[:3])
        rest = len(self.values) - 3
        return f"{self.field}: {shown}" + (f" and {rest} more" if rest > 0 else "")


@dataclass(frozen=True, slots=True)
class Flag:
    """The field is exactly true, or exactly false."""

    field: str
    value: bool

    def __post_init__(self) -> None:
        """Raise ValueError when the value is not a bool."""
        if not isinstance(self.value, bool):
            raise ValueError(f"the value of {self.field!r} must be true or false")

    def condition(self) -> models.Condition:
        """Return the condition as the Query API takes it."""
        return models.FieldCondition(key=self.field, match=models.MatchValue(value=self.value))

    def label(self) -> str:
        """Return such as `vegan: yes`."""
        return f"{self.field}: {'yes' if self.value else 'no'}"


@dataclass(frozen=True, slots=True)
class Between:
    """The number lies between two bounds, both included; None leaves a side open."""

    field: str
    low: float | None = None
    high: float | None = None

    def __post_init__(self) -> None:
        """Raise ValueError when no bound is given, or one is not a finite number."""
        bounds = [bound for bound in (self.low, self.high) if bound is not None]
        if not bounds:
            raise ValueError(f"give a lower or an upper bound of {self.field!r}")
        if not all(_is_finite_number(bound) for bound in bounds):
            raise ValueError(f"the bounds of {self.field!r} must be finite numbers")

    def condition(self) -> models.Condition:
        """Return the condition as the Query API takes it."""
        return models.FieldCondition(
            key=self.field, range=models.Range(gte=self.low, lte=self.high)
        )

    def label(self) -> str:
        """Return such as `year: 1970 to 1982` or `year: from 1970`."""
        low, high = (None if v is None else f"{v:.6g}" for v in (self.low, self.high))
        return f"{self.field}: {_span(low, high)}"


@dataclass(frozen=True, slots=True)
class Dated:
    """The time lies between two bounds in ISO 8601, both included; None leaves a side open."""

    field: str
    since: str | None = None
    until: str | None = None

    def __post_init__(self) -> None:
        """Raise ValueError when no bound is given, or one is not a date."""
        if self.since is None and self.until is None:
            raise ValueError(f"give a first or a last date of {self.field!r}")
        for bound in (self.since, self.until):
            if bound is not None:
                datetime.fromisoformat(bound)

    def condition(self) -> models.Condition:
        """Return the condition as the Query API takes it."""
        since, until = (
            None if bound is None else datetime.fromisoformat(bound)
            for bound in (self.since, self.until)
        )
        return models.FieldCondition(
            key=self.field, range=models.DatetimeRange(gte=since, lte=until)
        )

    def label(self) -> str:
        """Return such as `seen: 2024-01-01 to 2024-02-01`."""
        return f"{self.field}: {_span(self.since, self.until)}"


@dataclass(frozen=True, slots=True)
class HasText:
    """The string field contains the text: as words, or as the collection's text index sees it."""

    field: str
    text: str

    def __post_init__(self) -> None:
        """Raise ValueError when the text is blank, which nothing would match."""
        if not re.search(r"\S", self.text):
            raise ValueError(f"type the text that {self.field!r} should contain")

    def condition(self) -> models.Condition:
        """Return the condition as the Query API takes it."""
        return models.FieldCondition(key=self.field, match=models.MatchText(text=self.text))

    def label(self) -> str:
        """Return such as `name: contains “cat”`."""
        return f"{self.field}: contains “{self.text}”"


@dataclass(frozen=True, slots=True)
class Inside:
    """The place lies inside a box in degrees; `west` > `east` crosses the antimeridian."""

    field: str
    north: float
    west: float
    south: float
    east: float

    def __post_init__(self) -> None:
        """Raise ValueError when a bound is outside the globe, or north lies below south."""
        for limit, bounds in ((90, (self.north, self.south)), (180, (self.west, self.east))):
            if not all(_is_finite_number(b) and abs(b) <= limit for b in bounds):
                raise ValueError(f"the box on {self.field!r} must lie within ±90°, ±180°")
        if self.north < self.south:
            raise ValueError(f"the box on {self.field!r} has its north below its south")

    def condition(self) -> models.Condition:
        """Return the condition as the Query API takes it."""
        box = models.GeoBoundingBox(
            top_left=models.GeoPoint(lat=self.north, lon=self.west),
            bottom_right=models.GeoPoint(lat=self.south, lon=self.east),
        )
        return models.FieldCondition(key=self.field, geo_bounding_box=box)

    def label(self) -> str:
        """Return such as `location: 30.0° to 40.0°, -100.0° to -90.0°`."""
        return (
            f"{self.field}: {self.south:.1f}° to {self.north:.1f}°, "
            f"{self.west:.1f}° to {self.east:.1f}°"
        )


@dataclass(frozen=True, slots=True)
class IdsIn:
    """The point is one of these, as from a lasso. Ids are kept sorted and unique."""

    ids: tuple[int | str, ...]

    def __post_init__(self) -> None:
        """Sort the ids, integers before UUIDs. Raises ValueError when there is none."""
        if not self.ids:
            raise ValueError("a selection needs at least one point")
        ordered = sorted(set(self.ids), key=lambda i: (isinstance(i, str), i))
        object.__setattr__(self, "ids", tuple(ordered))

    def condition(self) -> models.Condition:
        """Return the condition as the Query API takes it."""
        return models.HasIdCondition(has_id=list(self.ids))

    def label(self) -> str:
        """Return such as `selection of 120 points`."""
        count = len(self.ids)
        return "selection of 1 point" if count == 1 else f"selection of {count:,} points"


@dataclass(frozen=True, slots=True)
class Not:
    """The point does not meet the condition."""

    inner: AnyOf | Flag | Between | Dated | HasText | Inside | IdsIn

    def condition(self) -> models.Condition:
        """Return the condition as the Query API takes it."""
        return models.Filter(must_not=[self.inner.condition()])

    def label(self) -> str:
        """Return such as `not group: food`."""
        return f"not {self.inner.label()}"


Condition: TypeAlias = AnyOf | Flag | Between | Dated | HasText | Inside | IdsIn | Not
"""One condition on points; a query asks for all of its conditions."""


def filter_of(conditions: Iterable[Condition]) -> models.Filter | None:
    """Return the filter that asks for all conditions, or None when there is none."""
    must = [condition.condition() for condition in conditions]
    return models.Filter(must=must) if must else None


def _is_finite_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _span(low: str | None, high: str | None) -> str:
    if low is None:
        return f"up to {high}"
    return f"from {low}" if high is None else f"{low} to {high}"
