"""Filter conditions: what they match in the engine, and how they read."""

import pytest
from qdrant_client import models

from engine import Engine
from explorer.conditions import (
    AnyOf,
    Between,
    Dated,
    Flag,
    HasText,
    IdsIn,
    Inside,
    Not,
    filter_of,
)

PAYLOADS = [
    {"group": "food", "n": 1, "x": 0.5, "ok": True, "at": "2024-01-01", "name": "red apple"},
    {"group": "food", "n": 2, "x": 1.5, "ok": False, "at": "2024-06-01T12:00:00Z"},
    {"group": "tools", "n": 3, "x": 2.5, "place": {"lat": 10, "lon": 20}},
    {"group": ["tools", "toys"], "n": 4, "name": "Red hammer", "place": {"lat": 10, "lon": 179.5}},
]


@pytest.fixture(scope="module")
def client():
    with Engine(":memory:") as engine:
        engine.create_collection("c", models.VectorParams(size=1, distance=models.Distance.DOT))
        engine.upsert(
            "c",
            [
                models.PointStruct(id=i, vector=[1.0], payload=payload)
                for i, payload in enumerate(PAYLOADS)
            ],
        )
        yield engine


@pytest.mark.parametrize(
    ("conditions", "ids", "label"),
    [
        ([AnyOf("group", ("food",))], [0, 1], "group: food"),
        ([AnyOf("group", ("food", "toys"))], [0, 1, 3], "group: food, toys"),
        ([AnyOf("n", (2, 4, 5, 6))], [1, 3], "n: 2, 4, 5 and 1 more"),
        ([Flag("ok", value=False)], [1], "ok: no"),
        ([Between("x", 1.5, None)], [1, 2], "x: from 1.5"),
        ([Between("n", None, 2)], [0, 1], "n: up to 2"),
        ([Dated("at", "2024-01-02", "2024-06-01T12:00:00")], [1], None),
        ([HasText("name", "red")], [0, 3], "name: contains “red”"),
        ([Inside("place", 20, 0, 0, 90)], [2], "place: 0.0° to 20.0°, 0.0° to 90.0°"),
        ([Inside("place", 20, 170, 0, -170)], [3], None),
        ([IdsIn((3, 0, 3))], [0, 3], "selection of 2 points"),
        ([Not(AnyOf("group", ("food",)))], [2, 3], "not group: food"),
        ([AnyOf("group", ("tools",)), Between("n", 4, 9)], [3], None),
    ],
)
def test_conditions_find_points_and_read_well(client, conditions, ids, label):
    points, _ = client.scroll("c", scroll_filter=filter_of(conditions))
    assert [point.id for point in points] == ids
    assert label is None or conditions[0].label() == label


def test_no_condition_is_no_filter():
    assert filter_of([]) is None


@pytest.mark.parametrize(
    "make",
    [
        lambda: AnyOf("f", ()),
        lambda: AnyOf("f", ("a", 1)),
        lambda: AnyOf("f", (True,)),
        lambda: AnyOf("f", (0.5,)),  # type: ignore[arg-type]  # what a link may hold
        lambda: Flag("f", value="yes"),  # type: ignore[arg-type]  # the same
        lambda: Between("f"),
        lambda: Between("f", float("inf")),
        lambda: Dated("f"),
        lambda: Dated("f", "soon"),
        lambda: HasText("f", "  "),
        lambda: Inside("f", 91, 0, 0, 0),
        lambda: Inside("f", 0, 0, 10, 0),
        lambda: IdsIn(()),
    ],
)
def test_a_condition_that_cannot_hold_is_refused(make):
    with pytest.raises(ValueError, match=r"."):
        make()


def test_a_selection_is_a_set():
    uuid = "550e8400-e29b-41d4-a716-446655440000"
    assert IdsIn((uuid, 3, 1, 3)) == IdsIn((1, 3, uuid))
