"""Batches: long scans run side by side, with the answers and errors of one after the other."""

import threading

import numpy as np
import pytest
from qdrant_client import models

from engine import Engine
from engine.errors import Abandoned, NotFound, WrongInput
from engine.patience import Waiting
from engine.query import batch
from engine.query.run import run_query

NAME, SIZE = "c", 8
EXACT = models.SearchParams(exact=True)


@pytest.fixture
def engine():
    rng = np.random.default_rng(5)
    with Engine(":memory:") as engine:
        engine.create_collection(NAME, models.VectorParams(size=SIZE, distance="Dot"))
        vectors = rng.integers(-3, 4, (200, SIZE)).astype(np.float32)
        payload = [{"even": place % 2 == 0} for place in range(200)]
        engine.upload_collection(NAME, vectors, payload=payload, ids=range(200))
        yield engine


@pytest.fixture
def threads(monkeypatch):
    """Have every query of a batch but the first one answered by one of three threads."""
    seen = set()

    def watched(*args):
        seen.add(threading.current_thread().name)
        return run_query(*args)

    monkeypatch.setattr(batch, "_LONG", 1)
    monkeypatch.setattr(batch, "_THREADS", 3)
    monkeypatch.setattr("os.cpu_count", lambda: 3)
    monkeypatch.setattr("engine.query.batch.run_query", watched)
    return seen


def nearest(number, **more):
    rng = np.random.default_rng(number)
    query = rng.integers(-3, 4, SIZE).astype(float).tolist()
    return models.QueryRequest(query=query, limit=7, with_payload=True, params=EXACT, **more)


def test_answers_come_in_order_and_are_those_of_single_queries(engine, threads):
    even = models.Filter(
        must=[models.FieldCondition(key="even", match=models.MatchValue(value=True))]
    )
    requests = [nearest(number, filter=even if number % 3 else None) for number in range(30)]
    found = engine.query_batch_points(NAME, requests)
    assert any(name.startswith("batch") for name in threads)
    assert found == [engine.query_batch_points(NAME, [request])[0] for request in requests]


def test_the_first_error_fails_them_all(engine, threads):
    short = models.QueryRequest(query=[1.0], params=EXACT)
    missing = models.QueryRequest(query=12345, params=EXACT)
    many = [nearest(number) for number in range(4)]
    with pytest.raises(WrongInput):
        engine.query_batch_points(NAME, [*many, short, missing, *many])
    with pytest.raises(NotFound):
        engine.query_batch_points(NAME, [*many, missing, short])
    assert threads


def test_who_gives_up_ends_all_threads(engine, threads):
    waiting = Waiting()

    def ask():
        waiting.give_up()
        engine.query_batch_points(NAME, [nearest(number) for number in range(9)])

    with pytest.raises(Abandoned):
        waiting.run(ask)
    assert threads


def test_a_trace_has_the_stages_in_order(engine, threads):
    with engine.trace() as trace:
        engine.query_batch_points(NAME, [nearest(number) for number in range(3)])
    assert [stage.name for stage in trace.stages] == ["filter", "search", "fetch"] * 3
    assert threads == {threading.current_thread().name}


@pytest.mark.parametrize(
    ("request_", "elements"),
    [
        (models.QueryRequest(query=[1.0] * SIZE), 200 * SIZE),
        (models.QueryRequest(query=[1.0] * SIZE, using="none"), 0),
        (
            models.QueryRequest(
                query=models.FusionQuery(fusion=models.Fusion.RRF),
                prefetch=[models.Prefetch(query=[1.0] * SIZE)] * 2,
            ),
            2 * 200 * SIZE,
        ),
    ],
)
def test_work_is_counted_by_leaves(engine, request_, elements):
    assert batch._scanned(request_, engine.snapshot(NAME)) == elements
