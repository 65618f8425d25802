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
    from engine.scoring.ranking import Terms

    Singles = NDArray[np.float32]

_WEIGHTED_SUM = int(Formula.WEIGHTED_SUM)
_BEST_SCORES = (int(Formula.BEST_SCORE), int(Formula.BEST_SCORE_DOCUMENTED))
_DISCOVERS = (int(Formula.DISCOVER), int(Formula.DISCOVER_DOCUMENTED))
_DISCOVER_GUIDE = int(Formula.DISCOVER_GUIDE)
_CONTEXTS = (int(Formula.CONTEXT), int(Formula.CONTEXT_DOCUMENTED))
_DOCUMENTED = tuple(int(formula) for formula in Formula if formula.name.endswith("_DOCUMENTED"))
_EPSILON = np.float32(1.1920929e-7)
_LEAST = np.float32(-np.inf)
_ZERO, _HALF, _ONE, _TWO = np.float32(0), np.float32(0.5), np.float32(1), np.float32(2)


@part
def score(
    asked: Asked | Terms, formula: int, similarities: Singles, count: int, scores: Singles
) -> None:
    """Fill `count` scores from similarities (vectors, at least count), in the order of `asked`.

    The similarities may be overwritten.
    """
    positives, documented = asked.positives, formula in _DOCUMENTED
    if formula == _WEIGHTED_SUM:
        _weighted_sums(asked.weights, similarities, count, scores)
    elif formula in _BEST_SCORES:
        _best_scores(positives, documented, similarities, count, scores)
    elif formula in _DISCOVERS:
        _discover_scores(positives, documented, similarities, count, scores)
    elif formula == _DISCOVER_GUIDE:
        _discover_guides(positives, asked.weights, similarities, count, scores)
    else:
        _context_scores(positives, documented, similarities, count, scores)


@part
def is_paired(formula: int) -> bool:
    """Return whether a formula adds up what pairs contribute."""
    return formula in _DISCOVERS or formula in _CONTEXTS


@part
def most(formula: int, pairs: int) -> np.float32:
    """Return a score that no row exceeds, for a formula of pairs."""
    return np.float32(pairs + 1) if formula in _DISCOVERS else _ZERO


@part
def loss(formula: int, margin: np.float32) -> np.float32:
    """Return by how much less than `most` a row scores at best, given one pair's largest margin."""
    if formula in _DISCOVERS:
        return -_TWO if margin < _ZERO else _ZERO
    below = min(margin, _ZERO)
    return below if formula in _DOCUMENTED else _softsign(below)


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
def _fold_pairs(similarities: Singles, first: int, pairs: int, count: int) -> None:
    """Turn the rows of positives, from `first`, into margins, unless they were coded as such."""
    if similarities.shape[0] > first + pairs:
        for number in range(first, first + pairs):
            for place in range(count):
                similarities[number, place] -= similarities[number + pairs, place]


@part
def _discover_scores(
    pairs: int, documented: bool, similarities: Singles, count: int, scores: Singles
) -> None:
    _fold_pairs(similarities, 1, pairs, count)
    scores[:count] = 0
    for number in range(1, 1 + pairs):
        for place in range(count):
            margin = similarities[number, place]
            tie = _ONE if documented else _ZERO
            scores[place] += _ONE if margin > _ZERO else (-_ONE if margin < _ZERO else tie)
    for place in range(count):
        target = similarities[0, place]
        scores[place] += _logistic(target) if documented else _scaled_softsign(target)


@part
def _discover_guides(
    pairs: int, weights: Singles, similarities: Singles, count: int, scores: Singles
) -> None:
    _fold_pairs(similarities, 1, pairs, count)
    for place in range(count):
        scores[place] = similarities[0, place]
    for number in range(1, 1 + pairs):
        for place in range(count):
            scores[place] += weights[number] * min(similarities[number, place], _ZERO)


@part
def _context_scores(
    pairs: int, documented: bool, similarities: Singles, count: int, scores: Singles
) -> None:
    _fold_pairs(similarities, 0, pairs, count)
    scores[:count] = 0
    for number in range(pairs):
        for place in range(count):
            margin = similarities[number, place]
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
