"""What sets clusters apart: evidence from payloads, its formulas, names, comparison."""

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from qdrant_client import models
from qdrant_client.models import Distance
from scipy.stats import mannwhitneyu

from engine import Engine
from explorer.clusters.centres import centres
from explorer.clusters.comparison import compare
from explorer.clusters.contrast import class_tf_idf, contrasts, log_odds_z
from explorer.clusters.evidence import gather
from explorer.clusters.naming import names, propose
from explorer.clusters.portrait import portrayed
from explorer.clusters.sample import Choice, Sample
from explorer.fields import payload_fields

UNLIKE = [f"other{number}" for number in range(12)]
"""Texts without a common word: with them texts are no values to choose from."""

# Evidence


def evidence(payloads):
    """Gather payloads as those of a collection are."""
    with Engine(":memory:") as client:
        client.create_collection("things", vectors_config={})
        points = (models.PointStruct(id=i, vector={}, payload=p) for i, p in enumerate(payloads))
        client.upsert("things", list(points))
        return gather(payloads, payload_fields(client, "things"))


def table(counts):
    """Return counts as a dictionary for each point."""
    cells = counts.cells.toarray()
    return [{n: int(c) for n, c in zip(counts.names, row, strict=True) if c} for row in cells]


def test_words_are_counted_by_their_singular_and_named_by_their_usual_form():
    texts = [
        "Cats chase the cat of cats",
        "The boat, 3 boats: code 1f1e6",
        "A CAT naps on a boat",
    ]
    words = table(evidence([{"text": t} for t in [*texts, *UNLIKE]]).words)
    assert words[:3] == [{"cats": 3}, {"boat": 2}, {"cats": 1, "boat": 1}]


def test_values_numbers_dates_and_places():
    payloads = [
        {
            "kind": ["a", "b"][: 1 + i % 2],
            "flag": i < 3,
            "size": 1.5 * i,
            "seen": f"2024-01-0{1 + i}",
            "at": {"lat": i, "lon": -i},
        }
        for i in range(6)
    ]
    found = evidence([*payloads, {}])
    values = {counts.field: table(counts) for counts in found.values}
    assert values["kind"][:2] == [{"a": 1}, {"a": 1, "b": 1}]
    assert values["flag"] == [{True: 1}] * 3 + [{False: 1}] * 3 + [{}]
    numbers = {column.field: column for column in found.numbers}
    assert set(numbers) == {"size", "seen", "at (latitude)", "at (longitude)"}
    assert numbers["size"].values[:6].tolist() == [0, 1.5, 3, 4.5, 6, 7.5]
    assert np.isnan(numbers["size"].values[6])
    assert numbers["seen"].values[0] == 1_704_067_200
    assert numbers["at (longitude)"].values[2] == -2


def test_payloads_without_any_field_are_no_error():
    found = evidence([{}, {}, {}])
    assert found.words.names == ()
    assert found.values == found.numbers == ()
    assert contrasts(found, np.array([0, 0, 1], np.int32), 2)[0].words == ()


# Formulas


@given(arrays(np.int64, (3, 5), elements=st.integers(0, 9)))
def test_class_tf_idf_is_its_formula(counts):
    total = counts.sum()
    for c, row in enumerate(class_tf_idf(counts.astype(float))):
        for w, weight in enumerate(row):
            tf = counts[c, w] / counts[c].sum() if counts[c].any() else 0
            f = counts[:, w].sum()
            expected = tf * math.log(1 + total / 3 / f) if f else 0
            assert weight == pytest.approx(expected)


@given(st.integers(0, 20), st.integers(0, 80))
def test_log_odds_say_which_side_has_more(inside, outside):
    z = float(log_odds_z(*(np.array(float(x)) for x in (inside, 20, outside, 80))))
    assert math.isfinite(z)
    share, elsewhere = inside / 20, outside / 80
    if share > elsewhere:
        assert z > 0
    if share < elsewhere:
        assert z < 0


def test_log_odds_trust_many_points_more_than_few():
    few, many = (
        float(log_odds_z(*(np.array(float(x * n)) for x in (3, 4, 1, 4)))) for n in (1, 100)
    )
    assert many > few > 0


def test_ranges_are_those_of_mann_and_whitney():
    rng = np.random.default_rng(0)
    sizes = np.round(np.concatenate((rng.normal(5, 1, 40), rng.normal(3, 1, 60))), 1)
    found = evidence([{"size": size} for size in sizes.tolist()])
    labels = np.repeat(np.array([0, 1], np.int32), (40, 60))
    (high,), (low,) = (contrast.ranges for contrast in contrasts(found, labels, 2))
    statistic = mannwhitneyu(sizes[:40], sizes[40:]).statistic
    assert high.larger == pytest.approx(statistic / (40 * 60))
    assert low.larger == pytest.approx(1 - high.larger)
    assert high.median == pytest.approx(np.median(sizes[:40]))
    assert high.elsewhere == pytest.approx(np.percentile(sizes[40:], (10, 50, 90)))


def test_values_that_all_points_share_are_no_evidence():
    payloads = [{"kind": "all", "half": "in" if i < 20 else "out"} for i in range(40)]
    labels = np.repeat(np.array([0, -1], np.int32), 20)
    (contrast,) = contrasts(evidence(payloads), labels, 1)
    assert [(v.field, v.value, v.share, v.elsewhere) for v in contrast.values] == [
        ("half", "in", 1.0, 0.0)
    ]


# Names


