"""Plain queries go a short way, which finds what their plan would find."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qdrant_client import models

from engine import Engine, RequestError
from engine.index import graph_support, loops
from engine.query.plan import make_plan
from engine.query.proposals import concluded

pytestmark = pytest.mark.skipif(not graph_support().available, reason=graph_support().reason)

POINTS, DIM = 2000, 12
KINDS = [
    (models.Distance.COSINE, models.Datatype.FLOAT32),
    (models.Distance.COSINE, models.Datatype.UINT8),
    (models.Distance.DOT, models.Datatype.FLOAT16),
    (models.Distance.EUCLID, models.Datatype.FLOAT32),
    (models.Distance.MANHATTAN, models.Datatype.FLOAT32),
]


def numbers(count, seed):
    rng = np.random.default_rng(seed)
    return rng.integers(0, 40, (count, DIM)).astype(np.float32)


@pytest.fixture(scope="module", params=KINDS, ids="-".join)
def engine(request):
    """Three collections: one all in a graph, one with dead points and a tail, one without graph."""
    loops.warm_up(wait=True)
    distance, datatype = request.param
    vectors = models.VectorParams(size=DIM, distance=distance, datatype=datatype)
    eager = models.OptimizersConfigDiff(indexing_threshold=20)
    with Engine(":memory:") as made:
        for name in ("whole", "grown", "bare"):
            hnsw = models.HnswConfigDiff(full_scan_threshold=10, ef_construct=32)
            asked = {"hnsw_config": hnsw, "optimizers_config": eager} if name != "bare" else {}
            made.create_collection(name, {"": vectors, "other": vectors}, **asked)
            payload = [{"part": number % 20} for number in range(POINTS)]
            given_vectors = {"": numbers(POINTS, 1), "other": numbers(POINTS, 2)}
            made.upload_collection(name, given_vectors, payload, range(POINTS))
            made.wait_for_index(name)
        made.delete("grown", list(range(0, POINTS, 7)))
        made.upload_collection("grown", {"": numbers(50, 3)}, None, range(9_000, 9_050))
        yield made


@pytest.fixture
def planned(monkeypatch):
    """Return a list that grows with every plan that is made."""
    made = []

    def watched(*asked):
        made.append(asked)
        return make_plan(*asked)

    monkeypatch.setattr("engine.query.run.make_plan", watched)
    return made


def by_plan(engine, name, **request):
    with engine.trace():
        return engine.query_points(name, **request)


def only_parts(upto):
    condition = models.FieldCondition(key="part", range=models.Range(lt=upto))
    return None if upto is None else models.Filter(must=[condition])


KIND = st.sampled_from([*models.RecommendStrategy, "discover", "context"])
EXAMPLES = st.one_of(
    st.lists(st.integers(0, 40).map(float), min_size=DIM, max_size=DIM),
    st.integers(0, 6).map(lambda number: 7 * number + 1),
)


def query_by(examples, kind):
    """Return a query by examples, the first ones liked, or by pairs of them."""
    if isinstance(kind, models.RecommendStrategy):
        given = {"positive": examples[:3] or [1], "negative": examples[3:], "strategy": kind}
        return models.RecommendQuery(recommend=models.RecommendInput(**given))
    pairs = [models.ContextPair(positive=each, negative=8) for each in examples[1:]]
    if kind == "context":
        return models.ContextQuery(context=pairs)
    target = examples[0] if examples else 1
    return models.DiscoverQuery(discover=models.DiscoverInput(target=target, context=pairs))


REQUESTS = st.fixed_dictionaries(
    {
        "query": st.one_of(EXAMPLES, st.builds(query_by, st.lists(EXAMPLES, max_size=5), KIND)),
        "using": st.sampled_from([None, "", "other"]),
        "query_filter": st.sampled_from([None, 0, 1, 2, 10, 19]).map(only_parts),
        "limit": st.sampled_from([1, 10, 200, 5_000]),
        "search_params": st.sampled_from(
            [None, models.SearchParams(exact=True), models.SearchParams(indexed_only=True)]
        ),
        "with_payload": st.booleans(),
        "with_vectors": st.sampled_from([False, True, ["other"]]),
    }
)


@settings(max_examples=25, deadline=None)
@given(request=REQUESTS)
@pytest.mark.parametrize("name", ["whole", "grown", "bare"])
def test_the_short_way_finds_what_the_plan_finds(engine, name, request):
    assert engine.query_points(name, **request) == by_plan(engine, name, **request)


def test_only_queries_that_are_not_plain_get_a_plan(engine, planned):
    vector = numbers(1, 4)[0]
    for query in (vector, vector.tolist(), 5):
        engine.query_points("whole", query, query_filter=only_parts(3), using="other")
    assert not planned
    more = [
        {"query": models.NearestQuery(nearest=vector.tolist(), mmr=models.Mmr(diversity=0.5))},
        {"offset": 3},
        {"score_threshold": 1.0},
        {"search_params": models.SearchParams(hnsw_ef=40)},
        {"prefetch": models.Prefetch(query=5)},
        {"lookup_from": models.LookupLocation(collection="bare")},
    ]
    for number, each in enumerate(more, 1):
        engine.query_points("whole", **{"query": vector, **each})
        assert len(planned) == number


def test_what_a_walk_finds_is_not_handed_on_where_it_is_all(engine, monkeypatch):
    handed_on = []

    def watched(proposal):
        handed_on.append(proposal)
        return concluded(proposal)

    monkeypatch.setattr("engine.query.plain.concluded", watched)
    for vector in numbers(8, 5):
        engine.query_points("whole", vector)
    gave_up = len(handed_on)
    assert gave_up < 8
    engine.query_points("whole", numbers(1, 5)[0], query_filter=only_parts(1))
    engine.query_points("grown", numbers(1, 5)[0])
    engine.query_points("bare", numbers(1, 5)[0])
    assert len(handed_on) == gave_up + 3


@pytest.mark.parametrize(
    "wrong",
    [
        {"query": [1.0] * (DIM + 1)},
        {"query": [float("nan")] * DIM},
        {"query": [[1.0] * DIM]},
        {"query": ["word"] * DIM},
        {"query": [1.0] * DIM, "using": "nobody"},
        {"query": [1.0] * DIM, "limit": 0},
        {"query": [1.0] * DIM, "limit": 2**64},
        {"query": [1.0] * DIM, "query_filter": only_parts(3), "using": "nobody"},
        {"query": [], "limit": 3},
        {"query": -1},
        {"query": POINTS},
        {"query": "word"},
        {"query": models.RecommendQuery(recommend=models.RecommendInput())},
        {"query": models.RecommendQuery(recommend=models.RecommendInput(positive=[1, POINTS]))},
        {"query": models.ContextQuery(context=models.ContextPair(positive=1, negative=[1.0]))},
    ],
)
def test_errors_are_those_of_the_plan(engine, wrong):
    with pytest.raises(RequestError) as short:
        engine.query_points("whole", **wrong)
    with pytest.raises(RequestError) as planned:
        by_plan(engine, "whole", **wrong)
    assert str(short.value) == str(planned.value)
    assert type(short.value) is type(planned.value)
