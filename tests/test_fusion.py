"""RRF and DBSF against a plain reading of their formulas, one point at a time."""

from __future__ import annotations

import math
from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from qdrant_client import models

from engine import BadRequest, Engine, InvalidRequest, WrongInput
from engine.query.candidates import Candidates
from engine.query.fusion import RankFusion, ScoreFusion, fuse

POINTS = 12


@pytest.fixture(scope="module")
def engine():
    with Engine(":memory:") as made:
        made.create_collection("c", models.VectorParams(size=1, distance="Dot"))
        made.upsert("c", [models.PointStruct(id=n, vector=[float(n)]) for n in range(POINTS)])
        yield made


SCORES = st.floats(-1e3, 1e3, width=32).map(lambda x: float(np.float32(x)))
SOURCES = st.lists(
    st.dictionaries(st.integers(0, POINTS - 1), SCORES, max_size=POINTS).map(
        lambda scores: sorted(scores.items(), key=lambda pair: -pair[1])
    ),
    min_size=1,
    max_size=4,
)


def candidates(source):
    rows = np.array([row for row, _ in source], np.int64)
    return Candidates(rows, np.array([score for _, score in source], np.float32))


def fused(engine, fusion, sources):
    found = fuse(engine.snapshot("c"), fusion, [candidates(source) for source in sources])
    assert sorted(-found.scores) == list(-found.scores)
    return dict(zip(found.rows.tolist(), found.scores.tolist(), strict=True))


@given(sources=SOURCES, k=st.integers(1, 100), data=st.data())
def test_rrf_is_the_sum_of_reciprocal_ranks(engine, sources, k, data):
    weight = st.floats(-1, 5, width=32)
    weights = data.draw(st.none() | st.lists(weight, min_size=len(sources), max_size=len(sources)))
    expected: dict[int, float] = defaultdict(float)
    for source, w in zip(sources, weights or [1.0] * len(sources), strict=True):
        for place, (row, _) in enumerate(source):
            expected[row] += 1 / ((place + 1) / w + k - 1) if w > 0 else 0.0
    found = fused(engine, RankFusion(k, None if weights is None else tuple(weights)), sources)
    assert found == pytest.approx(dict(expected), rel=1e-5, abs=1e-30)


@given(sources=SOURCES)
def test_dbsf_is_the_sum_of_normalised_scores(engine, sources):
    expected: dict[int, float] = defaultdict(float)
    for source in sources:
        scores = [score for _, score in source]
        low, high = limits(scores)
        for row, score in source:
            expected[row] += 0.5 if low == high else (score - low) / (high - low)
    found = fused(engine, ScoreFusion(), sources)
    assert found == pytest.approx(dict(expected), rel=1e-3, abs=1e-3)


def limits(scores):
    if len(scores) < 2:
        return 0.0, 0.0
    mean = math.fsum(scores) / len(scores)
    spread = math.sqrt(math.fsum((s - mean) ** 2 for s in scores) / (len(scores) - 1))
    low, high = np.float32(mean - 3 * spread), np.float32(mean + 3 * spread)
    return float(low), float(high)


def test_points_of_one_source_keep_their_order_and_ties_go_to_the_smaller_id(engine):
    source = [models.Prefetch(query=[1.0], limit=3), models.Prefetch(query=[-1.0], limit=3)]
    found = engine.query_points("c", models.FusionQuery(fusion="rrf"), prefetch=source).points
    assert [point.id for point in found] == [0, 11, 1, 10, 2, 9]


def test_a_threshold_keeps_equal_scores(engine):
    source = models.Prefetch(query=[1.0], limit=3)
    rrf = models.RrfQuery(rrf=models.Rrf(k=1))
    found = engine.query_points("c", rrf, prefetch=source, score_threshold=0.5).points
    assert [(point.id, point.score) for point in found] == [(11, 1.0), (10, 0.5)]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"query": models.RrfQuery(rrf=models.Rrf(k=0))}, InvalidRequest, r"rrf\.k: value 0"),
        (
            {"query": models.RrfQuery(rrf=models.Rrf(weights=[1.0, 2.0]))},
            WrongInput,
            r"RRF weights length \(2\) does not match number of prefetches \(1\)",
        ),
        ({"query": models.RrfQuery(rrf=models.Rrf(k=2**64))}, InvalidRequest, r"rrf\.k: value 18"),
        (
            {"query": models.RrfQuery(rrf=models.Rrf(weights=[float("nan")]))},
            InvalidRequest,
            "value nan invalid, must be within",
        ),
        ({"using": "a"}, BadRequest, "Fusion queries cannot be combined with the 'using' field"),
        ({"prefetch": []}, WrongInput, "cannot apply Fusion without prefetches"),
    ],
)
def test_bad_requests_are_refused(engine, arguments, error, message):
    asked = {
        "query": models.FusionQuery(fusion="dbsf"),
        "prefetch": models.Prefetch(query=[1.0]),
    }
    with pytest.raises(error, match=message):
        engine.query_points("c", **(asked | arguments))
