"""Points going in: every way, every kind of vector, every refusal."""

import math
from datetime import date
from uuid import UUID

import numpy as np
import pytest
from qdrant_client import models

from engine import (
    BadRequest,
    Engine,
    EngineError,
    FormatError,
    NotFound,
    NotSupported,
    WrongInput,
)
from engine.upload import CHUNK

DOT = models.Distance.DOT
UUID_TEXT = "a3b1c2d4-0000-4000-8000-00000000000f"


@pytest.fixture(params=["memory", "disk"])
def opened(request, tmp_path):
    with Engine(":memory:" if request.param == "memory" else tmp_path) as made:
        made.create_collection("c", models.VectorParams(size=2, distance=DOT))
        yield made


@pytest.fixture
def mixed():
    with Engine(":memory:") as made:
        made.create_collection(
            "c",
            {
                "d": models.VectorParams(size=2, distance=DOT),
                "half": models.VectorParams(size=2, distance=DOT, datatype=models.Datatype.FLOAT16),
                "byte": models.VectorParams(size=2, distance=DOT, datatype=models.Datatype.UINT8),
                "m": models.VectorParams(
                    size=2,
                    distance=DOT,
                    multivector_config=models.MultiVectorConfig(
                        comparator=models.MultiVectorComparator.MAX_SIM
                    ),
                ),
            },
            {"s": models.SparseVectorParams()},
        )
        yield made


def point(number, vector=(1.0, 2.0), **payload):
    return models.PointStruct(id=number, vector=list(vector), payload=payload or None)


def stored(opened, *ids):
    return [
        (record.id, record.vector, record.payload)
        for record in opened.retrieve("c", ids, with_vectors=True)
    ]


def test_points_come_back_as_they_went_in(opened):
    payload: dict[str, object] = {
        "i": 2**60,
        "f": 0.1,
        "b": True,
        "n": None,
        "l": [1, "é\ud800"],
        "o": {"": {}},
    }
    result = opened.upsert("c", [point(7, **payload), point(UUID_TEXT)])
    assert result.status == "completed"
    assert stored(opened, UUID_TEXT, 7) == [
        (UUID_TEXT, [1.0, 2.0], {}),
        (7, [1.0, 2.0], payload),
    ]
    assert type(opened.retrieve("c", [7])[0].payload["b"]) is bool


def test_an_upsert_replaces_the_whole_point(opened):
    opened.upsert("c", [point(1, a=1, b=2)])
    opened.upsert("c", [point(1, (3, 4), c=3)])
    assert stored(opened, 1) == [(1, [3.0, 4.0], {"c": 3})]
    assert opened.count("c").count == 1


def test_of_a_repeated_id_the_last_counts(opened):
    opened.upsert("c", [point(1, n=1), point(2, n=2), point(1, (5, 6), n=3)])
    assert stored(opened, 1, 2) == [(1, [5.0, 6.0], {"n": 3}), (2, [1.0, 2.0], {"n": 2})]


def test_versions_are_operation_numbers(opened):
    first = opened.upsert("c", [point(1), point(2)]).operation_id
    second = opened.set_payload("c", {"k": 1}, [2]).operation_id
    versions = {hit.id: hit.version for hit in opened.query_points("c", [1.0, 1.0]).points}
    assert versions == {1: first, 2: second}
    assert second > first


def test_batches_are_columns(opened):
    opened.upsert(
        "c",
        models.Batch(ids=[1, 2], vectors=[[1.0, 2.0], [3.0, 4.0]], payloads=[{"a": 1}, {"a": 2}]),
    )
    opened.upsert("c", models.Batch(ids=[3], vectors=[[5.0, 6.0]]))
    assert stored(opened, 3, 2) == [(3, [5.0, 6.0], {}), (2, [3.0, 4.0], {"a": 2})]


