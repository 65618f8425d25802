"""Nearest: the similarity itself, to a given target or to the average of examples."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.scoring.strategy import Strategy

if TYPE_CHECKING:
    from engine.scoring.strategy import Scores, Similarities


def _score(similarities: Similarities) -> Scores:
    target: Scores = similarities.target[0]
    return target


def _parts(similarities: Similarities) -> Scores:
    return similarities.target


def _whole(positives: int, negatives: int) -> Scores:  # noqa: ARG001 - they are averaged before
    return np.ones(1, np.float32)


NEAREST = Strategy("nearest", "s(target)", ("target",), _score, _parts, weights=_whole)

AVERAGE_VECTOR = Strategy(
    "average_vector",
    "s(2·mean(positives) − mean(negatives)), s(mean(positives)) without negatives",
    ("positive", "negative"),
    _score,
    _parts,
    weights=_whole,
    averages=True,
)
