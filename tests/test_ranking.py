"""The best rows in one compiled go: what NumPy makes of the same, ties by id included."""

from uuid import UUID

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qdrant_client import models

from engine import Engine
from engine.query import search
from engine.scoring import kernels, ranking
from engine.scoring.ranking import ranked
from engine.scoring.registry import STRATEGIES
from engine.scoring.strategy import Formula

NAME, POINTS, SIZE = "points", 60, 5
DISTANCES = [models.Distance.DOT, models.Distance.EUCLID, models.Distance.MANHATTAN]
POSITIVES, NEGATIVES = 3, 2


def recommend(strategy):
    def query(examples):
        given = models.RecommendInput(
            positive=examples[:POSITIVES], negative=examples[POSITIVES:], strategy=strategy
        )
        return models.RecommendQuery(recommend=given)

    return query


def pairs(examples):
    sides = zip(examples[:2], examples[2:4], strict=True)
    return [models.ContextPair(positive=one, negative=other) for one, other in sides]


def discover(examples):
    given = models.DiscoverInput(target=examples[4], context=pairs(examples))
    return models.DiscoverQuery(discover=given)


def feedback(examples):
    given = models.RelevanceFeedbackInput(
        target=examples[0],
        feedback=[
            models.FeedbackItem(example=example, score=score)
            for score, example in enumerate(examples[1:4])
        ],
        strategy=models.NaiveFeedbackStrategy(
            naive=models.NaiveFeedbackStrategyParams(a=1.0, b=1.0, c=0.5)
        ),
    )
    return models.RelevanceFeedbackQuery(relevance_feedback=given)


QUERIES = {
    "nearest": lambda examples: examples[0],
    "average_vector": recommend(models.RecommendStrategy.AVERAGE_VECTOR),
    "best_score": recommend(models.RecommendStrategy.BEST_SCORE),
    "sum_scores": recommend(models.RecommendStrategy.SUM_SCORES),
    "discover": discover,
    "context": lambda examples: models.ContextQuery(context=pairs(examples)),
    "relevance_feedback": feedback,
}


def shuffled_ids(rng):
    """Ids in no order, numbers and UUIDs that differ in either half."""
    numbers = rng.permutation(POINTS).tolist()
    return [
        number if number % 2 else str(UUID(int=(number % 3 << 64) | (POINTS - number)))
        for number in numbers
    ]


@settings(max_examples=12, deadline=None)
@given(
    distance=st.sampled_from(DISTANCES),
    convention=st.sampled_from(["qdrant", "documented"]),
    limit=st.sampled_from([1, 7, POINTS, POINTS + 5]),
    seed=st.integers(0, 2**32 - 1),
)
@pytest.mark.parametrize("kind", list(QUERIES))
def test_finds_what_numpy_finds_ties_included(kind, distance, convention, limit, seed):
    kernels.warm_up(wait=True)
    rng = np.random.default_rng(seed)
    vectors = rng.integers(-2, 3, (POINTS, SIZE)).astype(np.float32)
    query = QUERIES[kind](rng.integers(-2, 3, (POSITIVES + NEGATIVES, SIZE)).astype(float).tolist())
    with Engine(":memory:", convention=convention) as engine:
        engine.create_collection(NAME, models.VectorParams(size=SIZE, distance=distance))
        engine.upload_collection(NAME, vectors, ids=shuffled_ids(rng))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(search, "ranked", lambda *_: None)
            expected = engine.query_points(NAME, query, limit=limit).points
        found = engine.query_points(NAME, query, limit=limit).points
    assert [point.id for point in found] == [point.id for point in expected]
    scores, wanted = ([point.score for point in points] for points in (found, expected))
    np.testing.assert_allclose(scores, wanted, rtol=1e-6, atol=1e-7)


def test_every_formula_of_a_strategy_is_asked_for():
    known = {each.compiled for named in STRATEGIES.values() for each in named.values()}
    assert known == set(Formula) - {Formula.DISCOVER_GUIDE}


def test_what_the_loop_cannot_read_or_would_be_slow_at_is_left_to_numpy(monkeypatch):
    kernels.warm_up(wait=True)
    asked = []

    def watched(*given):
        asked.append(ranked(*given) is not None)
        return ranked(*given)

    monkeypatch.setattr(search, "ranked", watched)
    with Engine(":memory:") as engine:
        for name, datatype in (("whole", "float32"), ("half", "float16")):
            params = models.VectorParams(size=SIZE, distance="Dot", datatype=datatype)
            engine.create_collection(name, params)
            engine.upload_collection(name, np.eye(SIZE, dtype=np.float32), ids=range(SIZE))
        engine.query_points("half", [1.0] * SIZE)
        engine.query_points("whole", [1.0] * SIZE, limit=ranking.LONGEST + 1)
        engine.query_points("whole", QUERIES["sum_scores"]([[1.0] * SIZE] * kernels.MANY_QUERIES))
        engine.query_points("whole", [1.0] * SIZE)
        monkeypatch.setattr(kernels.LOOPS, "loaded", None)
        engine.query_points("whole", [1.0] * SIZE)
    assert asked == [False, False, False, True, False]


def test_what_cannot_be_compared_comes_last():
    kernels.warm_up(wait=True)
    with Engine(":memory:") as engine:
        params = models.VectorParams(size=1, distance=models.Distance.DOT)
        engine.create_collection(NAME, params)
        huge = np.float32([[3e38], [1.0], [-3e38]])
        engine.upload_collection(NAME, huge, ids=[2, 1, 0])
        strategy = models.RecommendStrategy.SUM_SCORES
        both = models.RecommendInput(positive=[[3e38]], negative=[[2e38]], strategy=strategy)
        found = engine.query_points(NAME, models.RecommendQuery(recommend=both)).points
    assert [point.id for point in found] == [1, 0, 2]


def test_ids_as_words_sort_as_ids_do():
    rng = np.random.default_rng(1)
    with Engine(":memory:") as engine:
        engine.create_collection(NAME, models.VectorParams(size=1, distance="Dot"))
        engine.upload_collection(NAME, np.ones((POINTS, 1), np.float32), ids=shuffled_ids(rng))
        ids = engine._collections.snapshot(NAME).ids
        by_words = np.lexsort(ids.words.T[::-1])
        assert by_words.tolist() == ids.order().tolist()
        assert not ids.words.flags.writeable