def test_batches_of_named_columns(mixed):
    mixed.upsert("c", models.Batch(ids=[1, 2], vectors={"d": [[1.0, 2.0], [3.0, 4.0]]}))
    assert stored(mixed, 2) == [(2, {"d": [3.0, 4.0]}, {})]


def test_columns_of_different_lengths(opened):
    with pytest.raises(BadRequest, match="number of vectors `` \\(1\\) does not match"):
        opened.upsert("c", models.Batch(ids=[1, 2], vectors=[[1.0, 2.0]]))
    with pytest.raises(BadRequest, match="number of payloads"):
        opened.upsert("c", models.Batch(ids=[1], vectors=[[1.0, 2.0]], payloads=[{}, {}]))
    assert opened.count("c").count == 0


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        (models.UpdateMode.UPSERT, {1: "new", 2: "new"}),
        (models.UpdateMode.INSERT_ONLY, {1: "old", 2: "new"}),
        (models.UpdateMode.UPDATE_ONLY, {1: "new"}),
    ],
)
def test_update_modes(opened, mode, expected):
    opened.upsert("c", [point(1, v="old")])
    opened.upsert("c", [point(1, v="new"), point(2, v="new")], update_mode=mode)
    assert {record.id: record.payload["v"] for record in opened.scroll("c")[0]} == expected


def test_insert_only_keeps_the_first_of_a_repeated_id(opened):
    twice = [point(1, v="first"), point(1, v="second")]
    opened.upsert("c", twice, update_mode=models.UpdateMode.INSERT_ONLY)
    assert stored(opened, 1)[0][2] == {"v": "first"}


def test_update_filters_spare_existing_points(opened):
    opened.upsert("c", [point(1, lock=True), point(2, lock=False)])
    unlocked = models.Filter(
        must=models.FieldCondition(key="lock", match=models.MatchValue(value=False))
    )
    opened.upsert("c", [point(1, v=1), point(2, v=1), point(3, v=1)], update_filter=unlocked)
    payloads = [record.payload for record in opened.scroll("c")[0]]
    assert payloads == [{"lock": True}, {"v": 1}, {"v": 1}]


def test_every_kind_of_vector_is_stored(mixed):
    sparse = models.SparseVector(indices=[7, 2], values=[0.5, 1.5])
    mixed.upsert(
        "c",
        [
            models.PointStruct(
                id=1, vector={"d": [1.0, 2.0], "s": sparse, "m": [[1.0, 2.0], [3.0, 4.0]]}
            ),
            models.PointStruct(id=2, vector={"half": [0.1, 1.0], "byte": [300.0, 1.9]}),
            models.PointStruct(id=3, vector={}),
            models.PointStruct(id=4, vector={"m": [[9.0, 9.0]], "s": sparse}),
        ],
    )
    ascending = models.SparseVector(indices=[2, 7], values=[1.5, 0.5])
    assert [vector for _, vector, _ in stored(mixed, 1, 2, 3, 4)] == [
        {"d": [1.0, 2.0], "s": ascending, "m": [[1.0, 2.0], [3.0, 4.0]]},
        {"half": [float(np.float16(0.1)), 1.0], "byte": [255.0, 1.0]},
        {},
        {"m": [[9.0, 9.0]], "s": ascending},
    ]


@pytest.mark.parametrize(
    ("vector", "error", "text"),
    [
        ([1.0], WrongInput, "expected dim: 2, got 1"),
        ([1.0, 2.0, 3.0], WrongInput, "expected dim: 2, got 3"),
        ([math.nan, 1.0], WrongInput, "nan"),
        ([math.inf, 1.0], WrongInput, "inf"),
        ([], EngineError, "empty"),
        ([[1.0, 2.0]], WrongInput, "multi and regular"),
        ({"nope": [1.0, 2.0]}, WrongInput, "Not existing vector name error: nope"),
        ({"": models.SparseVector(indices=[1], values=[1])}, WrongInput, "sparse and regular"),
        (models.Document(text="hi", model="m"), NotSupported, "encode"),
    ],
)
def test_vectors_that_do_not_fit(opened, vector, error, text):
    opened.upsert("c", [point(1)])
    with pytest.raises(error, match=text):
        opened.upsert("c", [point(2), models.PointStruct(id=3, vector=vector)])
    assert opened.count("c").count == 1


