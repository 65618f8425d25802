"""The matrix that people look at: its order, its formats and files, what travels to the browser."""

import io
import json

import numpy as np
import pytest
from pyarrow import parquet
from qdrant_client import models
from scipy import sparse

from engine import Engine, WrongInput
from explorer.conditions import Flag
from explorer.jobs import Cancelled
from explorer.matrix import (
    Matrices,
    MatrixFormat,
    Question,
    compute,
    seriate,
    write_matrix,
)
from explorer.neighbours import neighbours
from explorer.points import PointMaps

CLUSTERS, EACH = 4, 30


def quiet(*_progress):
    """Report to nobody."""


def never():
    return False


@pytest.fixture(scope="module")
def labels():
    return np.random.default_rng(0).permutation(np.repeat(np.arange(CLUSTERS), EACH))


@pytest.fixture(scope="module", params=["Cosine", "Euclid"])
def client(request, labels):
    rng = np.random.default_rng(1)
    centres = rng.normal(scale=6, size=(CLUSTERS, 12))
    with Engine(":memory:") as engine:
        engine.create_collection(
            "c",
            {"v": models.VectorParams(size=12, distance=request.param)},
            sparse_vectors_config={"s": models.SparseVectorParams()},
        )
        engine.upsert(
            "c",
            [
                models.PointStruct(
                    id=number,
                    vector={"v": (centres[label] + rng.normal(size=12)).tolist()},
                    payload={"even": number % 2 == 0},
                )
                for number, label in enumerate(labels)
            ],
        )
        engine.upsert("c", [models.PointStruct(id=5000, vector={})])
        yield engine


def matrix_of(client, **asked):
    return compute(client, Question("c", "v", **{"sample": 200, "limit": 8, **asked}), quiet, never)


def test_the_order_keeps_clusters_together(client, labels):
    matrix = matrix_of(client)
    along = labels[matrix.seriation.order]
    assert sorted(matrix.seriation.order) == list(range(CLUSTERS * EACH))
    assert (np.diff(along) != 0).sum() == CLUSTERS - 1, "each cluster is one block"
    groups = matrix.seriation.groups[matrix.seriation.order]
    assert (np.diff(groups) >= 0).all(), "groups are numbered along the order"


def test_large_groups_are_divided_and_stay_together(client, labels, monkeypatch):
    monkeypatch.setattr("explorer.matrix.seriation.LEAVES", 12)
    order = matrix_of(client).seriation.order
    assert sorted(order) == list(range(CLUSTERS * EACH))
    assert (np.diff(labels[order]) != 0).sum() < 2 * CLUSTERS


def test_neighbours_in_the_order_are_nearer_than_in_any_order(client):
    found = neighbours(client, "c", "v", 119)
    far = np.zeros((120, 120))
    np.put_along_axis(far, found.indices, found.distances, axis=1)

    def walked(order):
        return far[order[:-1], order[1:]].sum()

    assert walked(seriate(found).order) < 0.7 * walked(np.arange(120))


def test_both_formats_are_those_of_the_api(client):
    asked = {"limit": 8, "sample": 200, "using": "v"}
    matrix = matrix_of(client)
    assert matrix.to_offsets() == client.search_matrix_offsets("c", **asked)
    assert matrix.to_pairs() == client.search_matrix_pairs("c", **asked)


def test_files_hold_the_same_cells(client):
    matrix = matrix_of(client, limit=3)
    rows, columns, scores = matrix.cells
    pairs = json.loads(write_matrix(matrix, MatrixFormat.PAIRS))["pairs"]
    assert [(p["a"], p["b"]) for p in pairs] == list(zip(rows, columns, strict=True))
    offsets = json.loads(write_matrix(matrix, MatrixFormat.OFFSETS))
    assert offsets["offsets_row"] == rows.tolist()
    npz = io.BytesIO(write_matrix(matrix, MatrixFormat.NPZ))
    found = sparse.coo_array(sparse.load_npz(npz))
    np.testing.assert_array_equal((found.row, found.col), (rows, columns))
    np.testing.assert_array_equal(found.data, scores)
    assert np.load(npz)["ids"].tolist() == [str(point) for point in matrix.neighbours.ids]
    table = parquet.read_table(io.BytesIO(write_matrix(matrix, MatrixFormat.PARQUET)))
    assert table.column("a").to_pylist() == rows.tolist()
    np.testing.assert_allclose(table.column("score").to_numpy(), scores)


