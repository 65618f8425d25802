"""The parts of a formula: each gives a number for every point, in float64.

A part is asked only for the points whose number matters, so that what a zero factor or a zero
numerator hides is not computed and cannot fail, as in Qdrant.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from engine.errors import WrongInput
from engine.payload.geo import haversine

if TYPE_CHECKING:
    from qdrant_client import models

    from engine.query.variables import Places, Values, Variables

Function = Callable[["Values"], "Values"]


class Expression(Protocol):
    """A part of a formula."""

    def values(self, of: Variables, places: Places) -> Values:
        """Return the number of each place.

        Raises WrongInput for payload that does not fit, and for numbers that are not finite.
        """


@dataclass(frozen=True, slots=True)
class Constant:
    """The same number for every point."""

    number: float

    def values(self, of: Variables, places: Places) -> Values:  # noqa: ARG002, D102
        return np.full(len(places), self.number)


@dataclass(frozen=True, slots=True)
class Score:
    """`$score[source]`."""

    source: int

    def values(self, of: Variables, places: Places) -> Values:  # noqa: D102
        return of.scores(self.source, places)


@dataclass(frozen=True, slots=True)
class PayloadNumber:
    """A number in the payload, by canonical key path."""

    path: str

    def values(self, of: Variables, places: Places) -> Values:  # noqa: D102
        return of.numbers(self.path, places)


@dataclass(frozen=True, slots=True)
class PayloadMoment:
    """A moment in the payload, in seconds since the epoch."""

    path: str

    def values(self, of: Variables, places: Places) -> Values:  # noqa: D102
        return of.moments(self.path, places)


@dataclass(frozen=True, slots=True)
class GeoDistance:
    """Metres from `origin` to a place in the payload."""

    origin: models.GeoPoint
    path: str

    def values(self, of: Variables, places: Places) -> Values:  # noqa: D102
        lon, lat = of.geo_points(self.path, places).T
        return haversine(lon, lat, self.origin)


@dataclass(frozen=True, slots=True)
class Holds:
    """1 where a condition holds, else 0."""

    condition: models.Condition

    def values(self, of: Variables, places: Places) -> Values:  # noqa: D102
        return of.holds(self.condition, places)


@dataclass(frozen=True, slots=True)
class Sum:
    """The sum of its terms, 0 without any."""

    terms: tuple[Expression, ...]

    def values(self, of: Variables, places: Places) -> Values:  # noqa: D102
        total = np.zeros(len(places))
        for term in self.terms:
            total += term.values(of, places)
        return total


@dataclass(frozen=True, slots=True)
class Product:
    """The product of its factors, 1 without any; factors behind a 0 are not looked at."""

    factors: tuple[Expression, ...]

    def values(self, of: Variables, places: Places) -> Values:  # noqa: D102
        product = np.ones(len(places))
        open_ones = np.arange(len(places))
        for factor in self.factors:
            product[open_ones] *= factor.values(of, places[open_ones])
            open_ones = open_ones[product[open_ones] != 0]
        return product


@dataclass(frozen=True, slots=True)
class Extreme:
    """The largest or the smallest of one or more numbers."""

    choose: np.ufunc
    rivals: tuple[Expression, ...]

    def values(self, of: Variables, places: Places) -> Values:  # noqa: D102
        chosen: Values = self.choose.reduce([rival.values(of, places) for rival in self.rivals])
        return chosen


@dataclass(frozen=True, slots=True)
class Quotient:
    """Left by right; 0 where left is 0, whatever right is.

    Attributes:
        left: the numerator.
        right: the denominator.
        by_zero: stands in for a division by 0, which is an error without it.

    """

    left: Expression
    right: Expression
    by_zero: float | None

    def values(self, of: Variables, places: Places) -> Values:  # noqa: D102
        quotient = self.left.values(of, places)
        open_ones = np.flatnonzero(quotient != 0)
        left, right = quotient[open_ones], self.right.values(of, places[open_ones])
        found = left / right
        if self.by_zero is not None:
            found[right == 0] = self.by_zero
        quotient[open_ones] = _finite(found, "{:g}/{:g}", left, right)
        return quotient


@dataclass(frozen=True, slots=True)
class Power:
    """Base to the power of the exponent."""

    base: Expression
    exponent: Expression

    def values(self, of: Variables, places: Places) -> Values:  # noqa: D102
        base, exponent = self.base.values(of, places), self.exponent.values(of, places)
        return _finite(base**exponent, "{:g}^{:g}", base, exponent)


@dataclass(frozen=True, slots=True)
class Elementary:
    """A function of one number.

    Attributes:
        writing: how it is written, with `{:g}` for the number.
        function: from float64 (n,) to float64 (n,).
        operand: the number.

    """

    writing: str
    function: Function
    operand: Expression

    def values(self, of: Variables, places: Places) -> Values:  # noqa: D102
        given = self.operand.values(of, places)
        return _finite(self.function(given), self.writing, given)


@dataclass(frozen=True, slots=True)
class Decay:
    """1 at the target, less the farther x is from it.

    Attributes:
        function: from the difference x - target, in units of the scale, to the value.
        x: what is compared.
        target: what it is compared with.
        scale: the distance at which the value is the midpoint.

    """

    function: Function
    x: Expression
    target: Expression
    scale: float

    def values(self, of: Variables, places: Places) -> Values:  # noqa: D102
        difference = self.x.values(of, places) - self.target.values(of, places)
        return self.function(difference / self.scale)


def _finite(values: Values, writing: str, *given: Values) -> Values:
    """Return `values`; raises WrongInput, with what gave it, when one is not finite."""
    fails = ~np.isfinite(values)
    if fails.any():
        place = int(fails.argmax())
        written = writing.format(*(float(operand[place]) for operand in given))
        shown = "NaN" if np.isnan(values[place]) else f"{values[place]:g}"
        raise WrongInput(f"The expression {written} = {shown} produced a non-finite number")
    return values
