"""Batches: leaves look for points together, with the answers and errors of one after the other."""

import threading

import numpy as np
import pytest
from qdrant_client import models

from engine import Engine
from engine.errors import Abandoned, NotFound, WrongInput
from engine.index import loops, shared_scan
from engine.patience import Waiting
from engine.query import leaves, proposals
from engine.query.access import Leaf

NAME, SIZE, POINTS = "c", 72, 8000
EXACT = models.SearchParams(exact=True)
EVEN = models.Filter(must=[models.FieldCondition(key="even", match=models.MatchValue(value=True))])


@pytest.fixture(scope="module")
def engine():
    loops.warm_up(wait=True)
    rng = np.random.default_rng(5)
    with Engine(":memory:") as engine:
        engine.create_collection(NAME, models.VectorParams(size=SIZE, distance="Dot"))
        vectors = rng.integers(-3, 4, (POINTS, SIZE)).astype(np.float32)
        payload = [{"even": place % 2 == 0} for place in range(POINTS)]
        engine.upload_collection(NAME, vectors, payload=payload, ids=range(POINTS))
        yield engine


@pytest.fixture
def threads(monkeypatch):
    """Have three threads do what a batch has to do before its answers, however little it is."""
    seen = set()
    proposal, together = Leaf.proposal, shared_scan.possible_together

    def watched_proposal(leaf):
        seen.add(threading.current_thread().name)
        return (yield from proposal(leaf))

    def watched_scans(scans):
        seen.add(threading.current_thread().name)
        return together(scans)

    monkeypatch.setattr(proposals, "_LONG", 1)
    monkeypatch.setattr(leaves, "_MANY", 0)
    monkeypatch.setattr("os.cpu_count", lambda: 3)
    monkeypatch.setattr(Leaf, "proposal", watched_proposal)
    monkeypatch.setattr(proposals, "possible_together", watched_scans)
    return seen


@pytest.fixture
def passes(monkeypatch):
    """Return how many scans each pass was shared by."""
    counts, together = [], shared_scan.possible_together

    def counted(scans):
        counts.append(len(scans))
        return together(scans)

    monkeypatch.setattr(proposals, "possible_together", counted)
    return counts


def vector(number):
    return np.random.default_rng(number).integers(-3, 4, SIZE).astype(float).tolist()


def nearest(number, **more):
    more = {"limit": 7, "params": EXACT, **more}
    return models.QueryRequest(query=vector(number), with_payload=True, **more)


def alone(engine, requests):
    return [engine.query_batch_points(NAME, [request])[0] for request in requests]


def test_answers_come_in_order_and_are_those_of_single_queries(engine, threads):
    requests = [nearest(number, filter=EVEN if number % 3 else None) for number in range(30)]
    found = engine.query_batch_points(NAME, requests)
    assert any(name.startswith("batch") for name in threads)
    assert found == alone(engine, requests)


def test_queries_of_all_kinds_are_those_of_single_ones(engine, threads):
    pairs = [models.ContextPair(positive=vector(1), negative=vector(2))]
    recommend = models.RecommendInput(positive=[vector(3), 5], negative=[vector(4)])
    best = recommend.model_copy(update={"strategy": models.RecommendStrategy.BEST_SCORE})
    rrf = models.FusionQuery(fusion=models.Fusion.RRF)
    sources = [models.Prefetch(query=vector(number), limit=20) for number in range(3)]
    mmr = models.NearestQuery(nearest=vector(6), mmr=models.Mmr(candidates_limit=30))
    queries = [
        7,
        models.RecommendQuery(recommend=recommend),
        models.RecommendQuery(recommend=best),
        models.DiscoverQuery(discover=models.DiscoverInput(target=8, context=pairs)),
        models.ContextQuery(context=pairs),
        mmr,
        None,
    ]
    requests = [models.QueryRequest(query=query, limit=9, offset=2) for query in queries]
    requests += [models.QueryRequest(query=rrf, prefetch=sources), nearest(9, limit=3000)]
    requests += [models.QueryRequest(query=vector(10), prefetch=sources[:1], score_threshold=20.0)]
    assert engine.query_batch_points(NAME, requests) == alone(engine, requests)
    assert threads


def test_queries_that_look_at_the_same_rows_share_a_pass(engine, passes):
    requests = [nearest(number) for number in range(40)] + [
        models.QueryRequest(query=point, limit=6) for point in (3, 5)
    ]
    requests += [nearest(number, filter=EVEN) for number in range(3)]
    requests += [nearest(number, limit=5) for number in range(2)]
    found = engine.query_batch_points(NAME, requests)
    assert sorted(passes) == [2, 3, 10, 32]
    assert found == alone(engine, requests)


def test_leaves_of_one_query_share_a_pass(engine, passes):
    sources = [models.Prefetch(query=vector(number), limit=30) for number in range(3)]
    request = models.QueryRequest(
        query=models.FusionQuery(fusion=models.Fusion.RRF), prefetch=sources, limit=20
    )
    found = engine.query_batch_points(NAME, [request])
    assert passes == [3]
    with engine.trace():
        assert engine.query_batch_points(NAME, [request]) == found
    assert passes == [3]


def test_who_keeps_too_much_for_a_shared_pass_scans_alone(passes):
    loops.warm_up(wait=True)
    rng = np.random.default_rng(6)
    with Engine(":memory:") as engine:
        engine.create_collection(NAME, models.VectorParams(size=SIZE, distance="Euclid"))
        alike = 1 + rng.standard_normal((POINTS, SIZE)).astype(np.float32) * np.float32(1e-6)
        alike[0] = -1  # so codes tell the others not apart
        engine.upload_collection(NAME, alike, ids=range(POINTS))
        requests = [nearest(0), models.QueryRequest(query=[1.0] * SIZE, limit=7)]
        found = engine.query_batch_points(NAME, requests)
        assert passes == [2]
        assert found == [
            engine.query_points(NAME, request.query, limit=7, with_payload=True)
            if request.with_payload
            else engine.query_points(NAME, request.query, limit=7, with_payload=False)
            for request in requests
        ]


def test_the_first_error_fails_them_all(engine, threads):
    short = models.QueryRequest(query=[1.0], params=EXACT)
    missing = models.QueryRequest(query=12345, params=EXACT)
    many = [nearest(number) for number in range(4)]
    with pytest.raises(WrongInput):
        engine.query_batch_points(NAME, [*many, short, missing, *many])
    with pytest.raises(NotFound):
        engine.query_batch_points(NAME, [*many, missing, short])
    assert threads


def test_who_gives_up_ends_all_threads(engine, threads, monkeypatch):
    waiting = Waiting()

    def give_up(*_):
        waiting.give_up()
        yield from ()

    monkeypatch.setattr(Leaf, "proposal", give_up)
    with pytest.raises(Abandoned):
        waiting.run(
            lambda: engine.query_batch_points(NAME, [nearest(number) for number in range(9)])
        )


def test_a_trace_has_the_stages_in_order(engine, threads):
    with engine.trace() as trace:
        engine.query_batch_points(NAME, [nearest(number) for number in range(3)])
    assert [stage.name for stage in trace.stages] == ["filter", "search", "fetch"] * 3
    assert threads == {threading.current_thread().name}
