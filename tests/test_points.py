"""The map's packed files: they hold what the collection holds, in the map's order."""

import numpy as np
import pytest
from qdrant_client import models

from engine import Engine
from explorer.colours import MISSING
from explorer.layout import Layout, Method, Quality, Standing, Tint, tint_values, tints
from explorer.points import MAX_MASKS, PointMap, PointMaps

IDS = [3, 7, 9, 2**60, "5c56c793-69f3-4fbf-87e6-c4bf54c28c26"]
GROUPS = ["a", "b", None, "a", "a"]


@pytest.fixture
def client() -> Engine:
    engine = Engine(":memory:")
    engine.create_collection(
        "set", vectors_config=models.VectorParams(size=3, distance=models.Distance.COSINE)
    )
    rows = np.random.default_rng(1).normal(size=(len(IDS), 3))
    engine.upsert(
        "set",
        points=[
            models.PointStruct(
                id=point,
                vector=row.tolist(),
                payload={"inner": {"group": group}} if group else {},
            )
            for point, row, group in zip(IDS, rows, GROUPS, strict=True)
        ],
    )
    return engine


@pytest.fixture
def maps(client: Engine) -> PointMaps:
    return PointMaps(client)


@pytest.fixture
def points(maps: PointMaps) -> PointMap:
    return maps.points("set", "")


def only(value: str) -> models.Filter:
    match = models.MatchValue(value=value)
    return models.Filter(must=[models.FieldCondition(key="inner.group", match=match)])


def bits(mask: bytes) -> list[bool]:
    n = int.from_bytes(mask[:4], "little")
    packed = np.frombuffer(mask, np.uint8, offset=4)
    return np.unpackbits(packed, count=n, bitorder="little").astype(bool).tolist()


def test_every_id_has_its_index(points):
    assert list(points.ids) == IDS
    assert [points.index(point) for point in IDS] == [0, 1, 2, 3, 4]
    assert points.index(4) is None


def test_points_are_a_count_and_coordinates(points):
    packed = points.packed()
    assert int.from_bytes(packed[:4], "little") == len(IDS)
    xy = np.frombuffer(packed, "<f4", offset=4).reshape(-1, 2)
    assert np.array_equal(xy, points.layout.xy)


def test_codes_stand_for_the_values_of_a_nested_field(maps, points):
    colouring = maps.colouring(points, "inner.group")
    packed = colouring.packed()
    assert int.from_bytes(packed[:4], "little") == len(IDS)
    width = int.from_bytes(packed[4:8], "little")
    codes = np.frombuffer(packed, f"<u{width}", offset=8)
    names = [*colouring.legend.names, *[None] * 256]
    assert [names[code] for code in codes] == GROUPS
    assert colouring.legend.missing == 1


def test_a_mask_marks_the_points_that_pass(maps, points):
    matching = maps.matching(points, only("a"))
    assert bits(matching.packed) == [group == "a" for group in GROUPS]
    assert maps.matching_of("set", matching.version) is matching
    assert maps.matching_of("set", "other") is None


def test_versions_follow_the_content(client, maps, points):
    assert maps.points("set", "") is points
    client.upsert("set", points=[models.PointStruct(id=11, vector=[1, 0, 0], payload={})])
    assert len(maps.points("set", "")) == len(IDS) + 1
    assert maps.points("set", "").version != points.version


def test_colours_and_masks_follow_the_payload(client, maps, points):
    before = maps.colouring(points, "inner.group"), maps.matching(points, only("a"))
    assert maps.colouring(points, "inner.group") is before[0]
    assert bits(before[1].packed) == [True, False, False, True, True]
    client.set_payload("set", {"inner": {"group": "b"}}, points=[3])
    after = maps.colouring(points, "inner.group"), maps.matching(points, only("a"))
    assert after[0].version != before[0].version
    assert bits(after[1].packed) == [False, False, False, True, True]


def test_values_keep_their_colours_while_points_come_and_go(client, maps, points):
    first = maps.colouring(points, "inner.group").legend
    assert (first.names, first.counts) == (("a", "b"), (3, 1))
    client.delete("set", [IDS[0], IDS[3], IDS[4]])
    maps.forget("set")
    fewer = maps.colouring(maps.points("set", ""), "inner.group").legend
    assert fewer.names == ("b",)
    client.set_payload("set", {"inner": {"group": "new"}}, points=[IDS[2]])
    newer = maps.colouring(maps.points("set", ""), "inner.group").legend
    assert set(newer.colours) == {"b", "new"}
    assert fewer.colours["b"] == newer.colours["b"] == first.colours["b"]
    assert newer.colours["new"] not in first.palette


def test_a_deleted_collection_made_anew_has_a_new_map(client, maps, points):
    client.delete_collection("set")
    client.create_collection(
        "set", vectors_config=models.VectorParams(size=2, distance=models.Distance.DOT)
    )
    assert len(maps.points("set", "")) == 0


def test_an_empty_map_packs(client, maps):
    client.create_collection(
        "none", vectors_config=models.VectorParams(size=2, distance=models.Distance.DOT)
    )
    points = maps.points("none", "")
    assert points.packed() == bytes(4)
    assert maps.colouring(points, "group").packed() == bytes(4) + b"\x01\0\0\0"
    assert maps.matching(points, only("a")).packed == bytes(4)


def test_what_was_not_used_for_long_is_dropped(client, maps, points):
    first = maps.matching(points, only("first"))
    for number in range(MAX_MASKS):
        maps.matching(points, only(str(number)))
    assert maps.matching_of("set", first.version) is None
    assert maps.matching(points, only("first")).version == first.version


def test_points_on_their_way_are_served_until_they_arrive(client):
    maps = PointMaps(client)
    assert maps.moving("fruit", "") is None
    places = np.arange(12, dtype=np.float32).reshape(4, 3)
    maps.move("fruit", "", places)
    packed = maps.moving("fruit", "")
    assert packed == (4).to_bytes(4, "little") + places.tobytes()
    maps.move("fruit", "", None)
    maps.move("fruit", "", None)
    assert maps.moving("fruit", "") is None


def test_a_map_is_coloured_by_how_its_layout_came_to_be(maps):
    ids = (1, 2, 3)
    layout = Layout(
        ids,
        np.zeros((3, 3), np.float32),
        np.array([True, True, False]),
        np.zeros(3, np.uint64),
        Method.UMAP,
        guessed=np.array([False, True, False]),
        quality=Quality(0.9, np.array([0.25, np.nan, np.nan], np.float32)),
    )
    points = PointMap("set", "", layout)
    assert len(points.packed()) == 4 + 3 * 12
    assert tints(layout) == (Tint.DISTORTION, Tint.STANDING)
    standing = maps.colouring(points, Tint.STANDING)
    assert set(standing.legend.names) == set(Standing)
    distortion = maps.colouring(points, Tint.DISTORTION)
    assert (distortion.codes == MISSING).tolist() == [False, True, True]
    plain = Layout(ids, layout.places, np.ones(3, bool), layout.marks, Method.PCA)
    assert tints(plain) == ()
    assert tint_values(plain, Tint.DISTORTION) == [None] * 3
