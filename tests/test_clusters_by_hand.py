"""What is done with clusters: merging and naming, a payload field, a table, colours."""

from io import BytesIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import csv, parquet
from qdrant_client import models

from engine import Engine
from explorer.clusters.arrangement import AS_FOUND, Arrangement, Gathered, Merged, Renamed
from explorer.clusters.leiden import Leiden
from explorer.clusters.portrait import portrayed
from explorer.clusters.sample import Choice
from explorer.clusters.study import Question, Studies
from explorer.clusters.table import assignments, written
from explorer.clusters.tint import NOISE_COLOUR, colour_of, tint, told_apart
from explorer.colours import OTHER
from explorer.export import ExportFormat
from explorer.history import History
from explorer.jobs import Cancelled
from explorer.nearest import Nearest
from explorer.points import PointMaps
from explorer.written import FieldError, take_back, write_values

FOUND = np.array([0, 0, 0, 1, 1, 2, -1], np.int32)
"""As a method found seven points."""


def quiet(_done, _total, _message):
    """Listen to progress and say nothing."""


def never():
    return False


# By hand


def test_merges_follow_each_other():
    both = AS_FOUND.apply(Merged(1, 0)).apply(Merged(2, 0))
    assert both.labels(FOUND).tolist() == [0, 0, 0, 0, 0, 0, -1]
    chained = AS_FOUND.apply(Merged(0, 1)).apply(Merged(1, 2))
    assert chained.labels(FOUND).tolist() == [2, 2, 2, 2, 2, 2, -1]
    assert AS_FOUND.apply(Merged(1, 1)) == AS_FOUND


def test_names_are_kept_and_given_back():
    named = AS_FOUND.apply(Renamed(1, "  mine ")).apply(Renamed(2, "yours"))
    assert (named.name(0), named.name(1), named.name(2)) == (None, "mine", "yours")
    assert named.apply(Renamed(1, " ")).name(1) is None
    assert named.apply(Merged(2, 1)).names == ((1, "mine"),)


def gathering(arrangement, *rows):
    return arrangement.apply(Gathered.of(rows, FOUND, arrangement))


def test_gathered_points_are_a_cluster_of_their_own():
    once = gathering(AS_FOUND, 6, 0)
    assert once.labels(FOUND).tolist() == [3, 0, 0, 1, 1, 2, 3]
    twice = gathering(once, 0, 1)
    assert twice.labels(FOUND).tolist() == [4, 4, 0, 1, 1, 2, 3]
    assert twice.apply(Merged(3, 4)).labels(FOUND).tolist() == [4, 4, 0, 1, 1, 2, 4]
    assert gathering(AS_FOUND) == AS_FOUND


def test_clusters_merged_before_are_gathered_from_as_they_are():
    merged = gathering(AS_FOUND.apply(Merged(1, 0)), 3)
    assert merged.labels(FOUND).tolist() == [0, 0, 0, 3, 0, 2, -1]


MOVES = st.one_of(
    st.builds(Merged, st.integers(0, 2), st.integers(0, 2)),
    st.builds(Renamed, st.integers(0, 2), st.text(max_size=5)),
)
EVENTS = MOVES | st.builds(
    Gathered, st.sets(st.integers(0, 6)).map(sorted).map(tuple), st.integers(3, 5)
)


@given(st.lists(EVENTS, max_size=12))
def test_undo_leads_back_through_every_step(events):
    history = History(AS_FOUND)
    seen = [history.present]
    for event in events:
        after = history.push(history.present.apply(event))
        if after is not history:
            seen.append(after.present)
        history = after
    for expected in reversed(seen):
        assert history.present == expected
        history = history.undo()
    assert history.present == AS_FOUND


@given(st.lists(MOVES, max_size=12))
def test_merges_and_names_only_join_clusters(events):
    arrangement = Arrangement()
    for event in events:
        arrangement = arrangement.apply(event)
    labels = arrangement.labels(FOUND)
    assert (labels == -1).tolist() == (FOUND == -1).tolist()
    for cluster in range(3):
        assert len(set(labels[cluster == FOUND].tolist())) == 1


# A collection


@pytest.fixture
def client():
    with Engine(":memory:") as engine:
        config = models.VectorParams(size=2, distance=models.Distance.EUCLID)
        engine.create_collection("things", vectors_config=config)
        rng = np.random.default_rng(0)
        X = np.repeat([[0, 0], [9, 9]], 20, axis=0) + rng.normal(0, 0.5, (40, 2))
        payloads = [{"kind": "low" if i < 20 else "high", "n": i} for i in range(40)]
        points = models.Batch(ids=list(range(40)), vectors=X.tolist(), payloads=payloads)
        engine.upsert("things", points)
        yield engine


def clusters_of(client, **choice):
    question = Question(Choice("things", **choice), Leiden(neighbours=8, resolution=0.5))
    return Studies(client, Nearest(client)).study(question, quiet, never).clusters


def field_of(client, field="cluster"):
    records, _ = client.scroll("things", limit=100, with_payload=True)
    return {record.id: record.payload.get(field, "absent") for record in records}


