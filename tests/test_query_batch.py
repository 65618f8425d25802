"""Batches: leaves look for points together, with the answers and errors of one after the other."""

import numpy as np
import pytest
from qdrant_client import models

from engine import Engine
from engine.errors import Abandoned, NotFound, WrongInput
from engine.index import loops, passes
from engine.patience import Waiting
from engine.query import leaves
from engine.query.access import Leaf
from engine.workers import Workers

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
def shares(monkeypatch):
    """Have three threads do what they can, however little; return into how many jobs it is cut."""
    seen = []

    class Watched(Workers):
        def results(self, jobs):
            seen.append(len(jobs))
            return super().results(jobs)

    workers = Watched(3)
    monkeypatch.setattr(passes, "_LONG", 1)
    monkeypatch.setattr(leaves, "_MANY", 0)
    for module in (passes, leaves):
        monkeypatch.setattr(module, "WORKERS", workers)
    return seen


@pytest.fixture
def together(monkeypatch):
    """Return how many scans each pass was shared by."""
    counts: list[int] = []
    shared = passes.shared

    def counted(scans):
        found = shared(scans)
        counts.extend(map(len, found))
        return found

    monkeypatch.setattr(passes, "shared", counted)
    return counts


def vector(number):
    return np.random.default_rng(number).integers(-3, 4, SIZE).astype(float).tolist()


def nearest(number, **more):
    more = {"limit": 7, "params": EXACT, **more}
    return models.QueryRequest(query=vector(number), with_payload=True, **more)


def alone(engine, requests):
    return [engine.query_batch_points(NAME, [request])[0] for request in requests]


def test_answers_come_in_order_and_are_those_of_single_queries(engine, shares):
    requests = [nearest(number, filter=EVEN if number % 3 else None) for number in range(30)]
    found = engine.query_batch_points(NAME, requests)
    assert 6 in shares, "each of two passes is made by three"
    assert found == alone(engine, requests)


def test_queries_of_all_kinds_are_those_of_single_ones(engine, shares):
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
    found = engine.query_batch_points(NAME, requests)
    assert max(shares) > 3
    assert found == alone(engine, requests)


def test_queries_that_look_at_the_same_rows_share_a_pass(engine, together):
    requests = [nearest(number) for number in range(40)] + [
        models.QueryRequest(query=point, limit=6) for point in (3, 5)
    ]
    requests += [nearest(number, filter=EVEN) for number in range(3)]
    requests += [nearest(number, limit=5) for number in range(2)]
    found = engine.query_batch_points(NAME, requests)
    assert sorted(together) == [2, 3, 10, 32]
    assert found == alone(engine, requests)


def test_leaves_of_one_query_share_a_pass(engine, together):
    sources = [models.Prefetch(query=vector(number), limit=30) for number in range(3)]
    request = models.QueryRequest(
        query=models.FusionQuery(fusion=models.Fusion.RRF), prefetch=sources, limit=20
    )
    found = engine.query_batch_points(NAME, [request])
    assert together == [3]
    with engine.trace():
        assert engine.query_batch_points(NAME, [request]) == found
    assert together == [3]


def test_who_keeps_too_much_for_a_shared_pass_scans_alone(together):
    loops.warm_up(wait=True)
    rng = np.random.default_rng(6)
    with Engine(":memory:") as engine:
        engine.create_collection(NAME, models.VectorParams(size=SIZE, distance="Euclid"))
        alike = 1 + rng.standard_normal((POINTS, SIZE)).astype(np.float32) * np.float32(1e-6)
        alike[0] = -1  # so codes tell the others not apart
        engine.upload_collection(NAME, alike, ids=range(POINTS))
        requests = [nearest(0), models.QueryRequest(query=[1.0] * SIZE, limit=7)]
        found = engine.query_batch_points(NAME, requests)
        assert together == [2]
        assert found == [
            engine.query_points(NAME, request.query, limit=7, with_payload=True)
            if request.with_payload
            else engine.query_points(NAME, request.query, limit=7, with_payload=False)
            for request in requests
        ]


def test_the_first_error_fails_them_all(engine, shares):
    short = models.QueryRequest(query=[1.0], params=EXACT)
    missing = models.QueryRequest(query=12345, params=EXACT)
    many = [nearest(number) for number in range(4)]
    with pytest.raises(WrongInput):
        engine.query_batch_points(NAME, [*many, short, missing, *many])
    with pytest.raises(NotFound):
        engine.query_batch_points(NAME, [*many, missing, short])


def test_who_gives_up_ends_all_threads(engine, shares, monkeypatch):
    waiting = Waiting()

    def give_up(*_):
        waiting.give_up()
        yield from ()

    monkeypatch.setattr(Leaf, "proposal", give_up)
    with pytest.raises(Abandoned):
        waiting.run(
            lambda: engine.query_batch_points(NAME, [nearest(number) for number in range(9)])
        )
    assert shares == [3]


def test_a_trace_has_the_stages_in_order(engine, together):
    with engine.trace() as trace:
        engine.query_batch_points(NAME, [nearest(number) for number in range(3)])
    assert [stage.name for stage in trace.stages] == ["filter", "search", "fetch"] * 3
    assert not together
