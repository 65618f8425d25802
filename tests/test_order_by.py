"""Ordering by payload: one row per value, whole numbers stay whole, in queries and in scroll."""

from __future__ import annotations

import pytest
from qdrant_client import models

from engine import Engine, FormatError, InvalidRequest, WrongInput

BIG = 2**62 + 1
PAYLOADS = [
    {"n": 3, "x": 2, "t": "2024-01-01T00:00:00Z"},
    {"n": [1, 5, 1], "x": 0.5, "t": "2023-01-01"},
    {"n": BIG, "x": [7.5, 1]},
    {"n": BIG - 1, "x": "no", "t": "never"},
    {},
    {"n": -(2**63), "x": None},
    {"n": 7.0},
    {"n": 7.5},
]


@pytest.fixture(scope="module")
def engine():
    with Engine(":memory:") as made:
        made.create_collection("c", models.VectorParams(size=1, distance="Dot"))
        for key, kind in {"n": "integer", "x": "float", "t": "datetime", "s": "keyword"}.items():
            made.create_payload_index("c", key, kind)
        hidden = models.IntegerIndexParams(type="integer", lookup=True, range=False)
        made.create_payload_index("c", "lookup", hidden)
        made.upsert(
            "c",
            [
                models.PointStruct(id=number, vector=[1.0], payload=payload)
                for number, payload in enumerate(PAYLOADS)
            ],
        )
        yield made


def rows(engine, key, limit=20, **order):
    query = models.OrderByQuery(order_by=models.OrderBy(key=key, **order))
    found = engine.query_points("c", query, limit=limit).points
    assert {point.score for point in found} <= {1.0}
    assert {point.version for point in found} <= {0}
    return [(point.order_value, point.id) for point in found]


ASCENDING = [(-(2**63), 5), (1, 1), (3, 0), (5, 1), (7, 6), (BIG - 1, 3), (BIG, 2)]


def test_integers_keep_all_their_digits(engine):
    assert rows(engine, "n") == ASCENDING
    assert rows(engine, "n", direction="desc") == ASCENDING[::-1]
    assert [type(value) for value, _ in rows(engine, "n")] == [int] * 7


def test_only_the_first_are_taken(engine):
    assert rows(engine, "n", limit=3) == ASCENDING[:3]
    assert rows(engine, "n", limit=2, direction="desc") == ASCENDING[:-3:-1]


def test_floats_take_whole_numbers_too(engine):
    assert rows(engine, "x") == [(0.5, 1), (1.0, 2), (2.0, 0), (7.5, 2)]
    assert {type(value) for value, _ in rows(engine, "x")} == {float}


def test_moments_are_microseconds(engine):
    year = 1_672_531_200_000_000
    assert rows(engine, "t") == [(year, 1), (1_704_067_200_000_000, 0)]


@pytest.mark.parametrize("start", ["2023-06-01T00:00:00Z", "2023-06-01", 1_700_000_000_000_000])
def test_a_moment_to_start_from_has_many_writings(engine, start):
    assert [point for _, point in rows(engine, "t", start_from=start)] == [0]
    assert [point for _, point in rows(engine, "t", start_from=start, direction="desc")] == [1]


def test_starts_are_inclusive(engine):
    assert rows(engine, "n", start_from=5) == ASCENDING[3:]
    assert rows(engine, "n", start_from=5.5) == ASCENDING[4:]
    assert rows(engine, "n", start_from=5, direction="desc") == ASCENDING[3::-1]


def test_equal_values_come_by_id():
    with Engine(":memory:") as engine:
        engine.create_collection("c", models.VectorParams(size=1, distance="Dot"))
        engine.create_payload_index("c", "n", "integer")
        ids = ["00000000-0000-4000-8000-000000000001", 9, 4, "00000000-0000-4000-8000-000000000000"]
        engine.upsert("c", [models.PointStruct(id=i, vector=[1.0], payload={"n": 1}) for i in ids])
        expected = [4, 9, ids[3], ids[0]]
        assert [point for _, point in rows(engine, "n")] == expected
        assert [point for _, point in rows(engine, "n", limit=3)] == expected[:3]
        assert [point for _, point in rows(engine, "n", direction="desc")] == expected


def test_scroll_gives_the_same_rows(engine):
    page, following = engine.scroll("c", order_by="n", limit=4, with_payload=["n"])
    assert [(point.order_value, point.id) for point in page] == ASCENDING[:4]
    assert page[2].payload == {"n": 3}
    assert following is None
    only = models.Filter(must=[models.HasIdCondition(has_id=[0, 1])])
    order = models.OrderBy(key="n", direction="desc", start_from=4)
    page, _ = engine.scroll("c", only, order_by=order)
    assert [(point.order_value, point.id) for point in page] == [(3, 0), (1, 1)]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"order_by": "s"}, WrongInput, "No range index for `order_by` key: `s`"),
        ({"order_by": "lookup"}, WrongInput, "No range index for `order_by` key: `lookup`"),
        ({"order_by": "zz"}, WrongInput, "No range index"),
        ({"order_by": "a["}, FormatError, "Invalid json path"),
        ({"order_by": "n", "offset": 3}, WrongInput, "Cannot use an `offset` when using"),
        ({"order_by": "n", "limit": 0}, InvalidRequest, "scroll_request.limit: value 0"),
    ],
)
def test_bad_requests_are_refused(engine, arguments, error, message):
    with pytest.raises(error, match=message):
        engine.scroll("c", **arguments)


def test_no_index_is_needed_where_they_are_not_strict():
    with Engine(":memory:", strict_indexes=False) as engine:
        engine.create_collection("c", models.VectorParams(size=1, distance="Dot"))
        engine.upsert(
            "c",
            [
                models.PointStruct(id=1, vector=[1.0], payload={"n": 2, "t": "2024-01-01"}),
                models.PointStruct(id=2, vector=[1.0], payload={"n": 1.5, "t": "2023-01-01"}),
            ],
        )
        assert rows(engine, "n") == [(1.5, 2), (2.0, 1)]
        assert [point for _, point in rows(engine, "t")] == [2, 1]
        assert rows(engine, "zz") == []
