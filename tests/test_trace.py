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
