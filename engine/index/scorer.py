"""A query in the form that coded rows are compared with: integers, and a bound on the difference.

Where a score is a weighted sum of inner products or of squared distances, all examples become one
vector, x·(Σ w·q), with the square of x counted Σ w times; where it is made of differences between
two of them, each pair becomes one. Other strategies keep a vector for each example. Vectors have 16
bits against the rows' 8, so the sums of products are exact integers.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from engine.index import loops
from engine.index.quantised import ABSOLUTE, TOO_LARGE, aligned_zeros
from engine.scoring.strategy import Formula

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.index.quantised import Quantised
    from engine.scoring.strategy import Strategy

_PULL = 3
_ROUNDING = 2.0**-24  # what one float32 operation may lose, relative
_BY_ZONES = (Formula.DISCOVER, Formula.DISCOVER_DOCUMENTED)
_FROM_EACH_POSITIVE = (Formula.BEST_SCORE, Formula.BEST_SCORE_DOCUMENTED)


class Asked(NamedTuple):
    """A query as the compiled loops take it; its arrays are not to be changed.

    Attributes:
        formula: how similarities become a score, a value of Formula.
        guide: the formula that a walk goes by.
        starts: how many of the first vectors a walk begins at; 0 where the guide leads to the rest.
        metric: as of the rows.
        positives: how many vectors are positives; of pairs, how many pairs.
        codes: int16 (vectors, width). Where pairs count by the difference of two similarities, it
            is the one to their difference, save under ABSOLUTE.
        steps: int16 (width,), the scale of the rows in units; only under ABSOLUTE, else zeros.
        terms: float32 (vectors, 5): factor of the product of codes, constant, how often the row's
            square counts, factor of the row's error, and a bound on all other differences.
        weights: float32 (vectors,), of a weighted sum or of the guide; of other formulas the sign
            with which the score grows with each similarity.
        margin: what the formula's own rounding may add to a score.

    """

    formula: int
    guide: int
    starts: int
    metric: int
    positives: int
    codes: NDArray[np.int16]
    steps: NDArray[np.int16]
    terms: NDArray[np.float32]
    weights: NDArray[np.float32]
    margin: float


def ask(
    strategy: Strategy,
    rows: Quantised,
    examples: NDArray[np.float32],
    positives: int = 0,
    negatives: int = 0,
) -> Asked | None:
    """Return a query for coded rows.

    None without examples, where 32-bit floats could overflow, and until the loops are compiled.

    Args:
        strategy: how points are scored.
        rows: in 8 bits.
        examples: float32 (n, size), as stored vectors are compared, normalised and rounded: the
            target if there is one, then positives, then negatives.
        positives: how many.
        negatives: how many.

    """
    compiled = loops.ready()
    if compiled is None or not len(examples):
        return None
    weights = _combined(strategy, rows.metric, len(examples), positives, negatives)
    if weights is None:
        return None
    combined, own = weights
    vectors, width = len(combined), rows.rows.codes.shape[1]
    zeros = np.zeros if vectors == 1 else aligned_zeros  # one is read for four rows at a time
    lines = zeros((vectors + 1, width), np.int16)
    codes, steps = lines[:-1], lines[-1]
    terms, lengths = np.empty((vectors, 5), np.float32), np.empty(vectors, np.float32)
    fits = compiled.code_vectors(
        rows.metric,
        rows.rows.scale,
        rows.centre,
        rows.longest,
        rows.longest_code,
        examples,
        combined,
        codes,
        steps,
        terms,
        lengths,
    )
    if not fits:
        return None
    guide = strategy.compiled
    if guide in _BY_ZONES:
        guide = Formula.DISCOVER_GUIDE
        own = own * _pulls(lengths)
    return Asked(
        int(strategy.compiled),
        int(guide),
        positives if guide in _FROM_EACH_POSITIVE else 0,
        rows.metric,
        positives,
        codes,
        steps,
        terms,
        own,
        margin=0.0 if strategy.weights is not None else 4 * _ROUNDING * (len(examples) + 2) ** 2,
    )


def is_monotone(asked: Asked) -> bool:
    """Return whether the score only grows, or only falls, with each similarity.

    Then bounds on similarities are bounds on scores.
    """
    return asked.formula != Formula.BEST_SCORE_DOCUMENTED


@lru_cache(maxsize=256)
def _combined(
    strategy: Strategy, metric: int, examples: int, positives: int, negatives: int
) -> tuple[NDArray[np.float64], NDArray[np.float32]] | None:
    """Return of which examples each vector of the query is the weighted sum, and its own weight.

    float64 (vectors, examples) and float32 (vectors,), not to be changed; None where 32-bit floats
    could overflow.
    """
    combined, own = _weights(strategy, metric, examples, positives, negatives)
    if not np.abs(combined).max() < TOO_LARGE or not np.abs(own).max() < TOO_LARGE:
        return None
    return combined, own.astype(np.float32)


def _weights(
    strategy: Strategy, metric: int, examples: int, positives: int, negatives: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the same in float64.

    Absolute distances are not linear in what is added up, so there every example is a vector of its
    own.
    """
    each, own = np.eye(examples), np.ones(examples)
    others = examples - negatives
    if strategy.weights is None:
        own[others:] = -1
    else:
        own = strategy.weights(positives, negatives).astype(np.float64)
    if metric == ABSOLUTE or (strategy.weights is None and not strategy.paired):
        return each, own
    if strategy.weights is not None:
        return own[None], np.ones(1)
    each[others - negatives : others] -= each[others:]
    return each[:others], own[:others]


def _pulls(lengths: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return what a walk for discover weighs the target and each margin by, float32 (vectors,).

    A margin changes by the length of its vector for a step, the similarity to the target by its
    own, so their ratio makes a pair's side worth `_PULL` times as much as the target, whatever the
    lengths.
    """
    pulls = np.full(len(lengths), _PULL, np.float32)
    np.divide(_PULL * lengths[0], lengths, out=pulls, where=lengths > 0)
    pulls[0] = 1
    return pulls
