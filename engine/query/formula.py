"""Formula queries: points are scored by an expression over source scores and payload."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from qdrant_client import models

from engine.errors import WrongInput
from engine.payload.datetimes import NOT_A_MOMENT, parse_moment
from engine.payload.key_path import canonical
from engine.query import expression as parts
from engine.query.candidates import Candidates, best, union
from engine.query.variables import Defaults, Variables, as_number

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from engine.query.expression import Expression, Function
    from engine.query.options import Options
    from engine.query.variables import Values
    from engine.snapshot import Snapshot

MAX_DEPTH = 64
"""Expressions inside expressions, at most."""

_LARGEST = float(np.finfo(np.float32).max)
_SCORE = re.compile(r"\$score(?:\[(\d{1,9})\])?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Formula:
    """A checked formula.

    Attributes:
        expression: gives the score of a point.
        defaults: what stands in for variables that a point does not have.

    """

    expression: Expression
    defaults: Defaults


def parse_formula(query: models.FormulaQuery) -> Formula:
    """Return the formula of a query.

    Raises:
        FormatError: a key path cannot be parsed.
        WrongInput: an unknown variable, a decay or a moment that cannot be, or too much nesting.

    """
    return Formula(_parsed(query.formula, 0), _defaults(query.defaults or {}))


def formula_scores(
    formula: Formula, snapshot: Snapshot, sources: Sequence[Candidates], options: Options
) -> Candidates:
    """Return every point of the sources with the formula's score, float32, largest first.

    Raises WrongInput for payload that does not fit, and for scores that are not finite.
    """
    rows = union(sources)
    variables = Variables(snapshot, rows, sources, formula.defaults, options.compat)
    with np.errstate(all="ignore"):  # what is not finite is refused with the numbers that gave it
        scores = formula.expression.values(variables, np.arange(len(rows))).astype(np.float32)
    if not np.isfinite(scores).all():
        place = int(np.isfinite(scores).argmin())
        raise WrongInput(
            f"The formula produced a non-finite number, {scores[place]}, "
            f"for point {snapshot.ids.id_of(int(rows[place]))}"
        )
    return best(snapshot, rows, scores, len(rows))


def _parsed(given: Any, depth: int) -> Expression:
    if depth > MAX_DEPTH:
        raise WrongInput(f"formulas are nested more than {MAX_DEPTH} deep; flatten the expression")
    if isinstance(given, str):
        return _variable(given)
    if isinstance(given, (int, float)):
        return parts.Constant(_single(given))
    parse = _PARSERS.get(type(given))
    return parts.Holds(given) if parse is None else parse(given, depth + 1)


def _single(number: float) -> float:
    """Return a constant of the request as the 32-bit float that Qdrant reads; it must be finite."""
    if as_number(number) is None or not abs(number) <= _LARGEST:
        raise WrongInput(f"formula constant {number} is not a finite 32-bit float")
    return float(np.float32(number))


def _variable(name: str) -> Expression:
    number = _score_number(name)
    if number is not None:
        return parts.Score(number)
    return parts.PayloadNumber(canonical(name))


def _score_number(name: str) -> int | None:
    """Return which source's score a variable is, None for a path in the payload."""
    if not name.startswith("$"):
        return None
    found = _SCORE.fullmatch(name)
    if not found:
        raise WrongInput(f"Unknown variable `{name}`: use $score, $score[0], $score[1], ...")
    return int(found[1] or 0)


def _defaults(given: Mapping[str, Any]) -> Defaults:
    scores: dict[int, float] = {}
    payload: dict[str, Any] = {}
    for name, value in given.items():
        number = _score_number(name)
        if number is None:
            payload[canonical(name)] = value
        elif (default := as_number(value)) is not None:
            scores[number] = default
    return Defaults(scores, payload)


def _several(given: Sequence[Any], depth: int) -> tuple[Expression, ...]:
    return tuple(_parsed(part, depth) for part in given)


def _extreme(choose: np.ufunc, given: Sequence[Any], depth: int) -> Expression:
    if not given:
        raise WrongInput(f"`{choose.__name__[:3]}` needs at least one expression")
    return parts.Extreme(choose, _several(given, depth))