def sample(payloads, X=None) -> Sample:
    X = np.eye(len(payloads), dtype=np.float32) if X is None else X.astype(np.float32)
    ids = tuple(range(len(payloads)))
    return Sample(Choice("things"), ids, X, Distance.EUCLID, evidence(payloads))


def named(payloads, labels) -> list[str]:
    count = max(labels) + 1
    return list(names(contrasts(evidence(payloads), np.array(labels, np.int32), count)))


def test_names_come_from_values_then_words_then_numbers():
    kinds = [{"kind": "fruit" if i < 30 else "tool"} for i in range(60)]
    halves = [0] * 30 + [1] * 30
    assert named(kinds, halves) == ["fruit", "tool"]
    texts = [{"text": ("red apple " if i < 30 else "steel hammer ") + "x" * i} for i in range(60)]
    assert named(texts, halves) == ["red, apple", "steel, hammer"]
    sizes = [{"size": 0.5 + i} for i in range(60)]
    assert named(sizes, halves) == ["size 3.4 to 26.6", "size 33.4 to 56.6"]


def test_a_code_is_named_with_its_field():
    labels = [{"label": str(i // 20), "number": i // 20} for i in range(60)]
    assert named(labels, [0] * 20 + [1] * 20 + [2] * 20)[2] in ("label 2", "number 2")


def test_equal_names_are_numbered_and_all_differ():
    kinds = [{"kind": "fruit" if i < 40 else "tool"} for i in range(60)]
    found = named(kinds, [0] * 20 + [1] * 20 + [2] * 20)
    assert found == ["fruit (1)", "fruit (2)", "tool"]
    assert named([{}] * 6, [0, 0, 1, 1, 2, 2]) == ["Cluster 1", "Cluster 2", "Cluster 3"]


def test_a_name_is_short():
    payloads = [{"text": ("word" * 30 if i < 5 else "other") + " x"} for i in range(10)]
    (first, _) = contrasts(evidence(payloads), np.array([0] * 5 + [1] * 5, np.int32), 2)
    assert len(propose(first)) <= 60


# Portraits and comparison


@pytest.mark.parametrize("distance", list(Distance))
def test_centroids_and_closeness_are_those_of_the_formula(distance):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((30, 4)).astype(np.float32)
    if distance in (Distance.COSINE, Distance.DOT):
        X /= np.linalg.norm(X, axis=1, keepdims=True)
    labels = rng.integers(-1, 3, 30).astype(np.int32)
    found = centres(X, labels, 3, distance)
    for row, label in enumerate(labels):
        if label < 0:
            assert np.isnan(found.closeness[row])
            continue
        mean = X[labels == label].mean(axis=0)
        assert found.centroids[label] == pytest.approx(mean, abs=1e-6)
        expected = {
            Distance.COSINE: X[row] @ mean / np.linalg.norm(mean),
            Distance.DOT: X[row] @ mean / np.linalg.norm(mean),
            Distance.EUCLID: -np.linalg.norm(X[row] - mean),
            Distance.MANHATTAN: -np.abs(X[row] - mean).sum(),
        }[distance]
        assert found.closeness[row] == pytest.approx(expected, abs=1e-5)


def test_portraits_count_noise_as_no_cluster():
    clusters = portrayed(sample([{}] * 6), np.array([0, 0, 0, 1, 1, -1], np.int32))
    assert [p.size for p in clusters.portraits] == [3, 2]
    assert clusters.noise == 1
    assert clusters.ids(-1) == (5,)
    assert clusters.of(5) is None
    assert clusters.of(99) is None
    assert clusters.of(4) == 1
    assert clusters.portraits[0].near[0][0] == 1


def test_two_clusters_differ_by_what_only_they_disagree_on():
    kinds = ["near"] * 30 + ["far"] * 30 + ["third"] * 30
    payloads = [{"kind": kind, "pair": "yes" if i < 60 else "no"} for i, kind in enumerate(kinds)]
    X = np.repeat([[0, 0], [1, 0], [50, 0]], 30, axis=0) + np.random.default_rng(0).normal(
        0, 0.1, (90, 2)
    )
    X[0] = (0.9, 0)  # nearer to the other one
    clusters = portrayed(sample(payloads, X), np.repeat(np.arange(3, dtype=np.int32), 30))
    found = compare(clusters, 0, 1)
    assert [(v.field, v.value) for v in found.first.contrast.values] == [("kind", "near")]
    assert found.first.border[0] == 0
    assert found.first.own == pytest.approx(29 / 30)
    assert found.second.own == 1
    assert found.closeness == pytest.approx(-1, abs=0.1)


def test_word_weights_of_a_study_are_those_of_the_whole():
    texts = ["red apple", "red apple pie", "blue car", "blue blue car", "apple car"]
    payloads = [{"text": text} for text in [*texts, *UNLIKE]]
    labels = np.array([0, 0, 1, 1, 0, *(-1 for _ in UNLIKE)], np.int32)
    (first, second) = contrasts(evidence(payloads), labels, 2)
    # "pie" stands in one text only, and is left out
    counts = [Counter(red=2, apple=3, car=1), Counter(blue=3, car=2)]
    mean = sum(map(Counter.total, counts)) / 2
    for contrast, own in ((first, counts[0]), (second, counts[1])):
        for word in contrast.words:
            everywhere = sum(c[word.word] for c in counts)
            expected = own[word.word] / own.total() * math.log(1 + mean / everywhere)
            assert word.weight == pytest.approx(expected)
    assert first.words[0].word in ("red", "apple")
    assert second.words[0].word == "blue"
