"""Batches of updates do what the operations do one by one."""

from __future__ import annotations

import pytest
from qdrant_client import models

from engine import BadRequest, Engine, NotFound


@pytest.fixture
def engine():
    with Engine(":memory:") as made:
        made.create_collection(
            "c", {name: models.VectorParams(size=1, distance="Dot") for name in "ab"}
        )
        yield made


def everything(engine):
    records, _ = engine.scroll("c", limit=100, with_vectors=True)
    return {record.id: (record.vector, record.payload) for record in records}


OPERATIONS = [
    models.UpsertOperation(
        upsert=models.PointsList(
            points=[
                models.PointStruct(id=n, vector={"a": [1.0], "b": [2.0]}, payload={"n": n, "x": 1})
                for n in range(6)
            ]
        )
    ),
    models.UpsertOperation(
        upsert=models.PointsBatch(
            batch=models.Batch(ids=[5, 6], vectors={"a": [[7.0], [8.0]]}, payloads=[{}, {"n": 6}]),
            update_mode=models.UpdateMode.INSERT_ONLY,
        )
    ),
    models.DeleteOperation(delete=models.PointIdsList(points=[0])),
    models.SetPayloadOperation(set_payload=models.SetPayload(payload={"y": 2}, points=[1, 2])),
    models.SetPayloadOperation(
        set_payload=models.SetPayload(payload={"z": 3}, points=[1], key="deep")
    ),
    models.OverwritePayloadOperation(
        overwrite_payload=models.SetPayload(
            payload={"new": True},
            filter=models.Filter(
                must=[models.FieldCondition(key="n", match=models.MatchValue(value=3))]
            ),
        )
    ),
    models.DeletePayloadOperation(delete_payload=models.DeletePayload(keys=["x"], points=[2])),
    models.ClearPayloadOperation(clear_payload=models.PointIdsList(points=[4])),
    models.UpdateVectorsOperation(
        update_vectors=models.UpdateVectors(points=[models.PointVectors(id=1, vector={"a": [9.0]})])
    ),
    models.DeleteVectorsOperation(delete_vectors=models.DeleteVectors(points=[2], vector=["b"])),
]


def test_operations_are_applied_in_their_order(engine):
    results = engine.batch_update_points("c", OPERATIONS)
    numbers = [result.operation_id for result in results]
    assert numbers == list(range(numbers[0], numbers[0] + len(OPERATIONS)))
    both = {"a": [1.0], "b": [2.0]}
    assert everything(engine) == {
        1: ({"a": [9.0], "b": [2.0]}, {"n": 1, "x": 1, "y": 2, "deep": {"z": 3}}),
        2: ({"a": [1.0]}, {"n": 2, "y": 2}),
        3: (both, {"new": True}),
        4: (both, {}),
        5: (both, {"n": 5, "x": 1}),
        6: ({"a": [8.0]}, {"n": 6}),
    }


def test_the_first_failure_ends_the_batch(engine):
    engine.batch_update_points("c", OPERATIONS[:1])
    missing = models.SetPayload(payload={"q": 1}, points=[99])
    with pytest.raises(NotFound, match="No point with id 99 found"):
        engine.batch_update_points(
            "c",
            [OPERATIONS[2], models.SetPayloadOperation(set_payload=missing), OPERATIONS[7]],
        )
    assert sorted(everything(engine)) == [1, 2, 3, 4, 5]
    assert everything(engine)[4][1] == {"n": 4, "x": 1}


def test_neither_ids_nor_a_filter_is_refused(engine):
    nobody = models.SetPayloadOperation(set_payload=models.SetPayload(payload={"q": 1}))
    with pytest.raises(BadRequest, match="Either list of point ids or filter must be provided"):
        engine.batch_update_points("c", [nobody])