def _quotient(given: models.DivParams, depth: int) -> Expression:
    left, right = _parsed(given.left, depth), _parsed(given.right, depth)
    return parts.Quotient(left, right, given.by_zero_default)


def _power(given: models.PowParams, depth: int) -> Expression:
    return parts.Power(_parsed(given.base, depth), _parsed(given.exponent, depth))


def _geo_distance(given: models.GeoDistanceParams) -> Expression:
    return parts.GeoDistance(given.origin, canonical(given.to))


def _moment(text: str) -> Expression:
    moment = parse_moment(text)
    if moment == NOT_A_MOMENT:
        raise WrongInput(f"`{text}` is no datetime; write it as 2024-05-31T18:00:00Z")
    return parts.Constant(moment / 1e6)


def _decay(
    function: Callable[[float, Values], Values],
    given: models.DecayParamsExpression,
    depth: int,
    *,
    ends: bool = False,
) -> Expression:
    scale = _single(1.0 if given.scale is None else given.scale)
    midpoint = _single(0.5 if given.midpoint is None else given.midpoint)
    if not scale > 0:
        raise WrongInput(f"decay scale is {scale:g}, must be larger than 0")
    if not (0 < midpoint < 1 or (ends and midpoint in {0, 1})):
        within = "from 0 to 1" if ends else "between 0 and 1, exclusive"
        raise WrongInput(f"decay midpoint is {midpoint:g}, must be {within}")
    target = parts.Constant(0.0) if given.target is None else _parsed(given.target, depth)
    return parts.Decay(partial(function, midpoint), _parsed(given.x, depth), target, scale)


def _linear(midpoint: float, difference: Values) -> Values:
    return np.maximum(0.0, 1 - np.abs(difference) * (1 - midpoint))


def _exponential(midpoint: float, difference: Values) -> Values:
    value: Values = np.exp(np.log(midpoint) * np.abs(difference))
    return value


def _gaussian(midpoint: float, difference: Values) -> Values:
    value: Values = np.exp(np.log(midpoint) * difference * difference)
    return value


def _elementary(field: str, writing: str, function: Function) -> Callable[[Any, int], Expression]:
    def parse(given: Any, depth: int) -> Expression:
        return parts.Elementary(writing, function, _parsed(getattr(given, field), depth))

    return parse


_PARSERS: dict[type, Callable[[Any, int], Expression]] = {
    models.SumExpression: lambda given, depth: parts.Sum(_several(given.sum, depth)),
    models.MultExpression: lambda given, depth: parts.Product(_several(given.mult, depth)),
    models.MaxExpression: lambda given, depth: _extreme(np.maximum, given.max, depth),
    models.MinExpression: lambda given, depth: _extreme(np.minimum, given.min, depth),
    models.DivExpression: lambda given, depth: _quotient(given.div, depth),
    models.PowExpression: lambda given, depth: _power(given.pow, depth),
    models.NegExpression: _elementary("neg", "-{:g}", np.negative),
    models.AbsExpression: _elementary("abs", "|{:g}|", np.abs),
    models.SqrtExpression: _elementary("sqrt", "√{:g}", np.sqrt),
    models.ExpExpression: _elementary("exp", "exp({:g})", np.exp),
    models.LnExpression: _elementary("ln", "ln({:g})", np.log),
    models.Log10Expression: _elementary("log10", "log10({:g})", np.log10),
    models.AcoshExpression: _elementary("acosh", "acosh({:g})", np.arccosh),
    models.GeoDistance: lambda given, _: _geo_distance(given.geo_distance),
    models.DatetimeExpression: lambda given, _: _moment(given.datetime),
    models.DatetimeKeyExpression: lambda given, _: parts.PayloadMoment(
        canonical(given.datetime_key)
    ),
    models.LinDecayExpression: lambda given, depth: _decay(
        _linear, given.lin_decay, depth, ends=True
    ),
    models.ExpDecayExpression: lambda given, depth: _decay(_exponential, given.exp_decay, depth),
    models.GaussDecayExpression: lambda given, depth: _decay(_gaussian, given.gauss_decay, depth),
}
