"""Which way a search takes, why, and that it finds the same with the same scores."""

from dataclasses import replace

import numpy as np
import pytest
from qdrant_client import models

from engine import Engine
from engine.index import graph_support, loops
from engine.query import costs, covered, search, starts

pytestmark = pytest.mark.skipif(not graph_support().available, reason=graph_support().reason)

POINTS, DIM, CLUSTERS = 3000, 16, 30
DISTANCES = list(models.Distance)


def clustered():
    """Return points around centres, those of a centre one after another."""
    rng = np.random.default_rng(1)
    centres = rng.standard_normal((CLUSTERS, DIM)).repeat(POINTS // CLUSTERS, axis=0)
    return (centres + 0.4 * rng.standard_normal((POINTS, DIM))).astype(np.float32)


VECTORS = clustered()


@pytest.fixture(scope="module", params=DISTANCES)
def engine(request):
    loops.warm_up(wait=True)
    with Engine(":memory:") as made:
        made.create_collection(
            "c",
            models.VectorParams(size=DIM, distance=request.param),
            {"words": models.SparseVectorParams()},
            hnsw_config=models.HnswConfigDiff(
                full_scan_threshold=20,
                ef_construct=64,
                max_indexing_threads=1,  # several build another graph each time
            ),
            optimizers_config=models.OptimizersConfigDiff(indexing_threshold=20),
        )
        payload = [
            {
                "cluster": n * CLUSTERS // POINTS,
                "half": n % 2,
                "sixth": n * 7 % 6,
                "place": n * 6 // POINTS,
            }
            for n in range(POINTS)
        ]
        made.upload_collection("c", VECTORS, payload, range(POINTS))
        assert made.wait_for_index("c")
        yield made


def searched(engine, query, **request):
    """Return hits and the traced search."""
    with engine.trace() as tracer:
        points = engine.query_points("c", query, **request).points
    (stage,) = (stage for stage in tracer.stages if stage.name == "search")
    return [(point.id, point.score) for point in points], stage


def only(key, value):
    match = models.MatchValue(value=value)
    return models.Filter(must=[models.FieldCondition(key=key, match=match)])


def best_score(positive, negative):
    recommend = models.RecommendInput(
        positive=positive, negative=negative, strategy=models.RecommendStrategy.BEST_SCORE
    )
    return models.RecommendQuery(recommend=recommend)


def sum_scores(positive, negative):
    recommend = models.RecommendInput(
        positive=positive, negative=negative, strategy=models.RecommendStrategy.SUM_SCORES
    )
    return models.RecommendQuery(recommend=recommend)


def discover(target, *pairs):
    context = [models.ContextPair(positive=one, negative=other) for one, other in pairs]
    return models.DiscoverQuery(discover=models.DiscoverInput(target=target, context=context))


QUERIES = {
    "nearest": 17,
    "best_score": best_score([17, 1700], [900, 2300]),
    "sum_scores": sum_scores([17, 20], [900]),
    "average": models.RecommendQuery(
        recommend=models.RecommendInput(positive=[17, 20], negative=[900])
    ),
    "discover": discover(17, (20, 1700), (30, 900)),
    "context": models.ContextQuery(context=[models.ContextPair(positive=17, negative=1700)]),
}
EXACT = models.SearchParams(exact=True)


@pytest.mark.parametrize("kind", QUERIES)
@pytest.mark.parametrize("query_filter", [None, only("half", 1)])
def test_a_walk_finds_what_a_scan_finds(engine, monkeypatch, kind, query_filter):
    monkeypatch.setattr(engine, "options", replace(engine.options, search="graph"))
    query = QUERIES[kind]
    request = {"query_filter": query_filter, "limit": 10}
    hints = models.SearchParams(hnsw_ef=150)
    found, walked = searched(engine, query, search_params=hints, **request)
    expected, scanned = searched(engine, query, search_params=EXACT, **request)
    assert (walked.method, scanned.method) == ("graph", "scan")
    scores, best = [score for _, score in found], [score for _, score in expected]
    sign = 1 if best[0] >= best[-1] and scores[0] >= scores[-1] else -1
    good = [score for score in scores if sign * score >= sign * best[-1] - 1e-5]
    assert len(scores) == 10
    assert len(good) >= 9
    exact_scores = dict(expected)
    for point, score in found:
        assert score == pytest.approx(exact_scores.get(point, score), abs=1e-6)


def test_the_reason_is_told(engine):
    _, stage = searched(engine, 17)
    assert stage.method == "graph"
    assert stage.note == "nearest"
    assert "a walk kept 64 of the" in stage.reason


@pytest.mark.parametrize(
    ("query", "request_", "reason"),
    [
        (17, {"search_params": EXACT}, "the request wants exact results"),
        (17, {"query_filter": only("cluster", 3)}, "100 points are below full_scan_threshold"),
        (17, {"limit": 500}, "a walk costs as much as a scan of 12,000 points, not 2,999"),
        (
            17,
            {"search_params": models.SearchParams(hnsw_ef=1000)},
            "a walk costs as much as a scan of 16,000 points, not 2,999",
        ),
        (
            17,
            {"search_params": models.SearchParams(hnsw_ef=10**12)},
            "a walk costs as much as a scan of 48,000 points, not 2,999",
        ),
        (best_score([], [17]), {}, "no example that good points are close to"),
        (
            discover(17, (20, 1700), (1700, 20)),
            {"search_params": models.SearchParams(hnsw_ef=40)},
            "a walk met too few points on the good side of all pairs",
        ),
    ],
)
def test_a_scan_is_chosen_where_it_is_better(engine, query, request_, reason):
    _, stage = searched(engine, query, **request_)
    assert (stage.method, stage.reason) == ("scan", reason)


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        (discover(17, (20, 25), (30, 35)), 4 * 64),
        (discover(17, (420, 1725), (1130, 2235)), 24 * 64),
    ],
    ids=["around the target", "from all over"],
)
def test_a_walk_keeps_more_where_pairs_lie_apart(engine, monkeypatch, query, kept):
    monkeypatch.setattr(engine, "options", replace(engine.options, search="graph"))
    _, stage = searched(engine, query)
    assert f"a walk kept {kept:,} of the" in stage.reason


