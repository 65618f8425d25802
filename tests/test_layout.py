"""Layouts: PCA, UMAP and geography; stored without pickle; new points do not move the old."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qdrant_client import models
from qdrant_client.models import Distance
from scipy import sparse
from sklearn.manifold import trustworthiness

from engine import Engine
from explorer import catalog
from explorer.jobs import Cancelled
from explorer.layout import (
    Layout,
    LayoutError,
    Method,
    Recipe,
    Settings,
    Standing,
    VectorTable,
    coordinates_layout,
    forget,
    lay_out,
    layout_for,
    pca_layout,
    read_vectors,
    store,
    umap,
    umap_layout,
)
from explorer.layout.neighbours import nearest_neighbours
from explorer.layout.pairs import comparable
from explorer.layout.placement import placement
from explorer.layout.quality import measured
from explorer.layout.scaling import to_map_units
from explorer.neighbours import neighbours


def quiet(*_progress):
    """Report to nobody."""


def never():
    return False


def table_of(X, distance=Distance.EUCLID, present=None):
    X = X if sparse.issparse(X) else np.asarray(X, np.float32)
    everywhere = np.ones(X.shape[0], bool)
    return VectorTable(
        tuple(range(X.shape[0])), X, everywhere if present is None else present, distance
    )


def clusters(count, each, dim=20, seed=0):
    """Well separated clusters, and which one each row belongs to."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(scale=10, size=(count, dim))
    labels = np.repeat(np.arange(count), each)
    return (centres[labels] + rng.normal(size=(count * each, dim))).astype(np.float32), labels


