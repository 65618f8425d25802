"""Finding clusters: methods beside scikit-learn and igraph, samples, names, bad input."""

from contextlib import closing

import igraph
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from qdrant_client import QdrantClient, models
from sklearn.cluster import HDBSCAN
from sklearn.cluster import KMeans as Lloyd
from sklearn.datasets import load_digits, make_blobs
from sklearn.metrics import adjusted_rand_score, pairwise_distances

from engine import Engine
from explorer.clusters.ground import NOISE, Ground, by_size
from explorer.clusters.hdbscan import Hdbscan
from explorer.clusters.kmeans import KMeans
from explorer.clusters.leiden import Leiden
from explorer.clusters.portrait import portrayed
from explorer.clusters.sample import Choice, ClusteringError, read_sample
from explorer.clusters.stability import stability, verdict
from explorer.clusters.study import Question, Studies
from explorer.conditions import AnyOf
from explorer.jobs import Cancelled
from explorer.nearest import Nearest, within
from explorer.written import take_back, write_values
from tests.api_serving import serving

METHODS = (Leiden(), Hdbscan(), Hdbscan(adopts=True), KMeans(4))


def quiet(_done, _total, _message):
    """Listen to progress and say nothing."""


def never():
    return False


def ground(X, k: int) -> Ground:
    """Every row with its k nearest others, by brute force."""
    between = pairwise_distances(X)
    np.fill_diagonal(between, np.inf)
    near = np.argsort(between, axis=1, kind="stable")[:, :k]
    distances = np.take_along_axis(between, near, axis=1)
    return Ground(X.astype(np.float32), near.astype(np.int32), distances.astype(np.float32))


def blobs(n: int = 300, centres: int = 4, spread: float = 0.6):
    X, truth = make_blobs(n, centers=centres, n_features=5, cluster_std=spread, random_state=3)
    return X.astype(np.float32), truth


def labels(method, points: Ground, seed: int = 0):
    return method.labels(points, seed, never)


# Methods


@pytest.mark.parametrize("core", [2, 5, 10])
def test_hdbscan_on_all_links_is_scikit_learns_on_vectors(core):
    X, _ = blobs(spread=1.5)
    expected = HDBSCAN(min_cluster_size=15, min_samples=core, copy=True).fit(X).labels_
    method = Hdbscan(neighbours=len(X) - 1, smallest=15, core=core)
    found = labels(method, ground(X, len(X) - 1))
    assert adjusted_rand_score(expected, found) > 0.999  # ties may fall to either side
    assert (found == NOISE).sum() == (expected == NOISE).sum()


def test_hdbscan_needs_only_a_few_links():
    X, truth = blobs()
    found = labels(Hdbscan(), ground(X, 15))
    inside = found != NOISE
    assert inside.mean() > 0.8
    assert adjusted_rand_score(truth[inside], found[inside]) == 1


def test_adopted_noise_joins_the_cluster_around_it():
    X, truth = blobs(spread=2.5)
    near = ground(X, 15)
    before, after = (labels(Hdbscan(adopts=adopts), near) for adopts in (False, True))
    assert (before == NOISE).mean() > 0.1
    assert (after != NOISE).all()
    assert adjusted_rand_score(truth, after) > adjusted_rand_score(truth, before)


def test_leiden_is_igraphs_partition_of_the_same_graph():
    X, truth = blobs()
    near = ground(X, 10)
    links = near.choices()
    graph = igraph.Graph.Weighted_Adjacency(links.toarray(), mode="undirected")
    best = graph.community_leiden("modularity", weights="weight", n_iterations=-1)
    found = labels(Leiden(neighbours=10), near)
    ours = graph.modularity(found.tolist(), weights="weight")
    assert ours == pytest.approx(best.modularity, abs=1e-3)
    assert adjusted_rand_score(truth, found) > 0.9


def test_more_resolution_makes_more_communities():
    near = ground(blobs(spread=2)[0], 15)
    few, many = (labels(Leiden(resolution=r), near).max() for r in (0.3, 3.0))
    assert many > few


def test_kmeans_is_as_good_as_lloyds():
    X, truth = blobs()
    found = labels(KMeans(4), ground(X, 5))
    assert adjusted_rand_score(truth, found) == 1
    assert adjusted_rand_score(Lloyd(4, n_init=3, random_state=0).fit_predict(X), found) == 1


