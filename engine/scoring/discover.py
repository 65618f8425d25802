"""Discover: rank zones by context pairs, then order inside each zone by a target."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.scoring.strategy import Formula, Strategy, logistic, scaled_softsign

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.scoring.strategy import Scores, Similarities


def _parts(similarities: Similarities) -> Scores:
    ranks = np.sign(similarities.positive - similarities.negative)
    return np.concatenate([scaled_softsign(similarities.target), ranks])


def _parts_documented(similarities: Similarities) -> Scores:
    ranks = np.where(similarities.positive >= similarities.negative, np.float32(1), np.float32(-1))
    return np.concatenate([logistic(similarities.target), ranks])


def _ranks_first(parts: Callable[[Similarities], Scores]) -> Callable[[Similarities], Scores]:
    """Return the function that adds the target's part to the whole rank, as Qdrant does.

    The other way round every step would round it, and other points would tie.
    """

    def score(similarities: Similarities) -> Scores:
        target, *ranks = parts(similarities)
        total: Scores = np.add(np.sum(ranks, axis=0, dtype=np.float32), target)
        return total

    return score


DISCOVER = Strategy(
    "discover",
    "Σ over pairs of (+1 if s(positive) > s(negative), −1 if smaller, 0 if equal) + σ(s(target)); "
    "σ(x) = ½·(x / (1 + |x|) + 1)",
    ("target", "positive", "negative"),
    _ranks_first(_parts),
    _parts,
    Formula.DISCOVER,
    paired=True,
)

DISCOVER_DOCUMENTED = Strategy(
    "discover",
    "Σ over pairs of (+1 if s(positive) ≥ s(negative), else −1) + 1 / (1 + exp(−s(target)))",
    ("target", "positive", "negative"),
    _ranks_first(_parts_documented),
    _parts_documented,
    Formula.DISCOVER_DOCUMENTED,
    paired=True,
)
