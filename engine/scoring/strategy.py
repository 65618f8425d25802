"""What a scoring strategy is: similarities to the examples in, one score per point out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Callable

Scores: TypeAlias = NDArray[np.float32]
"""float32 (n,), or (parts, n)."""

Convention: TypeAlias = Literal["qdrant", "documented"]
"""Whose formulas score: what Qdrant computes, or what its documentation prints."""

Side: TypeAlias = Literal["target", "positive", "negative"]


class Formula(IntEnum):
    """The compiled code that computes a strategy's score, see `engine.index.compiled.formulas`."""

    WEIGHTED_SUM = 0
    BEST_SCORE = 1
    BEST_SCORE_DOCUMENTED = 2
    DISCOVER = 3
    DISCOVER_DOCUMENTED = 4
    CONTEXT = 5
    CONTEXT_DOCUMENTED = 6
    DISCOVER_GUIDE = 7
    """What a walk for the best points of discover follows: s(target) less what it costs to be on
    the wrong side of each pair, by how far. Steps of whole ranks would lead nowhere."""


class Similarities(NamedTuple):
    """How close n points are to each example, larger is closer.

    Attributes:
        target: float32 (1, n), or (0, n) without a target.
        positive: float32 (p, n).
        negative: float32 (m, n); where examples go in pairs, row i belongs to positive[i].

    """

    target: Scores
    positive: Scores
    negative: Scores


@dataclass(frozen=True, slots=True, eq=False)
class Strategy:
    """A way to score points by examples.

    Attributes:
        name: as requests name it.
        formula: what `score` computes, for people; s(v) is the similarity of the point to v.
        sides: the kinds of example it looks at.
        paired: whether positives and negatives are the two sides of context pairs.
        score: similarities to scores (n,).
        parts: similarities to contributions (parts, n) that sum to the score: of the target first,
            then of each pair, or of each positive and each negative.
        compiled: the same formula for a graph walk.
        weights: numbers of positives and of negatives to what each similarity is multiplied by,
            float32 (examples,) with the target first; only where the score is their weighted sum.
        averages: whether the examples are first averaged into one target vector.

    """

    name: str
    formula: str
    sides: tuple[Side, ...]
    score: Callable[[Similarities], Scores]
    parts: Callable[[Similarities], Scores]
    compiled: Formula = Formula.WEIGHTED_SUM
    weights: Callable[[int, int], Scores] | None = None
    paired: bool = False
    averages: bool = False

    @property
    def shows_distance(self) -> bool:
        """Whether scores are shown as distances, under Euclid and Manhattan, smallest first."""
        return self.averages or self.sides == ("target",)


def sum_of(parts: Callable[[Similarities], Scores]) -> Callable[[Similarities], Scores]:
    """Return the function that scores by summing the parts."""

    def score(similarities: Similarities) -> Scores:
        total: Scores = parts(similarities).sum(axis=0)
        return total

    return score


def softsign(x: Scores) -> Scores:
    """Return x / (1 + abs(x)), within (-1, 1)."""
    return np.divide(x, np.float32(1) + np.abs(x), dtype=np.float32)


def scaled_softsign(x: Scores) -> Scores:
    """Return 0.5 * (x / (1 + abs(x)) + 1), within (0, 1): Qdrant's scaled fast sigmoid, σ."""
    squashed: Scores = np.float32(0.5) * (softsign(x) + np.float32(1))
    return squashed


def logistic(x: Scores) -> Scores:
    """Return 1 / (1 + exp(-x)), within (0, 1), without overflow."""
    squashed: Scores = np.float32(0.5) * (np.tanh(np.float32(0.5) * x) + np.float32(1))
    return squashed
