"""Nearest neighbours against brute force, embedded and through a server."""

from __future__ import annotations

import numpy as np
import pytest
from qdrant_client import QdrantClient, models

from engine import Engine, WrongInput
from explorer import neighbours as module
from explorer.client import reader
from explorer.jobs import Cancelled
from explorer.neighbours import Neighbours, neighbours
from tests.api_serving import serving

DISTANCES = ["Cosine", "Dot", "Euclid", "Manhattan"]
POINTS = 90
LACKING = (7, 50)
EVEN = models.Filter(must=[models.FieldCondition(key="even", match=models.MatchValue(value=True))])


def vectors() -> np.ndarray:
    return np.random.default_rng(3).standard_normal((POINTS, 5)).astype(np.float32)


def fill(engine: Engine) -> None:
    engine.create_collection(
        "c",
        {name: models.VectorParams(size=5, distance=name) for name in DISTANCES},
        sparse_vectors_config={"sparse": models.SparseVectorParams()},
    )
    points = []
    for number, vector in enumerate(vectors()):
        named = {} if number in LACKING else dict.fromkeys(DISTANCES, vector.tolist())
        if number % 9 == 0:
            named["sparse"] = models.SparseVector(indices=[number % 2], values=[1.0 + number])
        payload = {"even": number % 2 == 0}
        points.append(models.PointStruct(id=number, vector=named, payload=payload))
    engine.upsert("c", points)


@pytest.fixture(scope="module")
def clients():
    with serving() as served:
        fill(served.engine)
        client = QdrantClient(url=served.url, check_compatibility=False)
        yield {"embedded": served.engine, "remote": client}
        client.close()


@pytest.fixture(params=["embedded", "remote"])
def client(clients, request):
    return clients[request.param]


def brute_force(metric: str, kept: list[int]) -> np.ndarray:
    """Return scores (n, n) as nearest queries show them, the diagonal the worst of all."""
    X = vectors()[kept].astype(float)
    if metric == "Cosine":
        X /= np.linalg.norm(X, axis=1, keepdims=True)
    if metric in ("Cosine", "Dot"):
        scores = X @ X.T
    else:
        order = 2 if metric == "Euclid" else 1
        scores = np.linalg.norm(X[:, None] - X, ord=order, axis=2)
    np.fill_diagonal(scores, -np.inf if metric in ("Cosine", "Dot") else np.inf)
    return scores


def check(found: Neighbours, metric: str, kept: list[int], k: int) -> None:
    assert found.ids == tuple(kept)
    assert found.larger_is_better == (metric in ("Cosine", "Dot"))
    scores = brute_force(metric, kept)
    order = np.argsort(-scores if found.larger_is_better else scores, axis=1)[:, :k]
    np.testing.assert_array_equal(found.indices, order)
    expected = np.take_along_axis(scores, order, axis=1)
    np.testing.assert_allclose(found.scores, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("metric", DISTANCES)
def test_neighbours_are_those_of_all_pairs(client, metric):
    kept = [number for number in range(POINTS) if number not in LACKING]
    check(neighbours(client, "c", metric, 6), metric, kept, 6)


def test_who_may_only_read_may_compare(clients):
    found = neighbours(reader(clients["embedded"]), "c", "Dot", 3)
    assert len(found) == POINTS - len(LACKING)


@pytest.mark.parametrize("metric", ["Cosine", "Euclid"])
def test_a_filter_and_ids_narrow_the_points(client, metric):
    asked = [*range(30), 4_000]
    kept = [number for number in range(0, 30, 2) if number not in LACKING]
    check(neighbours(client, "c", metric, 4, wanted=EVEN, ids=asked), metric, kept, 4)


def test_a_sample_is_drawn_again_by_the_same_seed(client):
    first, again, other = (
        neighbours(client, "c", "Dot", 3, sample=20, seed=seed) for seed in (1, 1, 2)
    )
    assert len(first) == 20
    assert first.ids == again.ids != other.ids
    check(first, "Dot", list(first.ids), 3)


def test_there_are_no_more_neighbours_than_other_points(client):
    found = neighbours(client, "c", "Euclid", 15, ids=[1, 2, 3])
    assert found.indices.shape == found.scores.shape == (3, 2)
    assert found.filled.all()


@pytest.mark.parametrize("ids", [[], [1], [7, 1]])
def test_one_point_alone_has_no_neighbours(client, ids):
    found = neighbours(client, "c", "Euclid", 15, ids=ids)
    assert len(found) == found.k == 0


def test_sparse_vectors_that_share_no_index_are_no_neighbours(client):
    found = neighbours(client, "c", "sparse", 15)
    assert found.ids == tuple(range(0, POINTS, 9))
    for row, point in enumerate(found.ids):
        near = {found.ids[place] for place in found.indices[row] if place >= 0}
        assert near == {other for other in found.ids if other % 2 == point % 2} - {point}
    assert np.isnan(found.scores[~found.filled]).all()
    assert np.isinf(found.distances[~found.filled]).all()
    assert (found.distances[found.filled] >= 0).all()


def test_distances_are_small_for_near_points():
    indices = np.array([[1, 2]], np.int32)
    scores = np.array([[0.9, 0.4]], np.float32)
    cosine = Neighbours((1, 2, 3), indices, scores, larger_is_better=True)
    np.testing.assert_allclose(cosine.distances, [[0.1, 0.6]], rtol=1e-5)
    dot = Neighbours((1, 2, 3), indices, scores * 10, larger_is_better=True)
    np.testing.assert_allclose(dot.distances, [[0, 5]])
    euclid = Neighbours((1, 2, 3), indices, scores, larger_is_better=False)
    np.testing.assert_array_equal(euclid.distances, scores)
    assert cosine.places == {1: 0, 2: 1, 3: 2}


def test_an_unknown_vector_is_named_with_the_known_ones(client):
    with pytest.raises(WrongInput, match=r"'nope'.*'Cosine'.*'sparse'"):
        neighbours(client, "c", "nope")


def test_progress_is_told_and_the_work_can_be_stopped(client, monkeypatch):
    monkeypatch.setattr(module, "ASKED", 40)
    told = []
    neighbours(client, "c", "Dot", report=lambda *progress: told.append(progress))
    assert told[0] == (0, POINTS - len(LACKING), "Finding neighbours")
    with pytest.raises(Cancelled):
        neighbours(client, "c", "Dot", stopped=lambda: True)
