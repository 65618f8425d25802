"""One filter out of those of a level and the levels around it."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

from qdrant_client import models

from engine.trusted import trusted

if TYPE_CHECKING:
    from collections.abc import Sequence

    Clause = list[models.Condition] | models.Condition | None


def merged_filter(filters: Sequence[models.Filter]) -> models.Filter | None:
    """Return the filter that Qdrant makes of several; None for none.

    Clauses of one kind are put together, so `should` of two filters becomes one `should`: it is
    enough that a condition of either holds. `min_should` asks for the larger of the counts.
    """
    return reduce(_merged, filters) if filters else None


def _merged(one: models.Filter, other: models.Filter) -> models.Filter:
    return trusted(
        models.Filter,
        must=[*_listed(one.must), *_listed(other.must)],
        must_not=[*_listed(one.must_not), *_listed(other.must_not)],
        should=[*_listed(one.should), *_listed(other.should)],
        min_should=_merged_counts(one.min_should, other.min_should),
    )


def _merged_counts(
    one: models.MinShould | None, other: models.MinShould | None
) -> models.MinShould | None:
    if one is None or other is None:
        return one or other
    return trusted(
        models.MinShould,
        conditions=[*one.conditions, *other.conditions],
        min_count=max(one.min_count, other.min_count),
    )


def _listed(clause: Clause) -> list[models.Condition]:
    if clause is None:
        return []
    return clause if isinstance(clause, list) else [clause]
