"""Grades of rankings, against scikit-learn's."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from qdrant_client import models
from sklearn.metrics import ndcg_score

from engine import Engine
from explorer.conditions import IdsIn
from explorer.draft import Draft
from explorer.evaluation import judge, ndcg
from explorer.examples import Examples, Mode, Pair, Vector


@given(st.lists(st.booleans(), min_size=2, max_size=20), st.integers(0, 5))
def test_gain_agrees_with_scikit_learn(right, missed):
    """The points that are right and were not found stand behind all that were."""
    truth = [*right, *([True] * missed)]
    limit = len(right)
    ideal = min(limit, sum(truth))
    scores = -np.arange(len(truth), dtype=float)
    expected = ndcg_score([truth], [scores], k=limit) if any(truth) else 0.0
    assert ndcg(right, ideal) == pytest.approx(expected, abs=1e-12)


def test_no_hits_gain_nothing():
    assert ndcg([], 5) == 0.0
    assert ndcg([False], 0) == 0.0


@pytest.fixture(scope="module")
def engine():
    with Engine(":memory:") as engine:
        params = models.VectorParams(size=2, distance=models.Distance.EUCLID)
        engine.create_collection("c", params)
        kinds = ["a", "a", "b", ["a", "c"], None, "b", "a"]
        engine.upsert(
            "c",
            [
                models.PointStruct(
                    id=n, vector=[float(n), 0.0], payload={"kind": kind, "even": n % 2 == 0}
                )
                for n, kind in enumerate(kinds)
            ],
        )
        yield engine


def drafted(mode=Mode.NEAREST, **examples):
    return Draft("c", mode=mode, examples=Examples(**examples), limit=5)


def graded(engine, draft, path):
    referee = judge(engine, draft, path)
    hits = engine.query_batch_points("c", requests=[draft.request()])[0].points
    return referee, referee.grade(hits, draft.limit)


def test_right_is_what_shares_a_value_with_a_liked_example(engine):
    referee, grades = graded(engine, drafted(target=0), "kind")
    assert (referee.values, referee.total) == ({"a"}, 3)
    assert grades.right == (True, False, True, False, False)
    assert grades.precision == pytest.approx(0.4)
    assert grades.ndcg == pytest.approx(ndcg(grades.right, 3))


def test_disliked_examples_say_nothing_of_what_is_right(engine):
    referee, _ = graded(engine, drafted(Mode.RECOMMEND, positives=(0, 3), negatives=(2,)), "kind")
    assert (referee.values, referee.total) == ({"a", "c"}, 2)
    referee, _ = graded(engine, drafted(Mode.CONTEXT, pairs=(Pair(2, 0),)), "kind")
    assert (referee.values, referee.total) == ({"b"}, 1)


def test_what_a_filter_hides_could_not_be_found(engine):
    draft = drafted(target=0)
    kept = Draft("c", examples=draft.examples, conditions=(IdsIn((1, 2, 4)),))
    assert judge(engine, kept, "kind").total == 1


def test_a_flag_judges_too(engine):
    referee, grades = graded(engine, drafted(target=1), "even")
    assert (referee.values, referee.total) == ({False}, 2)
    assert sum(grades.right) == 2


@pytest.mark.parametrize(
    ("examples", "path"), [({"target": 4}, "kind"), ({"target": Vector((1.0, 1.0))}, "kind")]
)
def test_nobody_judges_where_no_example_has_a_value(engine, examples, path):
    assert judge(engine, drafted(**examples), path) is None
