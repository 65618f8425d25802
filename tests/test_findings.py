"""Outliers, near-duplicates and label disagreement against scikit-learn and brute force."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from qdrant_client import QdrantClient, models
from sklearn.metrics import average_precision_score
from sklearn.neighbors import LocalOutlierFactor

from engine import Engine
from explorer import catalog
from explorer.findings import (
    Finding,
    FindingKind,
    LabelError,
    Neighbourhoods,
    OutlierMethod,
    closest_scores,
    density_scores,
    disagreements,
    dissimilar_findings,
    distance_scores,
    duplicate_groups,
    labels_of,
    marks,
    most_dissimilar,
    starting_threshold,
    strongest,
    vote,
)
from explorer.nearest import Nearest, Scope
from explorer.neighbours import Neighbours, neighbours
from tests.api_serving import serving

POINTS = 120


def engine_of(X: np.ndarray, distance: str = "Euclid", payloads: list[dict] | None = None):
    engine = Engine(":memory:")
    engine.create_collection("c", models.VectorParams(size=X.shape[1], distance=distance))
    payloads = payloads or [{}] * len(X)
    engine.upsert(
        "c",
        [
            models.PointStruct(id=number, vector=vector, payload=payload)
            for number, (vector, payload) in enumerate(zip(X.tolist(), payloads, strict=True))
        ],
    )
    return engine


def cloud(seed: int = 4) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((POINTS, 3)).astype(np.float32)


def found_in(X: np.ndarray, k: int, distance: str = "Euclid") -> Neighbours:
    with engine_of(X, distance) as engine:
        return neighbours(engine, "c", k=k)


@pytest.fixture(scope="module")
def digits():
    with Engine(":memory:") as engine:
        catalog.load(engine, "digits")
        yield engine


# Outliers


def test_the_local_outlier_factor_is_that_of_scikit_learn():
    X = np.vstack([cloud(), cloud(5) * 0.05 + 4, [[9, 9, 9]]]).astype(np.float32)
    peer = LocalOutlierFactor(n_neighbors=12).fit(X)
    found = density_scores(found_in(X, 12))
    np.testing.assert_allclose(found, -peer.negative_outlier_factor_, rtol=1e-4)


def test_the_distance_score_is_the_distance_to_neighbour_k():
    X = cloud()
    all_pairs = np.linalg.norm(X[:, None] - X, axis=2)
    expected = np.sort(all_pairs, axis=1)[:, 7]
    np.testing.assert_allclose(distance_scores(found_in(X, 7)), expected, rtol=1e-5)


@pytest.mark.parametrize("distance", ["Cosine", "Dot", "Euclid", "Manhattan"])
def test_a_point_far_from_all_is_the_first_outlier(distance):
    X = cloud() * 0.05 + np.array([1, 1, 1], np.float32)
    X[17] = [-0.2, 1.5, -1.4]
    near = found_in(X, 5, distance)
    for method, scores in (
        (OutlierMethod.DISTANCE, distance_scores(near)),
        (OutlierMethod.DENSITY, density_scores(near)),
    ):
        first, *rest = strongest(near, scores, method, 4)
        assert first.points == (17,)
        assert first.kind is FindingKind.OUTLIER
        assert len(first.evidence) == 5
        assert first.evidence[0].point == near.ids[near.indices[17, 0]]
        assert len(rest) == 3
        assert first.strength > rest[0].strength


@pytest.mark.parametrize("points", [1, 2, 3, 30])
def test_identical_points_have_no_outliers(points):
    near = found_in(np.ones((points, 3), np.float32), 5)
    if near.k:
        np.testing.assert_array_equal(distance_scores(near), 0)
        np.testing.assert_allclose(density_scores(near), 1)
    else:
        assert len(near) == 0
        assert strongest(near, density_scores(near), OutlierMethod.DENSITY, 5) == ()


def test_a_point_without_neighbours_is_as_far_as_the_farthest():
    indices = np.array([[1, 2], [0, 2], [0, 1], [-1, -1]], np.int32)
    scores = np.array([[1, 2], [1, 3], [2, 3], [np.nan, np.nan]], np.float32)
    near = Neighbours((1, 2, 3, 4), indices, scores, larger_is_better=False)
    np.testing.assert_array_equal(distance_scores(near), [2, 3, 3, 3])
    assert np.isfinite(density_scores(near)).all()
    found = strongest(near, distance_scores(near), OutlierMethod.DISTANCE, 4)
    (alone,) = (finding for finding in found if finding.points == (4,))
    assert alone.evidence == ()
    assert alone.strength == 3


def brute_force_dissimilar(X: np.ndarray, negatives: list[int], among: list[int]) -> list[int]:
    unit = X / np.linalg.norm(X, axis=1, keepdims=True)
    return sorted(among, key=lambda point: (unit[negatives] @ unit[point]).max())


def test_the_most_dissimilar_to_chosen_points_is_by_their_most_similar():
    X = cloud()
    with engine_of(X, "Cosine") as engine:
        found = most_dissimilar(engine, "c", "", range(POINTS), 10, chosen=[3, 4, 5])
        near = neighbours(engine, "c")
    others = [point for point in range(POINTS) if point not in (3, 4, 5)]
    expected = brute_force_dissimilar(X, [3, 4, 5], others)[:10]
    assert [hit.point for hit in found.hits] == expected
    assert found.compared == 3
    findings = dissimilar_findings(near, found)
    assert [finding.points for finding in findings] == [(point,) for point in expected]
    assert all(finding.evidence for finding in findings)


def test_the_points_of_the_sample_can_be_most_dissimilar_themselves():
    X = cloud() * 0.02 + np.array([1, 0, 0], np.float32)
    X[60] = [-1, 0.1, 0]
    with engine_of(X, "Cosine") as engine:
        for seed in range(5):
            found = most_dissimilar(engine, "c", "", range(POINTS), 5, seed=seed)
            assert found.compared == POINTS / 2
            assert found.hits[0].point == 60


@pytest.mark.parametrize("points", [0, 1, 2])
def test_few_points_are_compared_as_far_as_they_go(points):
    with engine_of(cloud()[:2], "Cosine") as engine:
        found = most_dissimilar(engine, "c", "", range(points), 5)
    assert len(found.hits) == (points if points == 2 else 0)


# Near-duplicates


def brute_force_groups(X: np.ndarray, threshold: float) -> set[frozenset[int]]:
    left, groups = set(range(len(X))), set()
    close = np.linalg.norm(X[:, None] - X, axis=2) <= threshold
    while left:
        group, edge = set(), {left.pop()}
        while edge:
            group |= edge
            edge = {int(j) for i in edge for j in np.flatnonzero(close[i])} - group
        left -= group
        if len(group) > 1:
            groups.add(frozenset(group))
    return groups


@given(seed=st.integers(0, 50), threshold=st.floats(0.05, 1.0))
def test_groups_are_the_components_of_close_pairs(seed, threshold):
    X = np.random.default_rng(seed).random((40, 2)).astype(np.float32)
    order = np.argsort(np.linalg.norm(X[:, None] - X, axis=2), axis=1)[:, 1:]
    scores = np.take_along_axis(np.linalg.norm(X[:, None] - X, axis=2), order, axis=1)
    near = Neighbours(tuple(range(40)), order.astype(np.int32), scores, larger_is_better=False)
    groups = duplicate_groups(near, threshold)
    assert {frozenset(group.points) for group in groups} == brute_force_groups(X, threshold)
    assert [group.strength for group in groups] == sorted(group.strength for group in groups)
    assert all(group.strength <= threshold for group in groups)


def test_the_first_of_a_group_has_the_most_links():
    X = np.array([[0, 0], [1, 0], [2, 0], [50, 0], [50.1, 0]], np.float32)
    tight, loose = duplicate_groups(found_in(X, 4), 1.0)
    assert set(tight.points) == {3, 4}
    assert loose.points[0] == 1
    assert {hit.point for hit in loose.evidence} == {0, 2}


def test_many_identical_points_are_one_group():
    X = np.vstack([np.ones((60, 3)), cloud() + 40]).astype(np.float32)
    near = found_in(X, 5)
    (group,) = duplicate_groups(near, 0.0)
    assert set(group.points) == set(range(60))


def test_the_starting_threshold_puts_few_points_into_groups():
    near = found_in(cloud(), 5, "Cosine")
    closest = closest_scores(near)
    assert (np.diff(closest) <= 0).all()
    threshold = starting_threshold(near)
    grouped = [point for group in duplicate_groups(near, threshold) for point in group.points]
    assert 2 <= len(grouped) <= 0.1 * POINTS
    assert starting_threshold(found_in(cloud()[:1], 5)) is None


# Label disagreement


def planted(labels: list[str], share: float, seed: int) -> tuple[list[str], np.ndarray]:
    """Return labels of which a share is wrong, and which ones, bool (n,)."""
    rng = np.random.default_rng(seed)
    wrong = np.zeros(len(labels), bool)
    wrong[rng.permutation(len(labels))[: int(share * len(labels))]] = True
    classes = sorted(set(labels))
    return [
        rng.choice([other for other in classes if other != label]).item() if bad else label
        for label, bad in zip(labels, wrong, strict=True)
    ], wrong


def test_planted_label_errors_of_digits_stand_first(digits):
    near = neighbours(digits, "digits", "pixels")
    truth = labels_of(digits, "digits", "label", near.ids)
    labels, wrong = planted(list(truth), 0.02, seed=0)
    votes = vote(near, labels)
    found = disagreements(near, votes, "label", len(labels))
    rank = np.zeros(len(labels))
    rank[[near.places[finding.points[0]] for finding in found]] = [f.strength for f in found]
    assert average_precision_score(wrong, rank) > 0.9
    for finding in found[:20]:
        place = near.places[finding.points[0]]
        assert finding.label == labels[place]
        assert finding.suggestion == truth[place]
    doubted = votes.doubted
    sure = disagreements(near, votes, "label", len(labels), sure=True)
    assert {near.places[finding.points[0]] for finding in sure} == set(np.flatnonzero(doubted))
    assert [f.strength for f in sure] == sorted((f.strength for f in sure), reverse=True)
    assert wrong[doubted].mean() > 0.9
    assert doubted[wrong].mean() > 0.6


def test_votes_are_weighted_by_nearness():
    indices = np.array([[1, 2], [0, 2], [0, 1]], np.int32)
    scores = np.array([[0.1, 1.0], [0.1, 0.9], [1.0, 1.0]], np.float32)
    near = Neighbours((1, 2, 3), indices, scores, larger_is_better=False)
    votes = vote(near, ["a", "b", "c"])
    weights = np.exp([-0.01, -1.0])
    np.testing.assert_allclose(votes.probability[0], [0, *weights / weights.sum()], rtol=1e-5)
    assert votes.suggested[0] == 1
    np.testing.assert_allclose(votes.probability[2], [0.5, 0.5, 0], rtol=1e-5)


def test_points_without_a_label_neither_vote_nor_are_judged():
    near = found_in(cloud(), 4)
    labels = ["a" if number % 3 else None for number in range(POINTS)]
    labels[5] = "b"
    votes = vote(near, labels)
    (finding,) = disagreements(near, votes, "kind", 100)
    assert finding.points == (5,)
    assert (finding.label, finding.suggestion, finding.field) == ("b", "a", "kind")
    assert not votes.doubted[0]


def test_labels_of_different_types_are_different():
    near = found_in(cloud(), 4)
    votes = vote(near, [1 if number % 2 else "1" for number in range(POINTS)])
    assert set(votes.classes) == {1, "1"}


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (["a"] * POINTS, "have 1"),
        ([None] * POINTS, "have 0"),
        ([str(number) for number in range(2_000)], "2,000 different values"),
    ],
)
def test_a_field_without_two_labels_or_with_a_thousand_is_refused(labels, message):
    with pytest.raises(LabelError, match=message):
        vote(found_in(cloud(), 4), labels)


def test_a_label_is_the_first_string_integer_or_flag():
    values: list[object] = [True, 3, "x", ["y", "z"], 1.5, None, {}]
    payloads = [{"a": {"b": value}} for value in values]
    with engine_of(cloud()[:8], payloads=[*payloads, {}]) as engine:
        found = labels_of(engine, "c", "a.b", [*range(8), 99])
    assert found == (True, 3, "x", "y", None, None, None, None, None)


# The value


def test_a_finding_survives_json_and_knows_its_subject():
    near = found_in(cloud(), 4)
    finding = disagreements(near, vote(near, [True] * 5 + [False] * (POINTS - 5)), "f", 1)[0]
    again = Finding.from_json(finding.to_json())
    assert again == finding
    assert again.label is True
    group = Finding(FindingKind.DUPLICATES, (1, "1"), 0.9, "")
    assert group.key == Finding(FindingKind.DUPLICATES, ("1", 1), 0.8, "other").key
    assert group.key != Finding(FindingKind.DUPLICATES, (1, 2), 0.9, "").key


def test_points_are_marked_by_their_first_finding():
    findings = [
        Finding(FindingKind.DUPLICATES, (1, 2), 0.9, ""),
        Finding(FindingKind.OUTLIER, (3,), 0.9, ""),
        Finding(FindingKind.DUPLICATES, (4, 5), 0.9, ""),
        Finding(FindingKind.DISAGREEMENT, (2,), 0.9, "", suggestion="b"),
        Finding(FindingKind.DISAGREEMENT, (6,), 0.9, "", suggestion="b"),
    ]
    assert marks(findings) == {
        1: "duplicates 1",
        2: "duplicates 1",
        3: "outlier",
        4: "duplicates 2",
        5: "duplicates 2",
        6: "disagreement: b",
    }


# What is kept


def test_labels_are_kept_until_the_data_changes():
    payloads = [{"kind": "ab"[number % 2]} for number in range(POINTS)]
    with engine_of(cloud(), payloads=payloads) as engine:
        kept, scope = Neighbourhoods(engine, Nearest(engine)), Scope("c", k=4)
        assert kept.kept_labels(scope, "kind") is None
        labels = kept.labels(scope, "kind")
        assert kept.labels(scope, "kind") is labels
        assert kept.dissimilar(scope, (), 3) is kept.dissimilar(scope, (), 3)
        engine.delete("c", models.PointIdsList(points=[7]))
        assert kept.kept_labels(scope, "kind") is None
        assert len(kept.labels(scope, "kind")) == POINTS - 1
        kept.forget("c")
        assert kept.kept_labels(scope, "kind") is None


def test_a_server_gives_the_same_findings():
    payloads = [{"kind": "ab"[number % 2]} for number in range(POINTS)]
    with engine_of(cloud(), "Cosine", payloads) as engine, serving(engine=engine) as served:
        client = QdrantClient(url=served.url, check_compatibility=False)
        here, there = (Neighbourhoods(c, Nearest(c)) for c in (engine, client))
        scope = Scope("c", k=6)
        assert there.labels(scope, "kind") == here.labels(scope, "kind")
        found, expected = (kept.dissimilar(scope, (), 5) for kept in (there, here))
        assert [hit.point for hit in found.hits] == [hit.point for hit in expected.hits]
        client.close()
