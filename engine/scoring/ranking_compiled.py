"""The compiled part of `ranking`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.index.compiled.compiling import loop, part, read_only, types
from engine.index.compiled.formulas import score
from engine.scoring.compiled import SCAN
from engine.scoring.ranking import AS_ROOT, AS_SCORED, Terms

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Singles = NDArray[np.float32]

_WORST = np.float32(np.inf)


@part
def _comes_before(
    row: np.int64,
    cost: np.float32,
    other: np.int64,
    other_cost: np.float32,
    ids: NDArray[np.uint64],
) -> bool:
    """Return whether a row costs less than another, or the same and has the smaller id."""
    if cost != other_cost:
        return bool(cost < other_cost)
    for word in range(ids.shape[1]):
        if ids[row, word] != ids[other, word]:
            return bool(ids[row, word] < ids[other, word])
    return False


@part
def _show(shown: int, scores: Singles) -> None:
    """Turn negated distances into distances, if that is how they are shown."""
    if shown != AS_SCORED:
        for place in range(scores.size):
            scores[place] = abs(scores[place])
    if shown == AS_ROOT:
        for place in range(scores.size):
            scores[place] = np.sqrt(scores[place])


@loop(
    types.void(
        types.int64,
        types.NamedTuple([types.int64, types.int64, types.float32[::1], types.int64], Terms),
        read_only(types.float32, 2),
        read_only(types.float32, 2),
        read_only(types.int64, 1),
        types.Array(types.uint64, 2, "A", readonly=True),  # part of records
        types.int64[::1],
        types.float32[::1],
    )
)
def rank(
    metric: int,
    terms: Terms,
    data: NDArray[np.float32],
    examples: NDArray[np.float32],
    rows: NDArray[np.int64],
    ids: NDArray[np.uint64],
    best: NDArray[np.int64],
    best_scores: Singles,
) -> None:
    """Fill `best`, no longer than `rows`, with the best of them, and their scores as shown.

    Args:
        metric: how rows are compared.
        terms: what becomes of similarities.
        data: float32 (all rows, size).
        examples: float32 (n, size).
        rows: int64 (m,).
        ids: uint64 (all rows, 3).
        best: int64 (limit,).
        best_scores: float32 (limit,).

    """
    similarities = np.empty((examples.shape[0], rows.size), np.float32)
    scores, costs = np.empty(rows.size, np.float32), np.empty(best.size, np.float32)
    SCAN(metric, data, examples, rows, similarities)
    score(terms, terms.formula, similarities, rows.size, scores)
    _show(terms.shown, scores)
    count = 0
    for place in range(rows.size):
        row, cost = rows[place], scores[place] if terms.shown != AS_SCORED else -scores[place]
        if np.isnan(cost):
            cost = _WORST
        if count == best.size:
            last = count - 1
            if not count or not _comes_before(row, cost, best[last], costs[last], ids):
                continue
            count -= 1
        behind = count
        while behind and _comes_before(row, cost, best[behind - 1], costs[behind - 1], ids):
            best[behind], costs[behind] = best[behind - 1], costs[behind - 1]
            best_scores[behind] = best_scores[behind - 1]
            behind -= 1
        best[behind], costs[behind], best_scores[behind] = row, cost, scores[place]
        count += 1
