"""Changing points that are there: payloads, vectors, deletion, and reading them back."""

import pytest
from qdrant_client import models

from engine import Engine, FormatError, InvalidRequest, NotFound, WrongInput

DOT = models.Distance.DOT
UUIDS = [f"00000000-0000-4000-8000-00000000000{digit}" for digit in range(3)]
EVEN = models.Filter(must=models.FieldCondition(key="even", match=models.MatchValue(value=True)))


@pytest.fixture(params=["memory", "disk"])
def opened(request, tmp_path):
    with Engine(":memory:" if request.param == "memory" else tmp_path) as made:
        made.create_collection(
            "c",
            {
                "a": models.VectorParams(size=2, distance=DOT),
                "b": models.VectorParams(size=1, distance=DOT),
            },
            {"s": models.SparseVectorParams()},
        )
        made.upsert(
            "c",
            [
                models.PointStruct(
                    id=number,
                    vector={"a": [float(number), 0.0], "b": [float(number)]},
                    payload={"even": not number % 2},
                )
                for number in range(6)
            ],
        )
        yield made


def payloads(opened):
    return {record.id: record.payload for record in opened.scroll("c")[0]}


def vectors(opened, *ids):
    return [record.vector for record in opened.retrieve("c", ids, False, with_vectors=True)]


@pytest.mark.parametrize(
    "selector",
    [
        [0, 2, 4],
        [4, 0, 2, 2],
        EVEN,
        models.FilterSelector(filter=EVEN),
        models.PointIdsList(points=[0, 2, 4]),
    ],
)
def test_every_selector_means_the_same_points(opened, selector):
    opened.delete("c", selector)
    assert sorted(payloads(opened)) == [1, 3, 5]


def test_deleting_what_is_not_there(opened):
    opened.delete("c", [77, 1])
    opened.delete("c", [])
    assert opened.count("c").count == 5
    with pytest.raises(FormatError):
        opened.delete("c", ["nonsense"])


def test_payloads_are_merged_replaced_and_cleared(opened):
    opened.set_payload("c", {"x": {"y": 1}, "even": None}, [1])
    opened.set_payload("c", {"z": 2}, [1], key="x")
    opened.overwrite_payload("c", {"all": "new"}, [2])
    opened.delete_payload("c", ["even"], [3])
    opened.clear_payload("c", EVEN)
    assert payloads(opened) == {
        0: {}, 1: {"x": {"y": 1, "z": 2}}, 2: {"all": "new"}, 3: {}, 4: {}, 5: {"even": False},
    }  # fmt: skip
    assert vectors(opened, 1) == [{"a": [1.0, 0.0], "b": [1.0]}]


def test_filters_see_changed_payloads(opened):
    assert opened.count("c", EVEN).count == 3
    opened.set_payload("c", {"even": True}, [1])
    opened.upsert("c", [models.PointStruct(id=9, vector={}, payload={"even": True})])
    assert opened.count("c", EVEN).count == 5


def test_missing_ids_are_told_after_the_others_changed(opened):
    with pytest.raises(NotFound, match="No point with id 77 found"):
        opened.set_payload("c", {"x": 1}, [1, 77])
    assert payloads(opened)[1] == {"even": False, "x": 1}


def test_a_payload_that_cannot_be_stored_changes_nothing(opened):
    with pytest.raises(WrongInput):
        opened.set_payload("c", {"x": float("nan")}, EVEN)
    assert all("x" not in payload for payload in payloads(opened).values())


def test_only_given_vectors_change(opened):
    sparse = models.SparseVector(indices=[3], values=[1.0])
    opened.update_vectors(
        "c",
        [
            models.PointVectors(id=1, vector={"a": [7.0, 7.0]}),
            models.PointVectors(id=2, vector={"s": sparse}),
            models.PointVectors(id=1, vector={"b": [8.0]}),
        ],
    )
    assert vectors(opened, 1, 2, 3) == [
        {"a": [7.0, 7.0], "b": [8.0]},
        {"a": [2.0, 0.0], "b": [2.0], "s": sparse},
        {"a": [3.0, 0.0], "b": [3.0]},
    ]
    assert payloads(opened)[1] == {"even": False}


def test_vector_updates_are_all_or_nothing(opened):
    updates = [models.PointVectors(id=number, vector={"b": [9.0]}) for number in (1, 77)]
    with pytest.raises(NotFound, match="No point with id 77 found"):
        opened.update_vectors("c", updates)
    with pytest.raises(WrongInput, match="nope"):
        opened.update_vectors("c", [models.PointVectors(id=1, vector={"nope": [9.0]})])
    assert vectors(opened, 1) == [{"a": [1.0, 0.0], "b": [1.0]}]


def test_vector_updates_obey_their_filter(opened):
    updates = [models.PointVectors(id=number, vector={"b": [9.0]}) for number in (1, 2)]
    opened.update_vectors("c", updates, update_filter=EVEN)
    assert [found["b"] for found in vectors(opened, 1, 2)] == [[1.0], [9.0]]


def test_deleted_vectors_are_not_searched(opened):
    opened.delete_vectors("c", ["b"], EVEN)
    assert vectors(opened, 0, 1) == [{"a": [0.0, 0.0]}, {"a": [1.0, 0.0], "b": [1.0]}]
    assert [hit.id for hit in opened.query_points("c", [1.0], using="b").points] == [5, 3, 1]
    with pytest.raises(WrongInput, match="Not existing vector name error: nope"):
        opened.delete_vectors("c", ["nope"], [1])


def test_records_come_in_the_order_asked_for(opened):
    assert [record.id for record in opened.retrieve("c", [4, 77, 1, 4])] == [4, 1]
    (record,) = opened.retrieve("c", [3], with_payload=False)
    assert (record.payload, record.vector) == (None, None)
    (record,) = opened.retrieve("c", [3], with_vectors=["b"])
    assert record.vector == {"b": [3.0]}
    with pytest.raises(WrongInput, match="nope"):
        opened.retrieve("c", [3], with_vectors=["nope"])


@pytest.mark.parametrize("limit", [1, 2, 4, 100])
def test_pages_cover_everything_in_id_order(opened, limit):
    opened.upsert("c", [models.PointStruct(id=point, vector={}) for point in reversed(UUIDS)])
    seen, offset = [], None
    while True:
        records, offset = opened.scroll("c", limit=limit, offset=offset)
        seen += [record.id for record in records]
        if offset is None:
            break
    assert seen == [0, 1, 2, 3, 4, 5, *UUIDS]


@pytest.mark.parametrize(("offset", "first"), [(0, 0), (3, 4), (4, 4), (5, None), (UUIDS[0], None)])
def test_a_page_begins_at_an_id_that_need_not_be_there(opened, offset, first):
    opened.delete("c", [3])
    records, _ = opened.scroll("c", scroll_filter=EVEN, offset=offset)
    assert (records[0].id if records else None) == first


def test_pages_have_at_least_one_point(opened):
    with pytest.raises(InvalidRequest, match="scroll_request"):
        opened.scroll("c", limit=0)