@pytest.mark.parametrize("payload", [{"x": math.nan}, {"x": [math.inf]}, {"x": {1, 2}}, {"x": b""}])
def test_payloads_that_are_not_json(opened, payload):
    with pytest.raises(WrongInput, match="payload cannot be stored as JSON"):
        opened.upsert("c", [models.PointStruct(id=1, vector=[1.0, 2.0], payload=payload)])
    assert opened.count("c").count == 0


def test_a_payload_that_never_ends(opened):
    payload: dict[str, object] = {}
    payload["self"] = payload
    with pytest.raises(WrongInput, match="payload cannot be stored"):
        opened.upload_collection("c", [[1, 2]], [payload], ids=[1])


def nested(depth, kind):
    made: object = 1
    for _ in range(depth - 1):
        made = {"a": made} if kind is dict else [made]
    return {"a": made}


@pytest.mark.parametrize("kind", [dict, list])
def test_payloads_as_deep_as_may_be(opened, kind):
    payload = nested(128, kind)
    opened.upsert("c", [models.PointStruct(id=1, vector=[1, 2], payload=payload)])
    assert opened.retrieve("c", [1])[0].payload == payload


@pytest.mark.parametrize("kind", [dict, list])
@pytest.mark.parametrize("depth", [129, 700, 5000])
def test_payloads_that_are_nested_too_deeply(opened, kind, depth):
    point = models.PointStruct.model_construct(id=1, vector=[1, 2], payload=nested(depth, kind))
    with pytest.raises(WrongInput, match="nested more than 128 deep"):
        opened.upsert("c", [point])
    assert opened.count("c").count == 0


def test_values_of_tables_become_json(opened):
    payload = {"n": np.int64(3), "a": np.array([1.5]), "d": date(2024, 5, 1), "u": UUID(UUID_TEXT)}
    opened.upsert("c", [point(1, **payload)])
    assert stored(opened, 1)[0][2] == {"n": 3, "a": [1.5], "d": "2024-05-01", "u": UUID_TEXT}


@pytest.mark.parametrize("bad", [-1, 2**64, 1.5, "seven", True, None])
def test_ids_that_are_none(opened, bad):
    with pytest.raises(FormatError, match="is not a valid point ID"):
        opened.upload_collection("c", [[1, 2]], ids=[bad])


@pytest.mark.parametrize("largest", [0, 2**63, 2**64 - 1])
def test_ids_at_the_ends_of_the_range(opened, largest):
    opened.upsert("c", [point(largest)])
    assert [record.id for record in opened.scroll("c")[0]] == [largest]


def test_no_points_at_all(opened):
    with pytest.raises(BadRequest, match="at least one point"):
        opened.upsert("c", [])
    opened.upload_points("c", [])
    opened.upload_collection("c", np.empty((0, 2), np.float32))
    assert opened.count("c").count == 0


def test_uploading_points_from_an_iterator(opened):
    opened.upload_points("c", (point(number, n=number) for number in range(100)))
    assert opened.count("c").count == 100


def test_uploading_more_than_a_chunk(opened):
    rows = CHUNK + 3
    vectors = np.arange(2 * rows, dtype=np.float32).reshape(rows, 2)
    opened.upload_collection("c", vectors, ({"n": n} for n in range(rows)), ids=range(rows))
    assert opened.count("c").count == rows
    assert stored(opened, rows - 1) == [(rows - 1, vectors[-1].tolist(), {"n": rows - 1})]


def test_uploading_without_ids_makes_uuids(opened):
    opened.upload_collection("c", np.ones((3, 2)))
    assert all(UUID(record.id) for record in opened.scroll("c")[0])


