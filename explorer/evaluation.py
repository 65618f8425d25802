"""How good a ranking is, judged by a payload field that the query does not look at.

A hit is right when it has a value that one of the liked examples has too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np
from qdrant_client import models

from explorer.examples import Role, Vector
from explorer.fields import scalars_at

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.ids import PointId
    from explorer.client import Client
    from explorer.draft import Draft
    from explorer.fields import Scalar

_DISLIKED = (Role.NEGATIVE, Role.PAIR_NEGATIVE)


@dataclass(frozen=True, slots=True)
class Grades:
    """How good a ranking is.

    Attributes:
        right: for each hit whether it is right, best hit first.
        precision: the share of hits that are right, 0 to 1; 0 without hits.
        ndcg: the normalised discounted cumulated gain, 0 to 1 (see `ndcg`).

    """

    right: tuple[bool, ...]
    precision: float
    ndcg: float


@dataclass(frozen=True, slots=True)
class Judge:
    """Tells right hits from wrong ones.

    Attributes:
        path: of the payload field.
        values: those of the liked examples.
        total: how many points of the collection a query could have found that are right.

    """

    path: str
    values: frozenset[Scalar]
    total: int

    def grade(self, hits: Sequence[models.ScoredPoint], limit: int) -> Grades:
        """Return the grades of a ranking that was allowed `limit` hits, best first."""
        said = (scalars_at(hit.payload, self.path) for hit in hits)
        right = tuple(not self.values.isdisjoint(values) for values in said)
        precision = sum(right) / len(right) if right else 0.0
        return Grades(right, precision, ndcg(right, min(limit, self.total)))


def judge(client: Client, draft: Draft, path: str) -> Judge | None:
    """Return who judges a draft's results by a field; None where no liked example has a value.

    Raises what the client raises for a collection that does not exist.
    """
    played = [entry for entry in draft.played if not isinstance(entry.example, Vector)]
    liked = [cast("PointId", e.example) for e in played if e.role not in _DISLIKED]
    records = client.retrieve(draft.collection, liked, with_payload=True) if liked else []
    values = frozenset(value for record in records for value in scalars_at(record.payload, path))
    if not values:
        return None
    right = models.Filter(
        must=[draft.filter() or models.Filter()],
        should=[
            models.FieldCondition(key=path, match=models.MatchValue(value=value))
            for value in sorted(values, key=str)
            if not isinstance(value, float)
        ],
        must_not=[models.HasIdCondition(has_id=[cast("PointId", e.example) for e in played])],
    )
    total = client.count(draft.collection, count_filter=right, exact=True).count
    return Judge(path, values, total)


def ndcg(right: Sequence[bool], ideal: int) -> float:
    """Return the normalised discounted cumulated gain of a ranking, 0 to 1.

    A right hit at rank r gains 1 / log2(r + 1); the sum is divided by what `ideal` right hits at
    the first ranks would gain (Järvelin and Kekäläinen, "Cumulated gain-based evaluation of IR
    techniques", ACM TOIS 20, 2002).
    """
    if ideal <= 0:
        return 0.0
    discounts = 1 / np.log2(np.arange(max(len(right), ideal)) + 2)
    gained = discounts[: len(right)][np.asarray(right, dtype=bool)].sum()
    return min(float(gained / discounts[:ideal].sum()), 1.0)