@pytest.mark.parametrize("method", METHODS, ids=str)
def test_the_same_seed_gives_the_same_clusters(method):
    near = ground(blobs(spread=2)[0], 15)
    assert labels(method, near, 7).tolist() == labels(method, near, 7).tolist()


@pytest.mark.parametrize("method", METHODS, ids=str)
def test_clusters_are_numbered_by_size(method):
    found = labels(method, ground(blobs(spread=1.5)[0], 15))
    sizes = np.bincount(found[found != NOISE])
    assert sizes.tolist() == sorted(sizes, reverse=True)


@pytest.mark.parametrize("method", METHODS, ids=str)
def test_identical_points_are_one_cluster(method):
    found = labels(method, ground(np.ones((12, 3)), 5))
    assert found.tolist() == [0] * 12


@pytest.mark.parametrize("method", METHODS, ids=str)
def test_three_points_are_no_error(method):
    found = labels(method, ground(np.eye(3), 2))
    assert len(found) == 3


@pytest.mark.parametrize("method", [Leiden(), Hdbscan(), Hdbscan(adopts=True)], ids=str)
def test_points_without_any_link_are_noise(method):
    X, _ = blobs(60, 2)
    near = ground(X, 5)
    near.indices[:2], near.distances[:2] = -1, np.inf
    near.distances[near.indices < 2] = np.inf
    near.indices[near.indices < 2] = -1
    assert labels(method, near)[:2].tolist() == [NOISE, NOISE]


@pytest.mark.parametrize("method", METHODS, ids=str)
def test_a_stopped_method_says_so(method):
    with pytest.raises(Cancelled):
        method.labels(ground(np.eye(6), 3), 0, lambda: True)


@given(arrays(np.int64, st.integers(1, 40), elements=st.integers(-1, 6)), st.integers(1, 4))
def test_renumbering_keeps_the_partition(found, least):
    renumbered = by_size(found, least)
    sizes = np.bincount(renumbered[renumbered >= 0])
    assert sizes.tolist() == sorted(sizes, reverse=True)
    assert (sizes >= least).all()
    for old in set(found.tolist()) - {-1}:
        inside = found == old
        assert len(set(renumbered[inside].tolist())) == 1
        assert (renumbered[inside][0] == NOISE) == (inside.sum() < least)
    assert (renumbered[found < 0] == NOISE).all()


def test_ground_among_some_rows_knows_only_their_links():
    near = ground(np.arange(10.0)[:, None], 3)
    part = near.among(np.array([0, 1, 5, 6]))
    kept = part.indices >= 0
    assert part.indices[0][kept[0]].tolist() == [1]
    assert part.indices[3][kept[3]].tolist() == [2]
    assert np.isinf(part.distances[~kept]).all()
    assert part.X[:, 0].tolist() == [0, 1, 5, 6]


def test_goals_on_digits():
    """Agreement with the true digits: the adjusted Rand index of 0.85 that is asked for."""
    digits = load_digits()
    X = digits.data / np.linalg.norm(digits.data, axis=1, keepdims=True)
    near = ground(X, 15)
    assert adjusted_rand_score(digits.target, labels(Leiden(), near)) >= 0.85
    assert adjusted_rand_score(digits.target, labels(Hdbscan(adopts=True), near)) >= 0.8


# Studies


@pytest.fixture
def client():
    with Engine(":memory:") as engine:
        yield engine


def fill(client, X, payloads=None, name="things", distance=models.Distance.EUCLID) -> None:
    config = models.VectorParams(size=X.shape[1], distance=distance)
    client.create_collection(name, vectors_config=config)
    payloads = payloads or [{}] * len(X)
    points = [
        models.PointStruct(id=i, vector=x.tolist(), payload=p)
        for i, (x, p) in enumerate(zip(X, payloads, strict=True))
    ]
    if points:
        client.upsert(name, points)


def study(client, method=None, stopped=never, **choice):
    question = Question(Choice("things", **choice), method or Leiden())
    return Studies(client, Nearest(client)).study(question, quiet, stopped)