def test_uploading_named_columns(mixed):
    multi = np.ones((2, 3, 2))
    mixed.upload_collection("c", {"d": np.ones((2, 2)), "m": multi}, ids=[1, 2])
    mixed.upload_collection("c", iter([{"d": [1, 2]}, {"half": [1, 2]}]), ids=[3, 4])
    assert stored(mixed, 1, 4) == [
        (1, {"d": [1.0, 1.0], "m": multi[0].tolist()}, {}),
        (4, {"half": [1.0, 2.0]}, {}),
    ]


@pytest.mark.parametrize(
    ("vectors", "payload", "ids"),
    [
        (np.ones((2, 2)), None, [1]),
        (np.ones((2, 2)), None, [1, 2, 3]),
        (np.ones((2, 2)), [{}], [1, 2]),
        (np.ones((2, 2)), [{}] * 3, [1, 2]),
        ({"": np.ones((2, 2)), "x": np.ones((1, 2))}, None, [1, 2]),
    ],
)
def test_uploads_whose_columns_do_not_agree(opened, vectors, payload, ids):
    with pytest.raises(BadRequest, match=r"number of|there are more"):
        opened.upload_collection("c", vectors, payload, ids)


@pytest.mark.parametrize("vectors", [np.ones(2), np.ones((1, 3)), np.full((1, 2), np.nan)])
def test_arrays_that_do_not_fit(opened, vectors):
    with pytest.raises(WrongInput):
        opened.upload_collection("c", vectors, ids=range(len(vectors)))
    assert opened.count("c").count == 0


def payloads_that(do, rows):
    """Yield empty payloads, and do something once the first chunk is read and the second begins."""
    for row in range(rows):
        if row == CHUNK + 1:
            do()
        yield {}


ADDED = models.DenseVectorNameConfig(
    dense=models.DenseVectorConfig(size=3, distance=models.Distance.DOT)
)


def test_a_vector_is_added_while_points_are_uploaded(mixed):
    rows = CHUNK + 3
    payload = payloads_that(lambda: mixed.create_vector_name("c", "new", ADDED), rows)
    mixed.upload_collection("c", {"d": np.ones((rows, 2))}, payload, ids=range(rows))
    assert mixed.count("c").count == rows
    mixed.update_vectors("c", [models.PointVectors(id=rows - 1, vector={"new": [1, 2, 3]})])
    assert stored(mixed, rows - 1) == [(rows - 1, {"d": [1.0, 1.0], "new": [1.0, 2.0, 3.0]}, {})]


def test_a_vector_is_made_anew_while_points_are_uploaded(mixed):
    def make_anew():
        mixed.delete_vector_name("c", "d")
        mixed.create_vector_name("c", "d", ADDED)

    def chunks():
        yield from [{"d": [1.0, 2.0]}] * CHUNK
        make_anew()
        yield from [{"d": [1.0, 2.0]}] * CHUNK

    with pytest.raises(WrongInput, match=r"dropped or changed|expected dim: 3, got 2"):
        mixed.upload_collection("c", chunks(), ids=range(2 * CHUNK))
    assert mixed.count("c").count in (0, CHUNK)


def test_the_error_of_an_earlier_chunk_is_told(opened):
    """The first chunk is refused while the second is read, which is no good either."""
    vectors = [[1.0, 2.0]] * CHUNK + [[1.0]]
    with pytest.raises(NotFound):
        opened.upload_collection("c", upload_and_drop(opened, vectors), ids=range(len(vectors)))


def upload_and_drop(opened, vectors):
    opened.delete_collection("c")
    yield from vectors


def test_chunks_before_a_bad_one_are_kept(opened):
    vectors = [[1.0, 2.0]] * CHUNK + [[1.0]]
    with pytest.raises(WrongInput, match="expected dim: 2, got 1"):
        opened.upload_collection("c", vectors, ids=range(len(vectors)))
    assert opened.count("c").count == CHUNK