@pytest.mark.parametrize("given", ["points", "vectors"])
def test_a_sum_starts_next_to_what_is_liked(engine, monkeypatch, given):
    started = []

    def entry_rows(*asked):
        started.append(starts.entry_rows(*asked))
        return started[-1]

    monkeypatch.setattr(covered, "entry_rows", entry_rows)
    monkeypatch.setattr(engine, "options", replace(engine.options, search="graph"))
    liked, disliked = [17, 1700], [900]
    if given == "vectors":
        liked, disliked = VECTORS[liked].tolist(), VECTORS[disliked].tolist()
    searched(engine, sum_scores(liked, disliked))
    (rows,) = started
    assert {row * CLUSTERS // POINTS for row in rows.tolist()} == {0, 17}


def test_a_walk_that_takes_too_long_gives_up(engine, monkeypatch):
    monkeypatch.setattr(costs, "_FACTOR", 0.1)
    found, stage = searched(engine, 17)
    expected, _ = searched(engine, 17, search_params=EXACT)
    assert stage.method == "scan"
    assert "a walk gave up after" in stage.reason
    assert found == expected


@pytest.mark.parametrize(
    ("query_filter", "kept"),
    [(only("sixth", 5), 40), (only("place", 0), None)],
    ids=["all over the data", "together"],
)
def test_a_walk_goes_past_what_a_filter_keeps_out(engine, monkeypatch, query_filter, kept):
    monkeypatch.setattr(costs, "_ON_THE_WAY", 0)
    monkeypatch.setattr(costs, "_STEP", 12)
    monkeypatch.setattr(costs, "_SPARE", 1.0)
    wanted = {"query_filter": query_filter, "limit": 10}
    good = []
    for point in range(17, POINTS, 150):
        found, stage = searched(engine, point, **wanted)
        expected, _ = searched(engine, point, search_params=EXACT, **wanted)
        good.append(len({*found} & {*expected}))
        if kept is None:
            assert (stage.method, found) == ("scan", expected)
        else:
            assert f"a walk kept {kept} of the" in stage.reason
    assert np.mean(good) >= 8.5
    vector = {"query": VECTORS[17].tolist(), "with_payload": False, **wanted}
    plainly = engine.query_points("c", **vector).points
    with engine.trace() as tracer:
        traced = engine.query_points("c", **vector).points
    assert plainly == traced
    assert tracer.stages


def test_either_way_can_be_forced(engine):
    try:
        engine.options = replace(engine.options, search="scan")
        _, stage = searched(engine, 17)
        assert (stage.method, stage.reason) == ("scan", "this engine always scans")
        engine.options = replace(engine.options, search="graph")
        found, stage = searched(engine, 17, limit=500)
        assert stage.method == "graph"
        assert len(found) == 500
    finally:
        engine.options = replace(engine.options, search="planned")


@pytest.mark.parametrize("oversampling", [1.0, 3.5, 1e300, float("inf")])
def test_oversampling_only_scores_more_rows(engine, oversampling):
    quantization = models.QuantizationSearchParams(oversampling=oversampling)
    params = models.SearchParams(hnsw_ef=64, quantization=quantization)
    found, stage = searched(engine, 17, search_params=params)
    assert stage.method == "graph"
    assert len(found) == 10


@pytest.mark.parametrize(
    ("quantization", "scored"),
    [
        (None, 40),
        ({"oversampling": 2.0}, 20),
        ({"rescore": False}, 10),
        ({"rescore": False, "oversampling": 2.0}, 10),
        ({"ignore": True}, 64),
    ],
)
def test_quantization_says_how_many_rows_of_a_walk_are_scored_exactly(
    engine, quantization, scored, monkeypatch
):
    seen = []
    best_of = search.best_of

    def watched(snapshot, asked, rows, limit):
        seen.append(len(rows))
        return best_of(snapshot, asked, rows, limit)

    monkeypatch.setattr(search, "best_of", watched)
    given = None if quantization is None else models.QuantizationSearchParams(**quantization)
    params = models.SearchParams(hnsw_ef=64, quantization=given)
    found, stage = searched(engine, 17, search_params=params)
    assert (stage.method, len(found), seen) == ("graph", 10, [scored])
    params.exact = True
    assert (
        searched(engine, 17, search_params=params)[0]
        == searched(engine, 17, search_params=EXACT)[0]
    )


def test_sources_of_a_query_choose_for_themselves(engine):
    request = models.QueryRequest(
        prefetch=[
            models.Prefetch(query=17, limit=5),
            models.Prefetch(query=17, limit=5, params=EXACT),
        ],
        query=models.FusionQuery(fusion=models.Fusion.RRF),
    )
    with engine.trace() as tracer:
        engine.query_batch_points("c", [request])
    methods = {stage.place: stage.method for stage in tracer.stages if stage.name == "search"}
    assert methods == {(0,): "graph", (1,): "scan"}


def test_sparse_vectors_are_scanned(engine):
    query = models.SparseVector(indices=[1], values=[1.0])
    _, stage = searched(engine, query, using="words")
    assert (stage.method, stage.reason) == ("scan", "sparse vectors have an inverted index")


def test_a_long_tail_is_left_out_only_when_asked_to():
    with Engine(":memory:") as engine:
        engine.create_collection(
            "c",
            models.VectorParams(size=DIM, distance=models.Distance.EUCLID),
            optimizers_config=models.OptimizersConfigDiff(indexing_threshold=1),
        )
        engine.upload_collection("c", VECTORS[:500], ids=range(500))
        assert engine.wait_for_index("c")
        engine.cancel_index("c")
        engine.upload_collection("c", VECTORS[500:510], ids=range(500, 510))
        wanted, indexed_only = VECTORS[505], models.SearchParams(indexed_only=True)
        assert searched(engine, wanted, limit=1)[0][0][0] == 505
        assert searched(engine, wanted, limit=1, search_params=indexed_only)[0][0][0] == 505
        engine.upload_collection("c", VECTORS[510:600], ids=range(510, 600))
        assert searched(engine, wanted, limit=1)[0][0][0] == 505
        assert searched(engine, wanted, limit=1, search_params=indexed_only)[0][0][0] < 500


@pytest.mark.parametrize("mode", ["planned", "graph"])
def test_an_example_that_lacks_the_searched_vector_is_not_found(mode):
    loops.warm_up(wait=True)
    space = models.VectorParams(size=DIM, distance=models.Distance.DOT)
    with Engine(":memory:", search=mode) as engine:
        engine.create_collection(
            "c",
            {"a": space, "b": space},
            hnsw_config=models.HnswConfigDiff(full_scan_threshold=20, ef_construct=64),
            optimizers_config=models.OptimizersConfigDiff(indexing_threshold=20),
        )
        points = [models.PointStruct(id=n, vector={"a": v}) for n, v in enumerate(VECTORS.tolist())]
        points.append(models.PointStruct(id=POINTS, vector={"b": VECTORS[0].tolist()}))
        engine.upsert("c", points)
        assert engine.wait_for_index("c")
        other = models.LookupLocation(collection="c", vector="b")
        query = best_score([POINTS], [])
        hits, stage = searched(engine, query, using="a", lookup_from=other, limit=1)
        exact = models.SearchParams(exact=True)
        same = {"using": "a", "lookup_from": other, "limit": 1, "search_params": exact}
        assert hits == searched(engine, query, **same)[0]
        assert stage.method == "graph"


def test_a_limit_beyond_all_points_finds_all_of_them(engine):
    hits, _ = searched(engine, VECTORS[0], limit=10**15)
    assert len(hits) == POINTS
