"""Payload fields: their kinds, values and ranges, from indexes and from samples."""

import pytest
from qdrant_client import models

from engine import Engine, NotFound
from explorer import fields
from explorer.conditions import AnyOf, Between, filter_of
from explorer.fields import FieldKind, ValueCount, kind_of, payload_fields


@pytest.fixture
def client():
    with Engine(":memory:") as engine:
        engine.create_collection("c", models.VectorParams(size=1, distance=models.Distance.DOT))
        yield engine


def fill(client, payloads):
    points = [models.PointStruct(id=i, vector=[1.0], payload=p) for i, p in enumerate(payloads)]
    client.upsert("c", points)


def by_path(client):
    return {field.path: field for field in payload_fields(client, "c")}


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["a", "b", "a"], FieldKind.KEYWORD),
        ([f"a long story, number {i}" for i in range(50)], FieldKind.TEXT),
        (["2024-01-01", "2024-01-02T00:00:00Z"], FieldKind.DATETIME),
        (["1970", "1971"], FieldKind.KEYWORD),
        ([1, 2], FieldKind.INTEGER),
        ([1, 2.5], FieldKind.FLOAT),
        ([True, False], FieldKind.FLAG),
        ([{"lat": 1, "lon": 2}], FieldKind.GEO),
        ([1, "a"], None),
        ([True, 1], None),
        ([], None),
    ],
)
def test_kinds_are_told_from_values(values, kind):
    assert kind_of(values) is kind


def test_fields_of_every_shape(client):
    fill(
        client,
        [
            {
                "group": "a" if i % 3 else "b",
                "n": i,
                "stars": i % 5,
                "tags": ["x", "y"] if i % 2 else ["x"],
                "inner": {"odd key": i / 2},
                "parts": [{"size": i}, {"size": -i}],
                "place": {"lat": i, "lon": 0},
                "pixels": [0.5] * 64,
                "nothing": None,
            }
            for i in range(30)
        ],
    )
    found = by_path(client)
    assert {path: field.kind.value for path, field in found.items()} == {
        "group": "keyword",
        "n": "integer",
        "stars": "integer",
        "tags": "keyword",
        'inner."odd key"': "float",
        "parts[].size": "integer",
        "place": "geo",
    }
    assert found["group"].values == (ValueCount("a", 20), ValueCount("b", 10))
    assert found["tags"].values == (ValueCount("x", 30), ValueCount("y", 15))
    assert (found["n"].low, found["n"].high, found["n"].values) == (0, 29, ())
    assert len(found["stars"].values) == 5
    assert found["group"].note == ""


def test_paths_and_values_work_as_filters(client):
    fill(
        client, [{"inner": {"odd key": i / 2}, "parts": [{"size": "s" + "x" * i}]} for i in (0, 1)]
    )
    found = by_path(client)
    number, word = found['inner."odd key"'], found["parts[].size"]
    above = filter_of([Between(number.path, 0.5, number.high)])
    assert client.count("c", count_filter=above).count == 1
    same = filter_of([AnyOf(word.path, (word.values[0].value,))])
    assert client.count("c", count_filter=same).count == 1


def test_indexed_fields_are_counted_over_all_points_others_in_a_sample(client, monkeypatch):
    monkeypatch.setattr(fields, "SAMPLE", 10)
    fill(
        client,
        [{"kind": "early" if i < 10 else "late", "free": "z", "n": i % 7} for i in range(50)],
    )
    client.create_payload_index("c", "kind", models.PayloadSchemaType.KEYWORD)
    client.create_payload_index("c", "n", models.PayloadSchemaType.INTEGER)
    found = by_path(client)
    assert found["kind"].indexed
    assert found["kind"].values == (ValueCount("late", 40), ValueCount("early", 10))
    assert found["kind"].note == ""
    assert (found["free"].values, found["free"].indexed) == ((ValueCount("z", 10),), False)
    assert found["free"].note == "in a sample of 10 points"
    assert (found["n"].low, found["n"].high, found["n"].sample) == (0, 6, None)


def test_an_index_on_a_field_that_no_point_has(client):
    client.create_payload_index("c", "later", models.PayloadSchemaType.KEYWORD)
    assert by_path(client)["later"].values == ()


def test_no_points_no_fields_and_no_collection(client):
    assert payload_fields(client, "c") == ()
    with pytest.raises(NotFound):
        payload_fields(client, "nowhere")