def same_cluster_share(xy, labels):
    """How often a point's nearest other point on the map is of its own cluster."""
    distances = np.linalg.norm(xy[:, None] - xy[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    return float((labels[distances.argmin(axis=1)] == labels).mean())


@pytest.fixture
def client():
    with Engine(":memory:") as engine:
        engine.create_collection(
            "fruit", vectors_config=models.VectorParams(size=8, distance=Distance.EUCLID)
        )
        yield engine


def fill(client, ids, seed=0):
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(len(ids), 8))
    client.upsert(
        "fruit",
        [
            models.PointStruct(id=point, vector=vector.tolist())
            for point, vector in zip(ids, vectors, strict=True)
        ],
    )


def test_pca_equals_the_exact_decomposition():
    X = np.random.default_rng(1).normal(size=(300, 40)) * np.linspace(5, 0.1, 40)
    xy = pca_layout(table_of(X)).xy
    centred = X - X.mean(axis=0)
    exact = centred @ np.linalg.svd(centred, full_matrices=False)[2][:2].T
    for axis in range(2):
        assert abs(np.corrcoef(xy[:, axis], exact[:, axis])[0, 1]) > 0.99


@settings(deadline=None)
@given(st.integers(1, 20), st.integers(1, 20), st.integers(0, 3))
def test_pca_of_any_shape_is_finite_and_repeats(rows, dim, seed):
    X = np.random.default_rng(seed).integers(-2, 3, size=(rows, dim))
    first, second = pca_layout(table_of(X)), pca_layout(table_of(X))
    assert np.isfinite(first.xy).all()
    assert first.key == second.key


@pytest.mark.parametrize("rows", [1, 2, 3, 40])
def test_identical_points_share_one_place_in_the_middle(rows):
    xy = pca_layout(table_of(np.ones((rows, 5)))).xy
    np.testing.assert_allclose(xy, 0, atol=1e-5)


def test_sparse_vectors_are_laid_out_too():
    X = sparse.random_array((200, 5000), density=0.01, rng=np.random.default_rng(0)).tocsr()
    table = table_of(X.astype(np.float32), Distance.DOT)
    assert np.isfinite(pca_layout(table).xy).all()
    assert np.isfinite(umap_layout(table, Settings(epochs=5), quiet, never).xy).all()


def test_points_without_the_vector_stand_below_the_others():
    present = np.ones(50, bool)
    present[[3, 7]] = False
    layout = pca_layout(table_of(np.random.default_rng(0).normal(size=(50, 6)), present=present))
    np.testing.assert_array_equal(layout.placed, present)
    assert layout.xy[~present, 1].max() < layout.xy[present, 1].min()
    assert layout.xy[3, 0] != layout.xy[7, 0]


def test_an_outlier_does_not_squash_the_rest():
    xy = np.random.default_rng(0).normal(size=(1000, 2))
    xy[0] = 1e6
    units = to_map_units(xy, np.ones(1000, bool))
    assert np.ptp(units[1:], axis=0).min() > 1
    assert 1.25 < units[0, 0] < 20
    assert units[0, 0] == units[:, 0].max(), "order is kept"


def test_umap_keeps_clusters_together_and_repeats():
    X, labels = clusters(6, 60)
    first = umap_layout(table_of(X), Settings(seed=3), quiet, never)
    assert same_cluster_share(first.xy, labels) > 0.99
    assert umap_layout(table_of(X), Settings(seed=3), quiet, never).key == first.key
    assert umap_layout(table_of(X), Settings(seed=4), quiet, never).key != first.key


@pytest.mark.parametrize("distance", [Distance.COSINE, Distance.DOT, Distance.MANHATTAN])
@pytest.mark.parametrize("rows", [1, 2, 3, 6])
def test_umap_of_few_points_is_finite(rows, distance):
    X = np.random.default_rng(0).normal(size=(rows, 4))
    assert np.isfinite(umap_layout(table_of(X, distance), Settings(), quiet, never).xy).all()


def test_umap_of_identical_points_is_finite():
    assert np.isfinite(umap_layout(table_of(np.ones((30, 4))), Settings(), quiet, never).xy).all()


def test_umap_reports_every_epoch_and_stops_between_two():
    seen = []

    def report(done, total, message):
        if message == "Moving points":
            seen.append((done, total))

    with pytest.raises(Cancelled):
        umap_layout(table_of(clusters(2, 20)[0]), Settings(), report, lambda: len(seen) == 4)
    assert seen == [(0, 500), (1, 500), (2, 500), (3, 500)]


@pytest.mark.parametrize("distance", [Distance.COSINE, Distance.EUCLID, Distance.MANHATTAN])
def test_neighbours_are_the_nearest_others(distance):
    X = np.random.default_rng(2).normal(size=(900, 5)).astype(np.float32)
    rows, distances = nearest_neighbours(X, 4, distance, quiet, never)
    Y = comparable(X, distance)
    differences = np.abs(Y[:, None] - Y[None])
    exact = {
        Distance.COSINE: (differences**2).sum(axis=2) / 2,
        Distance.EUCLID: np.sqrt((differences**2).sum(axis=2)),
        Distance.MANHATTAN: differences.sum(axis=2),
    }[distance]
    np.fill_diagonal(exact, np.inf)
    np.testing.assert_allclose(distances, np.sort(exact, axis=1)[:, :4], atol=2e-3)
    assert not (rows == np.arange(900)[:, None]).any()
    with pytest.raises(Cancelled):
        nearest_neighbours(X, 4, distance, quiet, lambda: True)


def test_a_saved_layout_reads_back_equal(tmp_path):
    layout = pca_layout(table_of(np.eye(5)))
    uuid = "0190d1c2-0000-7000-8000-00000000abcd"
    layout = replace(layout, ids=(uuid, 2**64 - 1, 0, 1, 2), parameters={"seed": 0})
    layout.save(tmp_path / "deep" / "layout.npz")
    back = Layout.load(tmp_path / "deep" / "layout.npz")
    assert (back.ids, back.key, back.method) == (layout.ids, layout.key, Method.PCA)
    np.testing.assert_array_equal(back.xy, layout.xy)
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["layout.npz"]


@pytest.mark.parametrize("keep", [0, 10, 400])
def test_a_damaged_layout_is_named(tmp_path, keep):
    path = tmp_path / "layout.npz"
    pca_layout(table_of(np.eye(5))).save(path)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(LayoutError, match=r"layout\.npz is not a readable layout"):
        Layout.load(path)


def test_layout_for_an_unknown_vector_names_the_known_ones(client):
    with pytest.raises(LayoutError, match="no vector 'colour'; it has ''"):
        layout_for(client, "fruit", "colour", None)


def test_an_empty_collection_has_an_empty_layout(client):
    assert layout_for(client, "fruit", "", None).xy.shape == (0, 2)


def test_named_sparse_and_multi_vectors_are_read():
    with Engine(":memory:") as client:
        many = models.MultiVectorConfig(comparator=models.MultiVectorComparator.MAX_SIM)
        client.create_collection(
            "texts",
            vectors_config={
                "dense": models.VectorParams(size=2, distance=Distance.DOT),
                "tokens": models.VectorParams(
                    size=2, distance=Distance.DOT, multivector_config=many
                ),
            },
            sparse_vectors_config={"words": models.SparseVectorParams()},
        )
        words = models.SparseVector(indices=[7, 4_000_000_000], values=[1.0, 2.0])
        client.upsert(
            "texts",
            [
                models.PointStruct(id=1, vector={"dense": [1, 2], "words": words}),
                models.PointStruct(id=2, vector={"tokens": [[1, 2], [3, 4]]}),
            ],
        )
        dense = read_vectors(client, "texts", "dense")
        np.testing.assert_array_equal(dense.X, [[1, 2], [0, 0]])
        np.testing.assert_array_equal(dense.present, [True, False])
        np.testing.assert_array_equal(read_vectors(client, "texts", "tokens").X, [[0, 0], [2, 3]])
        found = read_vectors(client, "texts", "words")
        np.testing.assert_array_equal(found.X.toarray(), [[1, 2], [0, 0]])


def test_a_stored_layout_is_found_again_until_forgotten(client, tmp_path):
    fill(client, range(60))
    made = lay_out(client, "fruit", Recipe(""), tmp_path, quiet, never)
    assert layout_for(client, "fruit", "", tmp_path).key == made.key
    forget("fruit", tmp_path)
    assert layout_for(client, "fruit", "", tmp_path).method is Method.PCA


def test_new_points_find_a_place_and_the_old_ones_stay(client, tmp_path):
    fill(client, range(60))
    made = lay_out(client, "fruit", Recipe(""), tmp_path, quiet, never)
    twin = client.retrieve("fruit", [10], with_vectors=True)[0].vector
    client.upsert("fruit", [models.PointStruct(id=1000, vector=twin)])
    client.delete("fruit", [0])
    grown = layout_for(client, "fruit", "", tmp_path)
    assert grown.method is Method.UMAP
    assert grown.ids == (*range(1, 60), 1000)
    np.testing.assert_array_equal(grown.xy[:-1], made.xy[1:])
    np.testing.assert_allclose(grown.xy[-1], made.xy[10], atol=0.05)


def test_a_point_with_another_vector_moves_and_the_others_stay(client, tmp_path):
    fill(client, range(60))
    made = lay_out(client, "fruit", Recipe(""), tmp_path, quiet, never)
    twin = client.retrieve("fruit", [10], with_vectors=True)[0].vector
    client.upsert("fruit", [models.PointStruct(id=20, vector=twin)])
    changed = layout_for(client, "fruit", "", tmp_path)
    moved = (changed.xy != made.xy).any(axis=1)
    assert np.nonzero(moved)[0].tolist() == [20]


def test_a_stored_layout_of_other_points_is_not_used(client, tmp_path):
    fill(client, range(60))
    lay_out(client, "fruit", Recipe("", settings=Settings(epochs=5)), tmp_path, quiet, never)
    fill(client, range(60), seed=1)
    assert layout_for(client, "fruit", "", tmp_path).method is Method.PCA


def test_a_damaged_stored_layout_gives_way_to_pca(client, tmp_path, caplog):
    fill(client, range(9))
    store(pca_layout(read_vectors(client, "fruit", "")), "fruit", "", tmp_path)
    (path,) = tmp_path.iterdir()
    path.write_bytes(b"PK")
    assert layout_for(client, "fruit", "", tmp_path).method is Method.PCA
    assert "delete it" in caplog.text


def test_names_that_look_alike_have_files_of_their_own(tmp_path):
    layout = pca_layout(table_of(np.eye(3)))
    for name in ("a/b", "a_b", "ä", "x" * 200):
        store(layout, name, "", tmp_path)
        store(layout, name, "other", tmp_path)
    assert len(list(tmp_path.iterdir())) == 8
    forget("a/b", tmp_path)
    assert len(list(tmp_path.iterdir())) == 6


def test_a_bundled_set_brings_its_layout():
    with Engine(":memory:") as client:
        catalog.load(client, "cars")
        layout = layout_for(client, "cars", "", None)
        assert layout.method is Method.SHIPPED
        np.testing.assert_allclose(
            np.corrcoef(layout.xy[:, 0], catalog.layout("cars")[1][:, 0])[0, 1], 1, atol=0.05
        )


def test_a_collection_that_only_shares_the_name_does_not_get_the_shipped_layout(client):
    client.create_collection(
        "cars", vectors_config=models.VectorParams(size=2, distance=Distance.EUCLID)
    )
    client.upsert("cars", [models.PointStruct(id=i, vector=[i, 1]) for i in range(5)])
    assert layout_for(client, "cars", "", None).method is Method.PCA


def test_geography_has_north_up_and_east_right(client):
    client.upsert(
        "fruit",
        [
            models.PointStruct(id=1, vector=[0] * 8, payload={"at": {"lat": 60, "lon": 10}}),
            models.PointStruct(id=2, vector=[1] * 8, payload={"at": {"lat": 60, "lon": 30}}),
            models.PointStruct(id=3, vector=[2] * 8, payload={"at": {"lat": 50, "lon": 10}}),
            models.PointStruct(id=4, vector=[3] * 8, payload={"at": "nowhere"}),
        ],
    )
    layout = coordinates_layout(client, "fruit", ["at"], read_vectors(client, "fruit", ""))
    (x1, y1), (x2, y2), (x3, y3) = layout.xy[:3].tolist()
    assert x2 > x1 == x3
    assert y1 == y2 > y3
    assert layout.placed.tolist() == [True, True, True, False]
    with pytest.raises(LayoutError, match="No point of 'fruit' has coordinates in the field 'at2'"):
        coordinates_layout(client, "fruit", ["at2"], read_vectors(client, "fruit", ""))


@pytest.mark.parametrize("distance", [Distance.COSINE, Distance.EUCLID, Distance.MANHATTAN])
def test_points_outside_the_sample_follow_it_and_say_so(distance):
    X, labels = clusters(6, 60)
    layout = umap_layout(table_of(X, distance), Settings(sample=120), quiet, never)
    assert layout.guessed is not None
    assert layout.guessed.sum() == 240
    assert same_cluster_share(layout.xy, labels) > 0.95
    standings = layout.standings()
    assert standings.count(Standing.GUESSED) == 240
    assert standings.count(Standing.LAID_OUT) == 120
    np.testing.assert_array_equal(np.isnan(layout.quality.distortion), layout.guessed)


def test_a_layout_in_space_has_three_coordinates_that_keep_clusters(tmp_path):
    X, labels = clusters(6, 40)
    layout = umap_layout(table_of(X), Settings(dimensions=3, epochs=100), quiet, never)
    assert layout.places.shape == (240, 3)
    assert layout.dimensions == 3
    assert np.ptp(layout.places, axis=0).min() > 0.5
    assert same_cluster_share(layout.places, labels) > 0.99
    np.testing.assert_array_equal(layout.xy, layout.places[:, :2])
    layout.save(tmp_path / "space.npz")
    back = Layout.load(tmp_path / "space.npz")
    assert back.key == layout.key
    assert back.quality.trustworthiness == layout.quality.trustworthiness


def test_the_picture_moves_while_umap_runs(monkeypatch):
    monkeypatch.setattr(umap, "SHOWN_EVERY", 0.0)
    monkeypatch.setattr(umap, "SHARE_SHOWN", np.inf)
    shown: list[np.ndarray] = []
    layout = umap_layout(
        table_of(clusters(3, 20)[0]), Settings(sample=40, epochs=9), quiet, never, shown.append
    )
    assert [places.shape for places in shown] == [(60, 2)] * 9
    np.testing.assert_array_equal(shown[-1], layout.places)
    assert (shown[0] != shown[-1]).any()


@pytest.mark.parametrize("rows", [30, 400, 2600])
def test_trustworthiness_is_that_of_scikit_learn(rows):
    rng = np.random.default_rng(1)
    X = rng.normal(size=(rows, 12)).astype(np.float32)
    places = (X[:, :2] + rng.normal(size=(rows, 2))).astype(np.float32)
    found = measured(X, places, Distance.EUCLID, quiet, never)
    expected = trustworthiness(X, places, n_neighbors=min(15, (rows - 1) // 2))
    assert found.trustworthiness == pytest.approx(expected, abs=1e-6 if rows <= 2000 else 0.01)


def test_distortion_is_the_share_of_strangers_among_the_neighbours_on_the_map():
    X = np.arange(40, dtype=np.float32)[:, None] * [1, 0]
    swapped = X.copy()
    swapped[[0, 39]] = swapped[[39, 0]]
    found = measured(X, swapped, Distance.EUCLID, quiet, never)
    assert found.distortion[0] == 1
    assert found.distortion[20] == 0
    rows, _ = nearest_neighbours(X, 15, Distance.EUCLID, quiet, never)
    again = measured(X, swapped, Distance.EUCLID, quiet, never, nearest=rows)
    np.testing.assert_allclose(again.distortion, found.distortion, atol=1e-6)
    for few in range(4):
        assert measured(X[:few], X[:few], Distance.EUCLID, quiet, never) is None


@pytest.mark.parametrize("distance", [Distance.COSINE, Distance.EUCLID])
def test_followers_found_in_fewer_dimensions_are_nearly_those_of_all(monkeypatch, distance):
    X, _ = clusters(10, 60, dim=120)
    known, new = np.arange(0, 600, 2), np.arange(1, 600, 2)
    exact = placement(X, new, known, distance)
    monkeypatch.setattr("explorer.layout.placement.WORTH_REDUCING", 0)
    found = placement(X, new, known, distance)
    shared = [len({*a} & {*b}) for a, b in zip(exact.rows, found.rows, strict=True)]
    assert np.mean(shared) > 4
    np.testing.assert_allclose(found.weights.sum(axis=1), 1, atol=1e-5)


def test_a_million_followers_would_be_pulled_by_some_of_the_known(monkeypatch):
    X, labels = clusters(4, 100)
    known, new = np.arange(0, 400, 2), np.arange(1, 400, 2)
    monkeypatch.setattr("explorer.layout.placement.MOST", 40 * len(new))
    found = placement(X, new, known, Distance.EUCLID)
    assert len(np.unique(found.rows)) <= 40
    np.testing.assert_array_equal(labels[known][found.rows[:, 0]], labels[new])


@pytest.mark.parametrize("distance", [Distance.COSINE, Distance.DOT, Distance.EUCLID])
def test_a_matrix_is_laid_out_and_the_others_follow(distance):
    X, labels = clusters(5, 40)
    with Engine(":memory:") as engine:
        engine.create_collection("c", models.VectorParams(size=20, distance=distance))
        engine.upload_collection("c", X, ids=range(len(X)))
        matrix = neighbours(engine, "c", k=15, sample=120, seed=3)
        table = read_vectors(engine, "c", "")
    layout = umap_layout(table, Settings(), quiet, never, matrix=matrix)
    followed = np.setdiff1d(np.arange(200), matrix.ids)
    np.testing.assert_array_equal(np.flatnonzero(layout.guessed), followed)
    assert same_cluster_share(layout.xy, labels) > 0.9
    gone = table_of(X[:100], distance)
    with pytest.raises(LayoutError, match=r"Point 1\d\d is gone. Compute the matrix anew"):
        umap_layout(gone, Settings(), quiet, never, matrix=matrix)


def test_a_sparse_matrix_with_lonely_points_is_laid_out():
    with Engine(":memory:") as engine:
        engine.create_collection("c", {}, sparse_vectors_config={"s": models.SparseVectorParams()})
        words = [[0, 1], [0, 1], [0, 2], [7], [8]]
        engine.upsert(
            "c",
            [
                models.PointStruct(
                    id=number,
                    vector={"s": models.SparseVector(indices=found, values=[1.0] * len(found))},
                )
                for number, found in enumerate(words)
            ],
        )
        matrix = neighbours(engine, "c", "s", k=4)
        layout = umap_layout(
            read_vectors(engine, "c", "s"), Settings(), quiet, never, matrix=matrix
        )
    assert np.isfinite(layout.xy).all()


def test_the_same_recipe_is_found_again_until_the_vectors_change(client, tmp_path):
    fill(client, range(60))
    recipe = Recipe("", settings=Settings(epochs=7))
    made = lay_out(client, "fruit", recipe, tmp_path, quiet, never)
    lay_out(client, "fruit", Recipe("", Method.PCA), tmp_path, quiet, never)
    seen = []
    again = lay_out(client, "fruit", recipe, tmp_path, lambda *at: seen.append(at), never)
    assert again.key == made.key
    assert seen == []
    assert layout_for(client, "fruit", "", tmp_path).key == made.key
    fill(client, range(60), seed=5)
    assert lay_out(client, "fruit", recipe, tmp_path, quiet, never).key != made.key
    for seed in range(14):
        other = Recipe("", Method.PCA, Settings(seed=seed))
        lay_out(client, "fruit", other, tmp_path, quiet, never)
    assert len(list((tmp_path / "made").iterdir())) == 12
    forget("fruit", tmp_path)
    assert list((tmp_path / "made").iterdir()) == []


def test_the_hints_name_the_shipped_layout_whatever_the_collection_is_called():
    with Engine(":memory:") as client:
        catalog.load(client, "cars")
        info = client.get_collection("cars")
        client.create_collection("autos", info.config.params.vectors, metadata=info.config.metadata)
        records, _ = client.scroll("cars", limit=300, with_vectors=True)
        points = [models.PointStruct(id=r.id, vector=r.vector) for r in records]
        client.upsert("autos", [*points, models.PointStruct(id=9000, vector=records[7].vector)])
        layout = layout_for(client, "autos", "", None)
    assert layout.method is Method.SHIPPED
    assert np.flatnonzero(layout.guessed).tolist() == [300]
    np.testing.assert_allclose(layout.xy[300], layout.xy[7], atol=0.05)


def test_numbers_in_the_payload_are_coordinates_too(client):
    payloads = [{"x": 1, "y": [10.0]}, {"x": 2, "y": 30}, {"x": None, "y": 1}, {"x": "2"}]
    client.upsert(
        "fruit",
        [
            models.PointStruct(id=number, vector=[number] * 8, payload=payload)
            for number, payload in enumerate(payloads)
        ],
    )
    table = read_vectors(client, "fruit", "")
    layout = coordinates_layout(client, "fruit", ["x", "y"], table)
    assert layout.placed.tolist() == [True, True, False, False]
    assert (layout.xy[1] > layout.xy[0]).all()
    assert np.isfinite(layout.xy).all()
    with pytest.raises(LayoutError, match="4 fields are no coordinates"):
        coordinates_layout(client, "fruit", ["a", "b", "c", "d"], table)
