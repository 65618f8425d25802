"""The tracer: what each stage of a query saw."""

from __future__ import annotations

import pytest
from qdrant_client import models

from engine import Engine, WrongInput


@pytest.fixture
def engine():
    with Engine(":memory:") as made:
        made.create_collection("c", models.VectorParams(size=1, distance="Dot"))
        made.upsert("c", [models.PointStruct(id=n, vector=[n]) for n in range(10)])
        yield made


def stages(tracer):
    return [(s.name, s.candidates_in, s.candidates_out) for s in tracer.stages]


def test_stages_count_candidates_in_and_out(engine):
    high = models.Filter(must=[models.HasIdCondition(has_id=[5, 6, 7, 8, 9])])
    with engine.trace() as tracer:
        engine.query_points("c", 9, query_filter=high, limit=2, offset=1, score_threshold=60)
    assert stages(tracer) == [
        ("filter", 10, 4),
        ("search", 4, 3),
        ("threshold", 3, 2),
        ("fetch", 1, 1),
    ]
    assert all(stage.seconds >= 0 for stage in tracer.stages)
    search = tracer.stages[1]
    assert (search.method, search.note) == ("scan", "nearest")


def test_only_queries_inside_the_block_are_traced(engine):
    with engine.trace() as tracer:
        engine.query_batch_points("c", [models.QueryRequest(), models.QueryRequest(query=1)])
    engine.query_points("c", 1)
    assert [stage.name for stage in tracer.stages] == [
        "filter",
        "scroll",
        "fetch",
        "filter",
        "search",
        "fetch",
    ]


def test_a_stage_that_fails_leaves_no_trace(engine):
    with engine.trace() as tracer, pytest.raises(WrongInput):
        engine.query_points("c", [1.0, 2.0])
    assert [stage.name for stage in tracer.stages] == ["filter"]


def test_stages_of_a_tree_know_their_place_and_their_points(engine):
    sources = [
        models.Prefetch(query=[1.0], limit=3),
        models.Prefetch(
            prefetch=models.Prefetch(query=[-1.0], limit=4), query=[1.0], limit=2, filter=None
        ),
    ]
    with engine.trace() as tracer:
        engine.query_points("c", models.FusionQuery(fusion="dbsf"), prefetch=sources, limit=2)
    places = [(s.place, s.name, s.candidates_in, s.candidates_out) for s in tracer.stages]
    assert places == [
        ((0,), "filter", 10, 10),
        ((0,), "search", 10, 3),
        ((1, 0), "filter", 10, 10),
        ((1, 0), "search", 10, 4),
        ((1,), "rescore", 4, 2),
        ((), "fusion", 5, 5),
        ((), "fetch", 2, 2),
    ]
    kept = [stage.kept for stage in tracer.stages]
    assert kept[0].ids() == list(range(10))
    assert kept[0].scores is None
    assert (kept[1].ids(), kept[1].scores.tolist()) == ([9, 8, 7], [9.0, 8.0, 7.0])
    assert kept[4].ids() == [3, 2]
    assert kept[6].ids() == kept[5].ids()[:2]