@pytest.mark.parametrize("method", METHODS, ids=str)
@pytest.mark.parametrize("distance", list(models.Distance))
def test_every_method_and_distance_finds_plain_clusters(client, method, distance):
    X, truth = blobs(120, 3, 0.4)
    fill(client, X, distance=distance)
    method = KMeans(3) if isinstance(method, KMeans) else method
    found = study(client, method).clusters
    inside = found.labels != NOISE
    assert inside.mean() > 0.7
    assert adjusted_rand_score(truth[inside], found.labels[inside]) > 0.6


def test_the_medoid_is_the_point_with_the_least_distance_to_the_others(client):
    X, _ = blobs(100, 2)
    fill(client, X, distance=models.Distance.COSINE)
    clusters = study(client).clusters
    for portrait in clusters.portraits:
        members = np.array(clusters.ids(portrait.cluster))
        between = pairwise_distances(X[members], metric="cosine")
        assert portrait.typical[0] == members[between.sum(axis=1).argmin()]
        assert portrait.size == len(members)


def test_clusters_are_named_by_what_sets_them_apart(client):
    X, truth = blobs(90, 3, 0.3)
    kinds = ["apple", "carpet", "engine"]
    payloads = [
        {"text": f"a {kinds[t]} of some sort {i}", "kind": kinds[t]} for i, t in enumerate(truth)
    ]
    fill(client, X, payloads)
    clusters = study(client).clusters
    for portrait in clusters.portraits:
        kind = kinds[truth[clusters.ids(portrait.cluster)[0]]]
        assert portrait.name.startswith(kind)
        assert portrait.contrast.values[0].share == 1


def test_without_payload_clusters_are_numbered(client):
    X, _ = blobs(60, 2, 0.3)
    fill(client, X)
    names = [portrait.name for portrait in study(client).clusters.portraits]
    assert names == [f"Cluster {n}" for n in range(1, len(names) + 1)]


def test_a_sample_is_drawn_by_its_seed(client):
    X, _ = blobs(200)
    fill(client, X)
    first, again, other = (study(client, size=50, seed=seed).sample.ids for seed in (1, 1, 2))
    assert first == again != other
    assert len(first) == 50
    assert study(client, size=1_000).sample.ids == tuple(range(200))


def test_conditions_choose_the_points(client):
    X, truth = blobs(120, 3)
    fill(client, X, [{"blob": f"blob {t}"} for t in truth])
    clusters = study(client, conditions=(AnyOf("blob", ("blob 0", "blob 2")),)).clusters
    assert set(truth[list(clusters.sample.ids)]) == {0, 2}
    assert len(clusters.portraits) == 2


@pytest.mark.parametrize("count", [0, 1, 2])
def test_fewer_than_three_points_are_told(client, count):
    fill(client, np.eye(5)[:count])
    with pytest.raises(ClusteringError, match="clusters need at least 3"):
        study(client)


def test_points_without_the_vector_are_left_out(client):
    X, _ = blobs(60, 2)
    config = {name: models.VectorParams(size=5, distance=models.Distance.COSINE) for name in "ab"}
    client.create_collection("things", vectors_config=config)
    points = [
        models.PointStruct(id=i, vector={"a": x.tolist()} if i % 2 else {"b": x.tolist()})
        for i, x in enumerate(X)
    ]
    client.upsert("things", points)
    assert study(client, using="a").sample.ids == tuple(range(1, 60, 2))


@pytest.mark.parametrize("method", METHODS, ids=str)
def test_sparse_vectors_are_clustered(client, method):
    client.create_collection(
        "things", vectors_config={}, sparse_vectors_config={"words": models.SparseVectorParams()}
    )
    rng = np.random.default_rng(0)
    for i in range(60):
        words = 100 * (i % 2) + rng.choice(20, 8, replace=False)
        vector = models.SparseVector(indices=words.tolist(), values=rng.random(8).tolist())
        client.upsert("things", [models.PointStruct(id=i, vector={"words": vector})])
    method = KMeans(2) if isinstance(method, KMeans) else method
    found = study(client, method, using="words").clusters.labels
    assert adjusted_rand_score(np.arange(60) % 2, found) > 0.5 or (found == NOISE).all()