def test_what_travels_to_the_browser_names_points_by_their_map_index(client):
    matrix = matrix_of(client, ids=(7, 3, 90))
    points = PointMaps(client).points("c", "v")
    words = np.frombuffer(matrix.packed(points), "<u4")
    n, cells = words[:2]
    assert (n, cells) == (3, 6)
    ids = [matrix.neighbours.ids[place] for place in matrix.seriation.order]
    assert [points.ids[index] for index in words[2:5]] == ids
    rows, columns = words[8:14], words[14:20]
    scores = words[20:].view("<f4")
    for row, column, score in zip(rows, columns, scores, strict=True):
        near = neighbours(client, "c", "v", 119, ids=[ids[row], ids[column]])
        assert near.scores[0, 0] == pytest.approx(score, abs=1e-5)
    assert matrix.within(range(1), range(1, 9)) == tuple(ids)


def test_chosen_points_a_filter_and_a_seed(client):
    assert matrix_of(client, ids=(7, 3, 90, 999)).neighbours.ids == (3, 7, 90)
    even = matrix_of(client, conditions=(Flag("even", value=True),), sample=20)
    assert all(point % 2 == 0 for point in even.neighbours.ids)
    assert (
        matrix_of(client, sample=20, seed=4).version == matrix_of(client, sample=20, seed=4).version
    )
    assert (
        matrix_of(client, sample=20, seed=5).version != matrix_of(client, sample=20, seed=4).version
    )


def test_the_request_asks_a_server_the_same(client):
    chosen = Question("c", "v", ids=(7, 3, 90), limit=2, conditions=(Flag("even", value=False),))
    request = chosen.request()
    answer = client.search_matrix_offsets(
        "c", request.filter, request.limit, request.sample, request.using
    )
    assert answer.ids == [3, 7]
    assert answer == compute(client, chosen, quiet, never).to_offsets()


def test_matrices_are_kept_until_points_come_or_go(client):
    kept, question = Matrices(client), Question("c", "v", 50, 5)
    made = kept.matrix(question, quiet, never)
    assert kept.matrix(question, quiet, never) is made
    assert kept.of_version("c", made.version) is made
    client.upsert("c", [models.PointStruct(id=6000, vector={"v": [1.0] * 12})])
    assert kept.kept(question) is None
    client.delete("c", [6000])
    kept.forget("c")
    assert kept.of_version("c", made.version) is None


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"sample": 1}, "compares 2 to 20,000 points, not 1"),
        ({"ids": (1,)}, "compares 2 to 20,000 points, not 1"),
        ({"limit": 0}, "at least 1 neighbour, not 0"),
        ({"sample": 20_000, "limit": 5_000}, "more than 2,000,000 cells. Choose fewer"),
    ],
)
def test_questions_out_of_bounds_say_what_to_change(asked, message):
    with pytest.raises(ValueError, match=message):
        Question("c", "v", **asked)


def test_a_sample_larger_than_the_collection_takes_all_that_have_the_vector(client):
    matrix = matrix_of(client, sample=20_000, limit=100)
    assert len(matrix) == CLUSTERS * EACH
    assert len(matrix_of(client, ids=(5000, 1))) == 0, "one of two lacks the vector"


def test_an_unknown_vector_and_a_cancelled_job(client):
    with pytest.raises(WrongInput, match="no vector 'w'"):
        compute(client, Question("c", "w"), quiet, never)
    with pytest.raises(Cancelled):
        compute(client, Question("c", "v"), quiet, lambda: True)


@pytest.mark.parametrize("points", [2, 3, 5])
def test_few_and_equal_points_have_an_order(points):
    with Engine(":memory:") as engine:
        engine.create_collection("c", models.VectorParams(size=2, distance="Euclid"))
        engine.upload_collection("c", np.ones((points, 2)), ids=range(points))
        matrix = compute(engine, Question("c"), quiet, never)
    assert sorted(matrix.seriation.order) == list(range(points))
    assert (matrix.cells[2] == 0).all()


def test_sparse_vectors_have_a_matrix_with_gaps(client):
    words = models.SparseVector(indices=[1], values=[1.0])
    lonely = models.SparseVector(indices=[9], values=[1.0])
    vectors = {0: words, 1: words, 2: lonely}
    client.update_vectors(
        "c", [models.PointVectors(id=point, vector={"s": v}) for point, v in vectors.items()]
    )
    matrix = compute(client, Question("c", "s"), quiet, never)
    assert len(matrix) == 3
    assert len(matrix.cells[2]) == 2
    assert sorted(seriate(matrix.neighbours).order) == [0, 1, 2]
