"""Each strategy against the plain reading of its formula, point by point."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from engine.scoring.registry import STRATEGIES
from engine.scoring.strategy import Similarities, logistic, scaled_softsign, softsign

EPSILON = 1.1920929e-7


def fast(x):
    return 0.5 * (x / (1 + abs(x)) + 1)


def best_score(target, positive, negative):
    p, n = max(positive, default=-math.inf), max(negative, default=-math.inf)
    return fast(p) if p > n else -fast(n)


def best_score_documented(target, positive, negative):
    p, n = max(positive, default=-math.inf), max(negative, default=-math.inf)
    return p if p > n else -(n**2)


def sum_scores(target, positive, negative):
    return sum(positive) - sum(negative)


def discover(target, positive, negative):
    ranks = [(p > n) - (p < n) for p, n in zip(positive, negative, strict=True)]
    return sum(ranks) + fast(target)


def discover_documented(target, positive, negative):
    ranks = [1 if p >= n else -1 for p, n in zip(positive, negative, strict=True)]
    return sum(ranks) + (1 + math.tanh(target / 2)) / 2  # 1 / (1 + exp(-target))


def context(target, positive, negative):
    losses = [min(p - n - EPSILON, 0) for p, n in zip(positive, negative, strict=True)]
    return sum(loss / (1 + abs(loss)) for loss in losses)


def context_documented(target, positive, negative):
    return sum(min(p - n, 0) for p, n in zip(positive, negative, strict=True))


def nearest(target, positive, negative):
    return target


READINGS = {
    ("qdrant", "best_score"): best_score,
    ("documented", "best_score"): best_score_documented,
    ("qdrant", "sum_scores"): sum_scores,
    ("documented", "sum_scores"): sum_scores,
    ("qdrant", "discover"): discover,
    ("documented", "discover"): discover_documented,
    ("qdrant", "context"): context,
    ("documented", "context"): context_documented,
    ("qdrant", "nearest"): nearest,
    ("documented", "nearest"): nearest,
}


@st.composite
def similarities(draw, *, paired, targets):
    points = draw(st.integers(0, 6))
    positives = draw(st.integers(0, 4))
    negatives = positives if paired else draw(st.integers(0 if positives else 1, 4))
    # steps of 1/4 are exact in float32 and make ties common
    values = st.integers(-80, 80).map(lambda quarter: quarter / 4)

    def side(rows):
        return draw(hnp.arrays(np.float32, (rows, points), elements=values))

    return Similarities(side(targets), side(positives), side(negatives))


@pytest.mark.parametrize(("convention", "name"), READINGS)
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_equals_the_plain_formula(convention, name, data):
    strategy = STRATEGIES[convention][name]
    sample = data.draw(
        similarities(paired=strategy.paired, targets=int("target" in strategy.sides))
    )
    scores = strategy.score(sample)
    parts = strategy.parts(sample)
    assert scores.dtype == np.float32
    for point in range(sample.positive.shape[1]):
        target = float(sample.target[0, point]) if len(sample.target) else None
        expected = READINGS[convention, name](
            target, sample.positive[:, point].tolist(), sample.negative[:, point].tolist()
        )
        assert scores[point] == pytest.approx(expected, rel=1e-5, abs=1e-6)
        assert parts[:, point].sum() == pytest.approx(scores[point], rel=1e-5, abs=1e-5)


def test_both_conventions_know_the_same_strategies():
    assert set(STRATEGIES["qdrant"]) == set(STRATEGIES["documented"])
    for strategies in STRATEGIES.values():
        for name, strategy in strategies.items():
            assert strategy.name == name
            assert strategy.formula


@pytest.mark.parametrize(("convention", "tie"), [("qdrant", 0.0), ("documented", 1.0)])
def test_a_tie_of_a_pair_in_discover(convention, tie):
    level = np.zeros((1, 1), np.float32)
    score = STRATEGIES[convention]["discover"].score(Similarities(level, level, level))
    assert score[0] == tie + 0.5


def test_a_tie_in_best_score_belongs_to_the_negative():
    level = np.ones((1, 1), np.float32)
    none = np.empty((0, 1), np.float32)
    score = STRATEGIES["qdrant"]["best_score"].score(Similarities(none, level, level))
    assert score[0] == np.float32(-0.75)


def test_best_score_gives_all_of_the_score_to_the_closest_example():
    sample = Similarities(
        np.empty((0, 2), np.float32),
        np.array([[0.1, 0.2], [0.5, 0.3]], np.float32),
        np.array([[0.2, 0.9]], np.float32),
    )
    parts = STRATEGIES["qdrant"]["best_score"].parts(sample)
    assert (parts != 0).tolist() == [[False, False], [True, False], [False, True]]


@given(hnp.arrays(np.float32, 5, elements=st.floats(-1e6, 1e6, width=32)))
def test_squashing_functions_stay_in_their_ranges(x):
    assert (np.abs(softsign(x)) <= 1).all()
    for squashed in (scaled_softsign(x), logistic(x)):
        assert ((squashed >= 0) & (squashed <= 1)).all()
