"""Colours of payload values: codes for the points, and the legend that says what they mean.

The palette begins with six colours of Okabe and Ito ("Color Universal Design", 2008). Their yellow
and black vanish on one of the two themes; the colours in their place, and four more, were chosen so
that any two differ by at least 16 in CIELAB, also as seen with each of the three colour-vision
deficiencies (simulated after Machado, Oliveira and Fernandes 2009). The ramp is the middle of
viridis (Smith and van der Walt 2015), whose ends would vanish in the same way.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from engine.payload.datetimes import NOT_A_MOMENT, parse_moment
from explorer.fields import is_date

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

PALETTE = (
    "#0072b2", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#56b4e9",
    "#9600ff", "#963c1e", "#8778ff", "#873c69", "#78b45a", "#692dc3",
)  # fmt: skip
"""One colour per category, the most frequent first."""

OTHER = "#8b8f98"
"""All categories beyond the palette, together."""

RAMP = ("#443983", "#3b528b", "#2c728e", "#21918c", "#28ae80", "#5ec962", "#84d44b")
"""From the lowest to the highest number, perceptually even."""

MISSING = 255
"""The code of a point without a value."""

_LEVELS = 254  # numbers are coded 0 to 254
_FEW = 12  # up to so many different whole numbers are categories, such as the digits 0 to 9
_CLIPPED = (1.0, 99.0)  # percentiles
_CLIP_BEYOND = 1.5  # clip when the full range is so many times the range between the percentiles

_NOTHING_KNOWN: Mapping[str, str] = MappingProxyType({})

Codes: TypeAlias = "NDArray[np.uint8]"
NumberFormat: TypeAlias = Literal["integer", "number", "date"]


class LegendKind(StrEnum):
    """How codes are to be read."""

    CATEGORY = "category"
    NUMBER = "number"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Legend:
    """What the colours of a field mean.

    Attributes:
        kind: whether codes are categories, steps of a ramp, or nothing at all.
        names: of each category; the last one may stand for all rarer ones together.
        counts: points of each category.
        palette: a CSS colour for each category.
        low: the number of code 0.
        high: the number of code 254.
        ramp: CSS colours from low to high.
        format: how to write the numbers; dates are seconds since 1970, UTC.
        missing: points without a value, shown in grey.
        note: what a reader should know, such as that the ramp ends before the extremes; or `""`.

    """

    kind: LegendKind
    names: tuple[str, ...] = ()
    counts: tuple[int, ...] = ()
    palette: tuple[str, ...] = ()
    low: float = 0.0
    high: float = 0.0
    ramp: tuple[str, ...] = ()
    format: NumberFormat = "number"
    missing: int = 0
    note: str = ""

    @property
    def colours(self) -> dict[str, str]:
        """The colour of each category that has one of its own."""
        named = zip(self.names, self.palette, strict=True)
        return {name: colour for name, colour in named if colour != OTHER}


def encode(
    values: Sequence[object], known: Mapping[str, str] = _NOTHING_KNOWN
) -> tuple[Codes, Legend]:
    """Return codes uint8 (n,) and the legend of payload values; None is a missing value.

    A list counts by its first element. Numbers, and strings that are all ISO 8601 dates, get the
    ramp; strings, bools and up to 12 different whole numbers are categories. Objects get no colour.
    Categories whose colours are `known` keep them.
    """
    scalars = [_scalar(value) for value in values]
    kinds = {type(value) for value in scalars if value is not None}
    if kinds <= {int, float} and not _is_few(scalars, kinds):
        form: NumberFormat = "integer" if kinds == {int} else "number"
        return encode_numbers(_floats(scalars), form)
    if kinds == {str} and (seconds := _dates(scalars)) is not None:
        return encode_numbers(seconds, "date")
    return encode_categories([None if v is None else _name(v) for v in scalars], known)


def encode_categories(
    values: Sequence[str | None], known: Mapping[str, str] = _NOTHING_KNOWN
) -> tuple[Codes, Legend]:
    """Return codes uint8 (n,) and the legend of category names, the most frequent first.

    Names whose colours are `known` keep them, the most frequent others share what is left of the
    palette, and all the rest one grey code.
    """
    found, names = _numbered(values)
    counts = np.bincount(found[found >= 0], minlength=len(names))
    missing = int((found < 0).sum())
    if not len(names):
        return np.full(len(values), MISSING, np.uint8), Legend(LegendKind.NONE, missing=missing)
    order = sorted(range(len(names)), key=lambda i: (-counts[i], names[i]))
    colours = _coloured([names[i] for i in order], known)
    order.sort(key=lambda i: names[i] not in colours)
    ranks = np.empty(len(names) + 1, np.uint8)
    ranks[order] = np.minimum(np.arange(len(order)), len(PALETTE))
    ranks[-1] = MISSING
    return ranks[found], _category_legend(
        [names[i] for i in order], [int(counts[i]) for i in order], colours, missing
    )


def _coloured(names: Sequence[str], known: Mapping[str, str]) -> dict[str, str]:
    """Return the colours of as many names as the palette has, those of `known` first.

    Colours that another known name has, which may come back, are given last.
    """
    colours = {name: known[name] for name in names if name in known}
    free = [colour for colour in PALETTE if colour not in colours.values()]
    free.sort(key=lambda colour: colour in known.values())
    new = (name for name in names if name not in colours)
    return colours | dict(zip(new, free, strict=False))


def _numbered(values: Sequence[str | None]) -> tuple[NDArray[np.int64], list[str]]:
    """Return each value's place in the list of different values, -1 for None, and that list."""
    places: dict[str | None, int] = {
        value: place
        for place, value in enumerate(dict.fromkeys(v for v in values if v is not None))
    }
    places[None] = -1
    found = np.fromiter(map(places.__getitem__, values), np.int64, len(values))
    return found, [value for value in places if value is not None]


