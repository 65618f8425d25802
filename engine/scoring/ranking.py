"""The best of some rows by their exact scores, in one go: compared, scored, put in order.

What NumPy does in twenty calls takes it longer than the work where rows are few, as those are that
a walk or a scan leaves over.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from qdrant_client import models

from engine.scoring import kernels
from engine.scoring.strategy import Formula

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.scoring.strategy import Strategy
    from engine.vectors import DenseRows

LONGEST = 256
"""Rows wanted up to which they are put in order one after the other."""

AS_SCORED, AS_DISTANCE, AS_ROOT = range(3)
"""How scores are shown: as they are, as distances, as roots of squared ones, smallest first."""

_SHOWN = {models.Distance.MANHATTAN: AS_DISTANCE, models.Distance.EUCLID: AS_ROOT}


class Terms(NamedTuple):
    """What a score is made of, as the loops take it.

    Attributes:
        formula: how similarities become a score, a value of Formula.
        positives: how many examples are positives; of pairs, how many pairs.
        weights: float32 (examples,), of a weighted sum; else empty.
        shown: how scores are shown.

    """

    formula: int
    positives: int
    weights: NDArray[np.float32]
    shown: int


class Ranked(NamedTuple):
    """The best rows, int64 (n,), best first and ties by id, and their scores, float32 (n,)."""

    rows: NDArray[np.int64]
    scores: NDArray[np.float32]


def ranked(
    strategy: Strategy,
    vectors: DenseRows,
    examples: NDArray[np.float32],
    positives: int,
    negatives: int,
    rows: NDArray[np.int64],
    ids: NDArray[np.uint64],
    limit: int,
) -> Ranked | None:
    """Return the best `limit` of some rows with their scores as they are shown.

    None where NumPy is to do it: until the loops are compiled, for vectors that they can't read as
    they are, where much is compared or wanted, and where other points might tie.

    Args:
        strategy: how points are scored.
        vectors: all rows.
        examples: float32 (n, size), as they are compared: target, positives, negatives.
        positives: how many of them are positives.
        negatives: how many are negatives.
        rows: int64 (m,), distinct, with the vector.
        ids: uint64 (all rows, 3), which sort as the ids do.
        limit: how many are wanted.

    """
    loops = kernels.compiled()
    is_few = limit <= LONGEST and 0 < len(examples) < kernels.MANY_QUERIES
    is_same = strategy.compiled != Formula.DISCOVER_DOCUMENTED  # its tanh rounds otherwise
    if loops is None or not (is_few and is_same and kernels.is_plain(vectors.data)):
        return None
    distance = vectors.spec.distance
    terms = _terms(strategy, distance, positives, negatives)
    count = min(limit, len(rows))
    best = Ranked(np.empty(count, np.int64), np.empty(count, np.float32))
    wanted = np.ascontiguousarray(rows, np.int64)  # nobody looks at types behind this
    loops.rank(kernels.METRIC[distance], terms, vectors.data, examples, wanted, ids, *best)
    return best


@lru_cache(maxsize=256)
def _terms(strategy: Strategy, distance: models.Distance, positives: int, negatives: int) -> Terms:
    weights = np.empty(0, np.float32)
    if strategy.weights is not None:
        weights = np.ascontiguousarray(strategy.weights(positives, negatives), np.float32)
    shown = _SHOWN.get(distance, AS_SCORED) if strategy.shows_distance else AS_SCORED
    return Terms(int(strategy.compiled), positives, weights, shown)
