"""Relevance feedback: the target, corrected by what was found good and bad before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine.errors import WrongInput
from engine.scoring.strategy import Strategy, sum_of

if TYPE_CHECKING:
    from engine.scoring.strategy import Scores, Similarities


@dataclass(frozen=True, slots=True)
class Feedback:
    """How examples that somebody judged change the score ("naive" in Qdrant).

    Attributes:
        judgements: score of each example; only differences count.
        a: weight of the target.
        b: exponent of a difference between two judgements, at least 0.
        c: weight of the pairs.

    """

    judgements: tuple[float, ...]
    a: float
    b: float
    c: float

    def weights(self) -> Scores:
        """Return what each example's similarity is multiplied by, float32 (examples,).

        Every pair of examples adds to the better one what it takes from the worse one. Raises
        WrongInput when a weight is beyond 32-bit floats.
        """
        judgements = np.array(self.judgements)
        better = np.maximum(judgements[:, None] - judgements, 0)
        with np.errstate(over="ignore", invalid="ignore"):
            pulls = np.where(better > 0, better**self.b, 0)
            weights: Scores = (self.c * (pulls.sum(axis=1) - pulls.sum(axis=0))).astype(np.float32)
        if not np.isfinite(weights).all():
            raise WrongInput(
                f"feedback with b = {self.b:g} and c = {self.c:g} gives weights that 32-bit floats "
                "cannot hold; use smaller judgements or a smaller b"
            )
        return weights


def feedback_strategy(feedback: Feedback) -> Strategy:
    """Return the strategy; the judged examples are its positives. Raises as `weights` does."""
    weights = feedback.weights()
    all_weights = np.append(np.float32(feedback.a), weights)

    def parts(similarities: Similarities) -> Scores:
        target = similarities.target * np.float32(feedback.a)
        return np.concatenate([target, similarities.positive * weights[:, None]])

    return Strategy(
        "relevance_feedback",
        f"{feedback.a:g}·s(target) + {feedback.c:g}·Σ over pairs of examples, the better one first,"
        f" of (difference of judgements)^{feedback.b:g}·(s(better) − s(worse))",
        ("target", "positive"),
        sum_of(parts),
        parts,
        weights=lambda _positives, _negatives: all_weights,
    )
