"""A boost that shows what boosts do, made from what a search finds without one."""

from __future__ import annotations

from math import floor, log10
from typing import TYPE_CHECKING

from explorer.conditions import AnyOf
from explorer.fields import scalars_at

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from qdrant_client import models

NEWCOMERS = 4
"""How many points a telling boost brings among the results, where there are so many to bring."""

_EASY = 0.1  # a weight, where any will do


def telling(
    fields: Sequence[str], hits: Sequence[models.ScoredPoint], shown: int
) -> Iterator[tuple[AnyOf, float]]:
    """Yield the value whose boost brings newcomers among the results by the least weight, and that.

    Args:
        fields: key paths of the fields whose values may be boosted.
        hits: what the search finds, best first, with payload; larger scores are better.
        shown: how many of them are results.

    The weight has one significant digit. Nothing is yielded where no value of the fields brings
    newcomers: the results have them all, or the other hits none.

    """
    found = [way for field in fields for way in _ways(field, hits, shown)]
    if found:
        _, gap, value = min(found, key=lambda way: (-way[0], way[1]))
        yield value, _above(gap)


def _ways(
    field: str, hits: Sequence[models.ScoredPoint], shown: int
) -> Iterator[tuple[int, float, AnyOf]]:
    """Yield how many newcomers each value of a field can bring, and the gap that they must pass.

    The last of them takes the place of a result without the value: the better one is then the worst
    that a boost by more than the gap between the two leaves behind.
    """
    said = [set(scalars_at(hit.payload, field)) for hit in hits]
    for value in dict.fromkeys(value for values in said[shown:] for value in values):
        if isinstance(value, bool | float):
            continue
        able = [h.score for h, s in zip(hits[shown:], said[shown:], strict=True) if value in s]
        weak = [h.score for h, s in zip(hits[:shown], said, strict=False) if value not in s]
        many = min(len(able), len(weak), NEWCOMERS)
        if many:
            yield many, weak[-many] - able[many - 1], AnyOf(field, (value,))


def _above(gap: float) -> float:
    """Return the next larger number of one significant digit."""
    if gap <= 0:
        return _EASY
    unit = 10.0 ** floor(log10(gap))
    return float(f"{(floor(gap / unit) + 1) * unit:.1g}")
