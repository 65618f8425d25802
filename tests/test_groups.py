"""Grouped queries against a plain reading: all points in order, gathered one by one."""

from __future__ import annotations

import random

import pytest
from qdrant_client import models

from engine import Engine, FormatError, InvalidRequest, NotFound

POINTS = 300


def value_of(rng, number):
    return rng.choice(
        [
            {"word": rng.choice("abcde"), "number": rng.randrange(4)},
            {"word": [rng.choice("abcde"), rng.choice("abcde")], "number": [1, 2, 2]},
            {"word": [], "number": None},
            {"word": rng.choice([True, 1.5, {"a": 1}, ["a", None], ["a", 2.0]]), "number": number},
            {},
        ]
    )


@pytest.fixture(scope="module")
def engine():
    rng = random.Random(8)
    with Engine(":memory:") as made:
        for distance in ("Dot", "Euclid"):
            made.create_collection(distance, models.VectorParams(size=2, distance=distance))
            made.create_payload_index(distance, "rank", "integer")
            made.upsert(
                distance,
                [
                    models.PointStruct(
                        id=number,
                        vector=[rng.gauss(0, 1), rng.gauss(0, 1)],
                        payload={**value_of(rng, number), "rank": rng.randrange(10_000)},
                    )
                    for number in range(POINTS)
                ],
            )
        yield made


def keys_of(payload, key):
    value = payload.get(key)
    values = value if isinstance(value, list) else [value]
    is_key = all(isinstance(v, (int, str)) and not isinstance(v, bool) for v in values)
    return list(dict.fromkeys(values)) if is_key else []


def plainly(points, key, limit, size):
    groups: dict[object, list[object]] = {}
    for point in points:
        for value in sorted(keys_of(point.payload, key), key=str):
            groups.setdefault(value, []).append(point.id)
    return {value: ids[:size] for value, ids in list(groups.items())[:limit]}


def as_dict(result):
    return {group.id: [hit.id for hit in group.hits] for group in result.groups}


QUERIES = {
    "nearest": {"query": [0.3, -0.5]},
    "id": {"query": 7},
    "order_by": {"query": models.OrderByQuery(order_by="rank")},
    "scroll": {},
    "threshold": {"query": [0.3, -0.5], "score_threshold": 0.4},
    "filter": {
        "query": [0.3, -0.5],
        "query_filter": models.Filter(
            should=[models.FieldCondition(key="rank", range=models.Range(lt=5000))]
        ),
    },
}


@pytest.mark.parametrize("collection", ["Dot", "Euclid"])
@pytest.mark.parametrize("key", ["word", "number"])
@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize(("limit", "size"), [(1, 1), (2, 60), (3, 2), (10, 3), (400, 1)])
def test_groups_are_gathered_from_everything_found(engine, collection, key, query, limit, size):
    found = engine.query_points_groups(
        collection, key, **QUERIES[query], limit=limit, group_size=size
    )
    everything = engine.query_points(collection, **QUERIES[query], limit=POINTS).points
    expected = plainly(everything, key, limit, size)
    ours = as_dict(found)
    assert {value: len(ids) for value, ids in ours.items()} == {
        value: len(ids) for value, ids in expected.items()
    }
    assert ours == expected


def test_prefetches_give_group_size_times_their_limit(engine):
    source = models.Prefetch(query=[0.3, -0.5], limit=4)
    fused = models.FusionQuery(fusion=models.Fusion.RRF)
    found = engine.query_points_groups(
        "Dot", "number", prefetch=source, query=fused, limit=10, group_size=5
    )
    wide = models.Prefetch(
        query=[0.3, -0.5],
        limit=20,
        filter=models.Filter(
            must_not=[models.IsEmptyCondition(is_empty=models.PayloadField(key="number"))]
        ),
    )
    points = engine.query_points("Dot", prefetch=wide, query=fused, limit=POINTS).points
    assert as_dict(found) == plainly(points, "number", 10, 5)


def test_mmr_diversifies_before_points_are_grouped(engine):
    query = models.NearestQuery(nearest=[0.3, -0.5], mmr=models.Mmr(diversity=0.9))
    found = engine.query_points_groups("Dot", "number", query=query, limit=3, group_size=2)
    assert 1 <= len(found.groups) <= 3
    assert all(len(group.hits) <= 2 for group in found.groups)


def test_hits_carry_what_is_asked_for(engine):
    found = engine.query_points_groups(
        "Dot", "word", query=[1.0, 1.0], with_payload=["word"], with_vectors=True, limit=2
    )
    hit = found.groups[0].hits[0]
    assert set(hit.payload) == {"word"}
    assert len(hit.vector) == 2
    assert hit.version > 0


def test_lookup_finds_the_point_that_has_the_value_as_id(engine):
    found = engine.query_points_groups(
        "Dot", "number", query=[1.0, 1.0], limit=4, with_lookup="Euclid"
    )
    assert all(group.lookup.id == group.id for group in found.groups)
    assert all("rank" in group.lookup.payload for group in found.groups)
    assert all(group.lookup.vector is None for group in found.groups)
    lookup = models.WithLookup(collection="Euclid", with_payload=False, with_vectors=True)
    found = engine.query_points_groups("Dot", "number", query=[1.0, 1.0], with_lookup=lookup)
    by_id = {group.id: group.lookup for group in found.groups}
    assert by_id[1].payload is None
    assert len(by_id[1].vector) == 2


def test_values_that_are_no_ids_find_nothing(engine):
    found = engine.query_points_groups("Dot", "word", query=[1.0, 1.0], with_lookup="Euclid")
    assert [group.lookup for group in found.groups] == [None] * len(found.groups)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"limit": 0}, InvalidRequest, "group_request.limit: value 0 invalid"),
        ({"group_size": 0}, InvalidRequest, "group_request.group_size: value 0 invalid"),
        ({"with_lookup": "nope"}, NotFound, "Collection nope not found"),
        ({"group_by": "a["}, FormatError, "Invalid json path"),
    ],
)
def test_bad_requests_are_refused(engine, arguments, error, message):
    with pytest.raises(error, match=message):
        engine.query_points_groups(**{"collection_name": "Dot", "group_by": "word"} | arguments)


def test_a_field_that_no_point_has_makes_no_groups(engine):
    assert engine.query_points_groups("Dot", "nothing", query=[1.0, 1.0]).groups == []


def test_a_group_far_behind_is_found_where_its_points_also_join_another():
    with Engine(":memory:") as engine:
        engine.create_collection("c", models.VectorParams(size=1, distance="Dot"))
        payloads = [{"k": ["a", "b"][number % 2]} for number in range(60)] + [{"k": ["a", 7]}]
        points = [
            models.PointStruct(id=number, vector=[100.0 - number], payload=payload)
            for number, payload in enumerate(payloads)
        ]
        engine.upsert("c", points)
        found = engine.query_points_groups("c", "k", query=[1.0], limit=3, group_size=1).groups
        assert [(group.id, group.hits[0].id) for group in found] == [("a", 0), ("b", 1), (7, 60)]
        fewer = engine.query_points_groups("c", "k", query=[1.0], limit=9, group_size=2).groups
        assert [len(group.hits) for group in fewer] == [2, 2, 1]