def write_field(client, clusters, field, report, stopped):
    return write_values(client, "things", field, clusters.called(), report, stopped)


def payloads(client):
    records, _ = client.scroll("things", limit=100, with_payload=True)
    return {record.id: record.payload for record in records}


def test_a_field_is_written_and_taken_back_to_what_was_there(client):
    client.set_payload("things", {"cluster": {"old": [1, None]}}, points=[3])
    client.set_payload("things", {"cluster": None}, points=[4])
    before = payloads(client)
    clusters = clusters_of(client)
    done = write_field(client, clusters, "cluster", quiet, never)
    assert field_of(client) == {i: "low" if i < 20 else "high" for i in range(40)}
    assert done.values == {"low": 20, "high": 20}
    assert take_back(client, done, quiet, never) == 40
    assert payloads(client) == before


def test_noise_loses_the_field(client):
    clusters = clusters_of(client)
    labels = clusters.labels.copy()
    labels[:5] = -1
    client.set_payload("things", {"cluster": "old"}, points=list(range(40)))
    done = write_field(client, portrayed(clusters.sample, labels), "cluster", quiet, never)
    assert [field_of(client)[i] for i in range(6)] == ["absent"] * 5 + ["low"]
    take_back(client, done, quiet, never)
    assert set(field_of(client).values()) == {"old"}


def test_what_was_written_is_taken_back_when_stopped_or_broken(client, monkeypatch):
    clusters, before = clusters_of(client), payloads(client)
    told: list[tuple[object, ...]] = []

    def after_the_first_batch():
        return any(message == "Writing" for *_, message in told)

    with pytest.raises(Cancelled):
        write_field(client, clusters, "cluster", lambda *p: told.append(p), after_the_first_batch)
    assert payloads(client) == before

    true_set, calls = client.set_payload, []

    def breaks_once(*args, **kwargs):
        calls.append(args)
        if len(calls) == 2:
            raise OSError("the line is down")
        return true_set(*args, **kwargs)

    monkeypatch.setattr(client, "set_payload", breaks_once)
    with pytest.raises(OSError, match="the line is down"):
        write_field(client, clusters, "cluster", quiet, never)
    assert payloads(client) == before


@pytest.mark.parametrize("field", ["", "  ", "a.b", "a[0]", "a[]"])
def test_a_path_is_no_field_name(client, field):
    with pytest.raises(FieldError):
        write_field(client, clusters_of(client), field, quiet, never)
    assert set(field_of(client, "a").values()) == {"absent"}


@pytest.mark.parametrize("form", [ExportFormat.CSV, ExportFormat.PARQUET])
def test_the_table_says_where_each_point_is(client, form):
    clusters = clusters_of(client)
    labels = clusters.labels.copy()
    labels[7] = -1
    found = portrayed(clusters.sample, labels)
    content = BytesIO(written(assignments(found), form))
    read = csv.read_csv(content) if form is ExportFormat.CSV else parquet.read_table(content)
    rows = read.to_pylist()
    assert [row["id"] for row in rows] == list(range(40))
    assert rows[7]["cluster"] is None
    assert rows[7]["closeness"] is None
    assert rows[0]["name"] == "low"
    assert rows[0]["closeness"] == pytest.approx(float(found.centres.closeness[0]))


def test_the_table_of_one_cluster_has_only_its_points(client):
    clusters = clusters_of(client)
    table = assignments(clusters, 1)
    assert set(table["id"].to_pylist()) == set(clusters.ids(1))
    with pytest.raises(ValueError, match="not as jsonl"):
        written(table, ExportFormat.JSONL)


def test_colours_are_by_cluster_with_grey_for_noise_and_for_the_rest(client):
    points = PointMaps(client).points("things", "")
    clusters = clusters_of(client, size=30)
    labels = clusters.labels.copy()
    labels[0] = -1
    found = tint(portrayed(clusters.sample, labels), points)
    legend = found.legend
    assert legend.palette == (colour_of(0), colour_of(1), NOISE_COLOUR)
    assert legend.names[2] == "noise"
    assert legend.missing == 10
    for point, code in zip(points.ids, found.codes.tolist(), strict=True):
        row = clusters.sample.row(point)
        expected = 255 if row is None else (2 if labels[row] < 0 else labels[row])
        assert code == expected


def test_chosen_clusters_are_told_apart():
    assert told_apart([0, 3]) == {0: colour_of(0), 3: colour_of(3)}
    grey = told_apart([0, 40, 50])
    assert len({*grey.values(), OTHER}) == 4


def test_many_clusters_have_wide_codes(client):
    points = PointMaps(client).points("things", "")
    sample = clusters_of(client).sample
    labels = np.arange(40, dtype=np.int32) * 7
    found = tint(portrayed(sample, labels), points)
    assert found.codes.dtype == np.uint16
    assert found.legend.palette[200] == OTHER
    assert tint(portrayed(sample, labels), points, [200]).legend.palette[200] != OTHER