def test_multivectors_are_clustered(client):
    config = models.VectorParams(
        size=5,
        distance=models.Distance.COSINE,
        multivector_config=models.MultiVectorConfig(
            comparator=models.MultiVectorComparator.MAX_SIM
        ),
    )
    client.create_collection("things", vectors_config={"tokens": config})
    X, truth = blobs(60, 2, 0.2)
    points = [
        models.PointStruct(id=i, vector={"tokens": [x.tolist(), (1.1 * x).tolist()]})
        for i, x in enumerate(X)
    ]
    client.upsert("things", points)
    assert adjusted_rand_score(truth, study(client, using="tokens").clusters.labels) > 0.9


def test_all_noise_has_no_portraits(client):
    rng = np.random.default_rng(0)
    fill(client, rng.random((40, 8)))
    clusters = study(client, Hdbscan(smallest=30)).clusters
    assert clusters.noise == 40
    assert clusters.portraits == ()


def test_a_study_is_kept_until_the_collection_changes(client):
    X, _ = blobs(60, 2)
    fill(client, X)
    studies, question = Studies(client, Nearest(client)), Question(Choice("things"), Leiden())
    assert studies.kept(question) is None
    first = studies.study(question, quiet, never)
    assert studies.kept(question) is first
    finer = studies.study(Question(Choice("things"), Leiden(resolution=3)), quiet, never)
    assert finer.sample is first.sample
    client.set_payload("things", {"seen": True}, points=[1])
    assert studies.kept(question) is None
    studies.forget("things")
    assert studies.study(question, quiet, never) is not first


def test_a_stopped_study_says_so(client):
    fill(client, blobs(60, 2)[0])
    with pytest.raises(Cancelled):
        study(client, stopped=lambda: True)


def test_points_that_went_meanwhile_have_no_neighbours(client):
    fill(client, blobs(60, 2)[0])
    sample = read_sample(client, Choice("things"), quiet, never)
    client.delete("things", models.PointIdsList(points=[0, 7]))
    near = sample.ground(within(client, sample.scope(5)))
    assert (near.indices[[0, 7]] == -1).all()
    assert not np.isin(near.indices, (0, 7)).any()
    found = Leiden().labels(near, 0, never)
    assert portrayed(sample, found).noise == 2


def test_a_server_finds_the_same_clusters_and_takes_the_field():
    X, truth = blobs(90, 3, 0.3)
    with serving() as served, closing(QdrantClient(url=served.url)) as remote:
        fill(served.engine, X, [{"kind": f"blob {t}"} for t in truth])
        for method in METHODS:
            question = Question(Choice("things", size=80, seed=1), method)
            near, far = (
                Studies(c, Nearest(c)).study(question, quiet, never).clusters
                for c in (served.engine, remote)
            )
            assert near.sample.ids == far.sample.ids
            assert near.labels.tolist() == far.labels.tolist()
            assert near.portraits == far.portraits
        before = served.engine.scroll("things", limit=100)[0]
        done = write_values(remote, "things", "cluster", far.called(), quiet, never)
        kept = models.Filter(must=[models.IsEmptyCondition(is_empty={"key": "cluster"})])
        assert served.engine.count("things", kept).count == 10
        take_back(remote, done, quiet, never)
        assert served.engine.scroll("things", limit=100)[0] == before


# Stability


def test_plain_clusters_are_found_again(client):
    fill(client, blobs(200, 3, 0.3)[0])
    found = stability(study(client, Hdbscan()), quiet, never, rounds=4)
    assert found.agreement > 0.95
    assert min(found.jaccard.values()) > 0.9
    assert verdict(min(found.jaccard.values())) == "very stable"


def test_clusters_of_nothing_are_not_found_again(client):
    rng = np.random.default_rng(1)
    fill(client, rng.random((200, 5)))
    found = stability(study(client, KMeans(8)), quiet, never, rounds=4)
    assert found.agreement < 0.6
    assert verdict(min(found.jaccard.values())) in ("doubtful", "dissolves")


def test_stability_tells_its_rounds_and_stops(client):
    fill(client, blobs(60, 2)[0])
    known, told = study(client), []
    stability(known, lambda *progress: told.append(progress[:2]), never, rounds=3)
    assert told == [(0, 3), (1, 3), (2, 3)]
    with pytest.raises(Cancelled):
        stability(known, quiet, lambda: True, rounds=3)
