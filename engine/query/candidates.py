"""Rows with scores, best first; ties go to the smaller id."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.payload.ordering import cost, first_values, values_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from engine.payload.allowed import Allowed
    from engine.payload.column import Lane
    from engine.payload.ordering import Ordering
    from engine.snapshot import Snapshot


_GROUP = 32  # costs of which one decides where to cut
_FEW = 256  # candidates that are sorted faster than cut
_SORTED = 16  # one row in so many is sorted by id faster than picked from all in that order
_WORST = np.float32(np.inf)


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """What a stage passes on.

    Attributes:
        rows: int64 (n,), best first; distinct but for order_by, which gives a row per value.
        scores: float32 (n,), as they are shown.
        order_values: the payload values that gave the order: int64, float64, or objects of which
            some are None, (n,); None when nothing was ordered by payload.

    """

    rows: NDArray[np.int64]
    scores: NDArray[np.float32]
    order_values: NDArray[Any] | None = None

    def __len__(self) -> int:
        return len(self.rows)

    def cut(self, limit: int | None = None, offset: int = 0) -> Candidates:
        """Return at most `limit` of them after the first `offset`."""
        if not offset and (limit is None or len(self.rows) <= limit):
            return self
        return self.take(slice(offset, None if limit is None else offset + limit))

    def take(self, places: slice | NDArray[np.int64]) -> Candidates:
        """Return those at `places`, in that order."""
        values = None if self.order_values is None else self.order_values[places]
        return Candidates(self.rows[places], self.scores[places], values)


def unscored(rows: NDArray[np.int64], order_values: NDArray[Any] | None = None) -> Candidates:
    """Return rows that nothing scored: each has score 1, as in Qdrant."""
    return Candidates(rows, np.ones(len(rows), np.float32), order_values)


def joined(sources: Sequence[Candidates]) -> Candidates:
    """Return the candidates of all sources, one source behind the other, repeats included."""
    rows = np.concatenate([source.rows for source in sources])
    scores = np.concatenate([source.scores for source in sources])
    if all(source.order_values is None for source in sources):
        return Candidates(rows, scores)
    return Candidates(rows, scores, np.concatenate([_as_objects(source) for source in sources]))


def union(sources: Sequence[Candidates]) -> NDArray[np.int64]:
    """Return the distinct rows of all sources, ascending, int64 (n,)."""
    rows = np.sort(np.concatenate([source.rows for source in sources]))
    repeats = rows[1:] == rows[:-1]
    return rows[np.append(True, ~repeats)] if np.count_nonzero(repeats) else rows


def best(
    snapshot: Snapshot,
    rows: NDArray[np.int64],
    scores: NDArray[np.float32],
    limit: int,
    *,
    smallest: bool = False,
) -> Candidates:
    """Return the `limit` rows with the best scores, sorted; equal scores by id, ascending.

    Args:
        snapshot: gives the ids.
        rows: int64 (n,), distinct.
        scores: float32 (n,), NaN counts as the worst.
        limit: at least 0.
        smallest: whether small scores are the best, as distances are.

    """
    cost = np.fmin(scores if smallest else -scores, _WORST)
    places = cheapest(snapshot, rows, cost, limit)
    return Candidates(rows[places], scores[places])


def cheapest(
    snapshot: Snapshot, rows: NDArray[np.int64], cost: NDArray[Any], limit: int
) -> NDArray[np.int64]:
    """Return places in `rows` of the `limit` smallest costs, sorted; equal costs by id, ascending.

    Args:
        snapshot: gives the ids.
        rows: int64 (n,).
        cost: (n,), of any numeric type, without NaN.
        limit: at least 0.

    """
    if len(rows) > max(limit, _FEW):
        chosen = _cheapest(snapshot, rows, cost, limit)
        order = chosen[cost[chosen].argsort()]
    else:
        order = cost.argsort()
    ordered = cost[order]
    equal = ordered[1:] == ordered[:-1]
    if np.count_nonzero(equal):
        tied = np.flatnonzero(np.append(equal, False) | np.append(False, equal))
        order[tied] = _by_id(snapshot, rows, cost, order[tied])
    return order[:limit]


def first_by_id(snapshot: Snapshot, allowed: Allowed, limit: int) -> NDArray[np.int64]:
    """Return the first `limit` of the allowed rows, which are live, in the order of their ids."""
    if allowed.count * _SORTED < snapshot.rows:
        return snapshot.ids.sorted(allowed.rows)[:limit]
    return first_allowed(snapshot.ids.order(), allowed.mask, limit)


def first_allowed(
    ordered: NDArray[np.int64], allowed: NDArray[np.bool_], limit: int
) -> NDArray[np.int64]:
    """Return the first `limit` allowed rows of `ordered`, looking no further than needed.

    Args:
        ordered: int64 (n,), rows.
        allowed: bool (all rows,).
        limit: at least 1.

    """
    found: list[NDArray[np.int64]] = []
    start, step, missing = 0, limit, limit
    while missing > 0 and start < len(ordered):
        part = ordered[start : start + step]
        found.append(part[allowed[part]][:missing])
        missing -= len(found[-1])
        start, step = start + step, 2 * step
    return np.concatenate(found) if found else ordered[:0]


def first_by_value(
    snapshot: Snapshot, ordering: Ordering, allowed: NDArray[np.bool_], limit: int, *, strict: bool
) -> Candidates:
    """Return the first `limit` values of a payload field with their points, unscored.

    Raises what `engine.payload.ordering.first_values` raises.
    """
    lane = first_values(snapshot, ordering, allowed, limit, strict=strict)
    return _ordered(snapshot, ordering, lane, limit)


def sorted_by_value(
    snapshot: Snapshot, ordering: Ordering, rows: NDArray[np.int64], limit: int, *, strict: bool
) -> Candidates:
    """Return the same of a few rows, which are distinct and ascending."""
    return _ordered(snapshot, ordering, values_of(snapshot, ordering, rows, strict=strict), limit)


def _ordered(snapshot: Snapshot, ordering: Ordering, lane: Lane, limit: int) -> Candidates:
    places = cheapest(snapshot, lane.rows, cost(ordering, lane.values), limit)
    return unscored(lane.rows[places], lane.values[places])


def _cheapest(
    snapshot: Snapshot, rows: NDArray[np.int64], cost: NDArray[Any], limit: int
) -> NDArray[np.int64]:
    """Return places of the `limit` smallest costs, in no order."""
    if limit == 0:
        return np.empty(0, np.int64)
    places = np.flatnonzero(cost <= _enough(cost, limit))
    if len(places) == limit:
        return places
    kept = cost[places]
    last = np.partition(kept, limit - 1)[limit - 1]
    below, level = places[kept < last], places[kept == last]
    free = limit - len(below)
    if free < len(level):
        level = level[_smallest_ids(snapshot, rows[level], free)]
    return np.concatenate([below, level])


def _enough(cost: NDArray[Any], limit: int) -> Any:
    """Return a cost that `limit` of them do not exceed, and few more.

    The `limit` smallest of the smallest of groups are as many; a pass for these takes a fraction of
    the time in which all are partitioned.
    """
    groups = len(cost) // _GROUP
    if groups < 4 * limit:
        return np.partition(cost, limit - 1)[limit - 1]
    least = cost[: groups * _GROUP].reshape(_GROUP, groups).min(axis=0)
    return np.partition(least, limit - 1)[limit - 1]


def _smallest_ids(snapshot: Snapshot, rows: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    ids = snapshot.ids.records[rows]
    if not ids["is_uuid"].any():
        return np.argpartition(ids["low"], count - 1)[:count]
    return np.lexsort((ids["low"], ids["high"], ids["is_uuid"]))[:count]


def _by_id(
    snapshot: Snapshot, rows: NDArray[np.int64], cost: NDArray[Any], places: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return places in `rows` sorted by cost, those of equal cost by id."""
    ids = snapshot.ids.records[rows[places]]
    return places[np.lexsort((ids["low"], ids["high"], ids["is_uuid"], cost[places]))]


def _as_objects(source: Candidates) -> NDArray[Any]:
    if source.order_values is None:
        return np.full(len(source), None)
    return source.order_values.astype(object)
