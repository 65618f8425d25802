"""Rows with scores, best first; ties go to the smaller id."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.snapshot import Snapshot


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """What a stage passes on.

    Attributes:
        rows: int64 (n,), best first.
        scores: float32 (n,), as they are shown.

    """

    rows: NDArray[np.int64]
    scores: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.rows)

    def cut(self, limit: int | None = None, offset: int = 0) -> Candidates:
        """Return at most `limit` of them after the first `offset`."""
        part = slice(offset, None if limit is None else offset + limit)
        return Candidates(self.rows[part], self.scores[part])


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
    merit = np.fmax(-scores if smallest else scores, np.float32(-np.inf))
    if limit < len(rows):
        chosen = _largest(snapshot, rows, merit, limit)
        rows, scores, merit = rows[chosen], scores[chosen], merit[chosen]
    ids = snapshot.ids.records[rows]
    order = np.lexsort((ids["low"], ids["high"], ids["is_uuid"], -merit))
    return Candidates(rows[order], scores[order])


def first_by_id(snapshot: Snapshot, allowed: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the live rows of the mask, bool (rows,), in the order of their ids."""
    ordered = snapshot.ids.order()
    return ordered[allowed[ordered]]


def _largest(
    snapshot: Snapshot, rows: NDArray[np.int64], scores: NDArray[np.float32], limit: int
) -> NDArray[np.int64]:
    """Return positions of the `limit` largest scores, in no order."""
    if limit == 0:
        return np.empty(0, np.int64)
    last = np.partition(scores, len(scores) - limit)[len(scores) - limit]
    above = np.flatnonzero(scores > last)
    level = np.flatnonzero(scores == last)
    free = limit - len(above)
    if free < len(level):
        level = level[_smallest_ids(snapshot, rows[level], free)]
    return np.concatenate([above, level])


def _smallest_ids(snapshot: Snapshot, rows: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    ids = snapshot.ids.records[rows]
    if not ids["is_uuid"].any():
        return np.argpartition(ids["low"], count - 1)[:count]
    return np.lexsort((ids["low"], ids["high"], ids["is_uuid"]))[:count]
