"""What each strategy makes of similarities; the same as `engine.scoring`, in loops.

The strategies proper work on whole arrays. A walk scores few rows at a time, for which the calls of
NumPy cost more than the rows, so their formulas stand here once more; tests hold each pair to the
same numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.index.compiled.compiling import part
from engine.scoring.strategy import Formula

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.index.scorer import Asked

    Singles = NDArray[np.float32]

_WEIGHTED_SUM = int(Formula.WEIGHTED_SUM)
_BEST_SCORES = (int(Formula.BEST_SCORE), int(Formula.BEST_SCORE_DOCUMENTED))
_DISCOVERS = (int(Formula.DISCOVER), int(Formula.DISCOVER_DOCUMENTED))
_DOCUMENTED = tuple(int(formula) for formula in Formula if formula.name.endswith("_DOCUMENTED"))
_EPSILON = np.float32(1.1920929e-7)
_LEAST = np.float32(-np.inf)
_ZERO, _HALF, _ONE = np.float32(0), np.float32(0.5), np.float32(1)


@part
def score(asked: Asked, similarities: Singles, count: int, scores: Singles) -> None:
    """Fill `count` scores from similarities (vectors, at least count), in the order of `asked`.

    The similarities may be overwritten.
    """
    formula, positives = asked.formula, asked.positives
    documented = formula in _DOCUMENTED
    if formula == _WEIGHTED_SUM:
        _weighted_sums(asked.weights, similarities, count, scores)
    elif formula in _BEST_SCORES:
        _best_scores(positives, documented, similarities, count, scores)
    elif formula in _DISCOVERS:
        _discover_scores(positives, documented, similarities, count, scores)
    else:
        _context_scores(positives, documented, similarities, count, scores)


@part
def _weighted_sums(weights: Singles, similarities: Singles, count: int, scores: Singles) -> None:
    for place in range(count):
        scores[place] = weights[0] * similarities[0, place]
    for number in range(1, weights.size):
        for place in range(count):
            scores[place] += weights[number] * similarities[number, place]


@part
def _best_scores(
    positives: int, documented: bool, similarities: Singles, count: int, scores: Singles
) -> None:
    _largest(similarities, 0, positives, count)
    _largest(similarities, positives, similarities.shape[0], count)
    for place in range(count):
        best = similarities[0, place] if positives else _LEAST
        worst = similarities[positives, place] if positives < similarities.shape[0] else _LEAST
        if best > worst:
            scores[place] = best if documented else _scaled_softsign(best)
        else:
            scores[place] = -worst * worst if documented else -_scaled_softsign(worst)


@part
def _largest(similarities: Singles, first: int, end: int, count: int) -> None:
    """Turn row `first` into the largest of each column of the rows up to `end`."""
    for number in range(first + 1, end):
        for place in range(count):
            similarities[first, place] = max(
                similarities[first, place], similarities[number, place]
            )


@part
def _discover_scores(
    pairs: int, documented: bool, similarities: Singles, count: int, scores: Singles
) -> None:
    scores[:count] = 0
    for number in range(1, 1 + pairs):
        for place in range(count):
            margin = similarities[number, place] - similarities[number + pairs, place]
            tie = _ONE if documented else _ZERO
            scores[place] += _ONE if margin > _ZERO else (-_ONE if margin < _ZERO else tie)
    for place in range(count):
        target = similarities[0, place]
        scores[place] += _logistic(target) if documented else _scaled_softsign(target)


@part
def _context_scores(
    pairs: int, documented: bool, similarities: Singles, count: int, scores: Singles
) -> None:
    scores[:count] = 0
    for number in range(pairs):
        for place in range(count):
            margin = similarities[number, place] - similarities[number + pairs, place]
            if documented:
                scores[place] += min(margin, _ZERO)
            else:
                scores[place] += _softsign(min(margin - _EPSILON, _ZERO))


@part
def _softsign(x: np.float32) -> np.float32:
    return x / (_ONE + abs(x))


@part
def _scaled_softsign(x: np.float32) -> np.float32:
    return _HALF * (_softsign(x) + _ONE)


@part
def _logistic(x: np.float32) -> np.float32:
    return np.float32(_HALF * (np.tanh(_HALF * x) + _ONE))