def encode_numbers(
    values: NDArray[np.float64], form: NumberFormat = "number"
) -> tuple[Codes, Legend]:
    """Return codes uint8 (n,) and the legend of float64 (n,) numbers; NaN and inf count as missing.

    Where few extremes would flatten all the others, the ramp ends at the 1st and 99th percentile,
    which the legend says.
    """
    known = np.isfinite(values)
    missing = int((~known).sum())
    codes = np.full(len(values), MISSING, np.uint8)
    if not known.any():
        return codes, Legend(LegendKind.NONE, missing=missing)
    low, high, note = _range(values[known])
    share = (np.clip(values[known], low, high) - low) / ((high - low) or 1.0)
    codes[known] = np.rint(share * _LEVELS).astype(np.uint8)
    legend = Legend(
        LegendKind.NUMBER, low=low, high=high, ramp=RAMP, format=form, missing=missing, note=note
    )
    return codes, legend


def _range(numbers: NDArray[np.float64]) -> tuple[float, float, str]:
    low, high = float(numbers.min()), float(numbers.max())
    inner_low, inner_high = (float(p) for p in np.percentile(numbers, _CLIPPED))
    if inner_low == inner_high or high - low <= _CLIP_BEYOND * (inner_high - inner_low):
        return low, high, ""
    return inner_low, inner_high, "Colours end at the 1st and 99th percentile."


def _category_legend(
    names: list[str], counts: list[int], colours: Mapping[str, str], missing: int
) -> Legend:
    palette, shown = [colours[name] for name in names if name in colours], len(colours)
    if len(names) > shown:
        palette.append(OTHER)
        rarer = len(names) - shown
        names = [*names[:shown], f"{rarer:,} other"]
        counts = [*counts[:shown], sum(counts[shown:])]
    return Legend(
        LegendKind.CATEGORY,
        names=tuple(names),
        counts=tuple(counts),
        palette=tuple(palette),
        missing=missing,
    )


def _scalar(value: object) -> str | int | float | bool | None:
    if isinstance(value, list):
        value = value[0] if value else None
    return value if isinstance(value, str | int | float | bool) else None


def _name(value: str | float | bool) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _is_few(scalars: list[Any], kinds: set[type]) -> bool:
    return kinds <= {int} and len({v for v in scalars if v is not None}) <= _FEW


def _floats(scalars: list[Any]) -> NDArray[np.float64]:
    return np.array([np.nan if v is None else v for v in scalars], dtype=np.float64)


def _dates(scalars: list[Any]) -> NDArray[np.float64] | None:
    """Return seconds since 1970, or None when one of the strings is no ISO 8601 date."""
    known = [value for value in scalars if value is not None]
    if not is_date(known[0]):
        return None
    moments = np.array([NOT_A_MOMENT if v is None else parse_moment(v) for v in scalars])
    read = moments != NOT_A_MOMENT
    if np.count_nonzero(read) < len(known):
        return None
    return np.where(read, moments / 1e6, np.nan)
