"""Context: a loss for every pair whose negative is closer, no target."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.scoring.strategy import Formula, Strategy, softsign, sum_of

if TYPE_CHECKING:
    from engine.scoring.strategy import Scores, Similarities

_EPSILON = np.float32(1.1920929e-7)


def _parts(similarities: Similarities) -> Scores:
    margin = similarities.positive - similarities.negative - _EPSILON
    return softsign(np.minimum(margin, np.float32(0)))


def _parts_documented(similarities: Similarities) -> Scores:
    losses: Scores = np.minimum(similarities.positive - similarities.negative, np.float32(0))
    return losses


CONTEXT = Strategy(
    "context",
    "Σ over pairs of f(min(s(positive) − s(negative) − ε, 0)); f(x) = x / (1 + |x|), ε = 2⁻²³",
    ("positive", "negative"),
    sum_of(_parts),
    _parts,
    Formula.CONTEXT,
    paired=True,
)

CONTEXT_DOCUMENTED = Strategy(
    "context",
    "Σ over pairs of min(s(positive) − s(negative), 0)",
    ("positive", "negative"),
    sum_of(_parts_documented),
    _parts_documented,
    Formula.CONTEXT_DOCUMENTED,
    paired=True,
)
