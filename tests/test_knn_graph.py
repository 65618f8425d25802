"""The k-NN graph of a collection: by all pairs, and by walks on the index."""

import numpy as np
import pytest
from qdrant_client import models

import engine as package
from engine import Engine, InvalidRequest, NotFound, WrongInput
from engine.index import graph_support
from engine.query import knn

DIM, POINTS, K = 16, 700, 10
SMALL = models.OptimizersConfigDiff(indexing_threshold=1)
ONE_THREAD = models.HnswConfigDiff(max_indexing_threads=1)  # several build another each time
EVEN = models.Filter(must=[models.FieldCondition(key="even", match=models.MatchValue(value=True))])
needs_graph = pytest.mark.skipif(not graph_support().available, reason=graph_support().reason)


@pytest.fixture(autouse=True, scope="module")
def _compiled():
    package.warm_up(wait=True)


def clustered(count, seed=0):
    rng = np.random.default_rng(seed)
    centres = rng.uniform(60, 190, (12, DIM))
    return (centres[rng.integers(0, 12, count)] + rng.normal(0, 12, (count, DIM))).clip(0, 255)


def made(distance, datatype=None, *, count=POINTS):
    engine = Engine(":memory:")
    params = models.VectorParams(size=DIM, distance=distance, datatype=datatype)
    engine.create_collection("c", params, hnsw_config=ONE_THREAD, optimizers_config=SMALL)
    fill(engine, count)
    engine.build_index("c")
    assert engine.wait_for_index("c")
    return engine


def fill(engine, count, start=0):
    ids = range(start, start + count)
    payload = [{"even": point % 2 == 0} for point in ids]
    engine.upload_collection("c", vectors=clustered(count, start), ids=ids, payload=payload)


def recall(found, exact):
    pairs = zip(found.indices, exact.indices, strict=True)
    return np.mean([len({*map(int, a)} & {*map(int, b)}) / len(b) for a, b in pairs])


def check(engine, found, condition=None):
    """Hold a graph to that of all pairs: same points, nearly the same neighbours, true scores."""
    exact = engine.knn_graph("c", K, query_filter=condition, exact=True)
    assert exact.exact
    assert not found.exact
    assert list(found.ids) == list(exact.ids)
    assert found.indices.shape == exact.indices.shape == (len(exact.ids), K)
    assert recall(found, exact) >= 0.95
    all_pairs = engine.knn_graph("c", len(exact.ids) - 1, query_filter=condition, exact=True)
    scores = np.zeros((len(exact.ids), len(exact.ids)), np.float32)
    np.put_along_axis(scores, all_pairs.indices.astype(np.int64), all_pairs.scores, axis=1)
    own = np.take_along_axis(scores, found.indices.astype(np.int64), axis=1)
    np.testing.assert_allclose(found.scores, own, rtol=1e-4, atol=1e-5)
    for place, line in enumerate(found.indices):
        assert place not in line
        assert len(set(line)) == K
    steps = np.diff(found.scores, axis=1)
    info = engine.get_collection("c").config.params.vectors
    is_distance = info.distance in (models.Distance.EUCLID, models.Distance.MANHATTAN)
    assert (steps >= -1e-4).all() if is_distance else (steps <= 1e-4).all()


@needs_graph
@pytest.mark.parametrize("datatype", ["float32", "float16", "uint8"])
@pytest.mark.parametrize("distance", ["Cosine", "Dot", "Euclid", "Manhattan"])
def test_walks_find_what_all_pairs_show(monkeypatch, distance, datatype):
    monkeypatch.setattr(knn, "ALL_PAIRS", 50)
    with made(distance, datatype) as engine:
        check(engine, engine.knn_graph("c", K))


@needs_graph
def test_points_deleted_filtered_and_behind_the_index(monkeypatch):
    monkeypatch.setattr(knn, "ALL_PAIRS", 50)
    with made("Euclid") as engine:
        engine.delete("c", list(range(0, 90, 3)))
        fill(engine, 40, start=POINTS)
        state = engine.index_state("c").vectors[0]
        assert state.indexed < state.points
        found = engine.knn_graph("c", K)
        check(engine, found)
        assert {*range(POINTS, POINTS + 40)} <= set(found.ids)
        check(engine, engine.knn_graph("c", K, query_filter=EVEN), EVEN)


@needs_graph
def test_all_pairs_are_compared_where_walks_do_not_pay(monkeypatch):
    with made("Dot") as engine:
        assert engine.knn_graph("c", K).exact  # few points
        monkeypatch.setattr(knn, "ALL_PAIRS", 50)
        fill(engine, POINTS // 2, start=POINTS)
        assert engine.knn_graph("c", K).exact  # many behind the index
        few = models.Filter(must=[models.HasIdCondition(has_id=list(range(60)))])
        assert engine.knn_graph("c", 55, query_filter=few).indices.shape == (60, 55)


@needs_graph
def test_all_pairs_are_compared_for_very_many_neighbours(monkeypatch):
    monkeypatch.setattr(knn, "ALL_PAIRS", 50)
    with made("Dot") as engine:
        assert not engine.knn_graph("c", K).exact
        assert engine.knn_graph("c", knn.MOST_WALKED + 1).exact
        many = engine.knn_graph("c", 10**9)
        assert many.exact
        assert many.indices.shape == (POINTS, POINTS - 1)


def test_it_is_the_distance_matrix_of_all_points():
    with made("Cosine", count=40) as engine:
        engine.upsert("c", [models.PointStruct(id=1000, vector={})])
        graph = engine.knn_graph("c", 7)
        matrix = engine.distance_matrix("c", limit=7, sample=40)
        assert list(graph.ids) == list(matrix.ids)
        assert graph.indices.ravel().tolist() == matrix.columns.tolist()
        assert graph.scores.ravel().tolist() == matrix.scores.tolist()
        assert engine.knn_graph("c", 1000).indices.shape == (40, 39)


def test_sparse_vectors_without_a_shared_index_are_no_neighbours():
    with Engine(":memory:") as engine:
        engine.create_collection("c", {}, {"s": models.SparseVectorParams()})
        sparse = [[1], [1, 2], [2], [9]]
        engine.upsert(
            "c",
            [
                models.PointStruct(
                    id=n, vector={"s": models.SparseVector(indices=i, values=[1.0] * len(i))}
                )
                for n, i in enumerate(sparse)
            ],
        )
        graph = engine.knn_graph("c", 2, "s")
        assert graph.indices.tolist() == [[1, -1], [0, 2], [1, -1], [-1, -1]]
        assert np.isnan(graph.scores).tolist() == (graph.indices < 0).tolist()


def test_fewer_than_two_points_make_an_empty_graph():
    with made("Dot", count=1) as engine:
        assert list(engine.knn_graph("c").ids) == []


def test_requests_that_make_no_sense():
    with made("Dot", count=3) as engine:
        with pytest.raises(InvalidRequest, match="1 or larger"):
            engine.knn_graph("c", 0)
        with pytest.raises(WrongInput, match="nothing"):
            engine.knn_graph("c", using="nothing")
        with pytest.raises(NotFound):
            engine.knn_graph("none")


@needs_graph
def test_progress_is_told_and_can_end_it(monkeypatch):
    monkeypatch.setattr(knn, "ALL_PAIRS", 50)
    with made("Dot") as engine:
        seen = []
        engine.knn_graph("c", K, progress=lambda done, total: seen.append((done, total)))
        assert seen == sorted(seen)
        assert {total for _, total in seen} == {POINTS}

        def stop(done, total):
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            engine.knn_graph("c", K, progress=stop)
