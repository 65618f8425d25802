"""Recommend by comparing every point with every example: best_score and sum_scores."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.scoring.strategy import Formula, Strategy, scaled_softsign, sum_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from engine.scoring.strategy import Scores, Similarities


def _best(side: Scores) -> Scores:
    closest: Scores = np.maximum.reduce(side, axis=0, initial=-np.inf)
    return closest


def _closest(similarities: Similarities) -> tuple[NDArray[np.bool_], Scores]:
    """Return where a positive is the closest example, and how close that is; ties are negative."""
    best, worst = _best(similarities.positive), _best(similarities.negative)
    wins = best > worst
    return wins, np.where(wins, best, worst)


def _best_score(similarities: Similarities) -> Scores:
    wins, closest = _closest(similarities)
    score = scaled_softsign(closest)
    return np.where(wins, score, -score)


def _best_score_documented(similarities: Similarities) -> Scores:
    wins, closest = _closest(similarities)
    return np.where(wins, closest, -(closest * closest))


def _only_the_winner(score: Callable[[Similarities], Scores]) -> Callable[[Similarities], Scores]:
    """Return the parts of a best-score: all of it belongs to the closest example."""

    def parts(similarities: Similarities) -> Scores:
        positive, negative = similarities.positive, similarities.negative
        wins = _best(positive) > _best(negative)
        rivals = np.concatenate(
            [np.where(wins, positive, -np.inf), np.where(wins, -np.inf, negative)]
        )
        found = np.zeros_like(rivals, dtype=np.float32)
        np.put_along_axis(found, rivals.argmax(axis=0)[None], score(similarities)[None], axis=0)
        return found

    return parts


def _sum_parts(similarities: Similarities) -> Scores:
    return np.concatenate([similarities.positive, -similarities.negative])


def _signs(positives: int, negatives: int) -> Scores:
    return np.repeat(np.array([1, -1], np.float32), [positives, negatives])


BEST_SCORE = Strategy(
    "best_score",
    "p = max s(positives), n = max s(negatives); σ(p) if p > n, else −σ(n); "
    "σ(x) = ½·(x / (1 + |x|) + 1)",
    ("positive", "negative"),
    _best_score,
    _only_the_winner(_best_score),
    Formula.BEST_SCORE,
)

BEST_SCORE_DOCUMENTED = Strategy(
    "best_score",
    "p = max s(positives), n = max s(negatives); p if p > n, else −n²",
    ("positive", "negative"),
    _best_score_documented,
    _only_the_winner(_best_score_documented),
    Formula.BEST_SCORE_DOCUMENTED,
)

SUM_SCORES = Strategy(
    "sum_scores",
    "Σ s(positives) − Σ s(negatives)",
    ("positive", "negative"),
    sum_of(_sum_parts),
    _sum_parts,
    weights=_signs,
)
