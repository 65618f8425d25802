"""Export: a collection as a file, and the same points again when the file is imported."""

import json
from dataclasses import replace
from io import BytesIO

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet
from qdrant_client import models

from engine import Engine
from engine.errors import NotFound
from explorer.export import Export, ExportFormat, write_export
from explorer.importers import from_uploads, inspect, run_import, suggest_plan
from explorer.jobs import Cancelled

UUID = "0190d1c2-0000-7000-8000-00000000abcd"


def quiet(*_progress):
    """Report to nobody."""


def never():
    return False


@pytest.fixture
def client():
    with Engine(":memory:") as engine:
        engine.create_collection(
            "fruit", vectors_config=models.VectorParams(size=2, distance=models.Distance.EUCLID)
        )
        yield engine


def put(client, *payloads):
    client.upsert(
        "fruit",
        [
            models.PointStruct(id=number, vector=[number, 0.1], payload=payload)
            for number, payload in enumerate(payloads, start=1)
        ],
    )


def exported(client, file_format, **changes):
    sink = BytesIO()
    export = replace(Export("fruit", file_format), **changes)
    count = write_export(client, export, sink, quiet, never)
    return count, sink.getvalue()


def imported_again(client, file_format, name="again"):
    content = exported(client, file_format)[1]
    source = from_uploads((f"fruit.{file_format}", content))
    plan = suggest_plan(inspect(source), name)
    vectors = tuple(replace(v, distance=models.Distance.EUCLID) for v in plan.vectors)
    run_import(client, replace(plan, vectors=vectors), quiet, never)
    return client.scroll(name, limit=100, with_vectors=True)[0]


@pytest.mark.parametrize("file_format", list(ExportFormat))
def test_an_export_imported_again_gives_the_same_points(client, file_format):
    place = {"lat": 1.5, "lon": -2.0}
    put(
        client,
        {"name": 'a "quoted", one', "n": 1, "ok": True, "x": 0.5, "at": place, "é": "line\nbreak"},
        {"name": "b", "n": -2, "ok": False, "x": 1.0, "at": place, "é": "ü"},
        {"name": "c"},
    )
    client.upsert("fruit", [models.PointStruct(id=UUID, vector=[1, 2], payload={"n": 9})])
    before = client.scroll("fruit", limit=100, with_vectors=True)[0]
    again = imported_again(client, file_format)
    assert [(r.id, r.vector, r.payload) for r in again] == [
        (r.id, r.vector, r.payload) for r in before
    ]


scalars = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=5)
payloads = st.dictionaries(
    st.text(min_size=1, max_size=3),
    scalars | st.lists(scalars, max_size=3) | st.dictionaries(st.text(max_size=2), scalars),
    max_size=4,
)


@settings(deadline=None, max_examples=30)
@given(st.lists(payloads, min_size=1, max_size=4))
def test_any_payload_survives_as_json_lines_and_can_be_written_as_tables(rows):
    with Engine(":memory:") as client:
        client.create_collection(
            "fruit", vectors_config=models.VectorParams(size=2, distance=models.Distance.EUCLID)
        )
        put(client, *rows)
        lines = exported(client, ExportFormat.JSONL, vectors=False)[1].decode().split("\n")
        for number, (row, line) in enumerate(zip(rows, lines[:-1], strict=True), start=1):
            expected = {"payload.id" if key == "id" else key: row[key] for key in row}
            assert json.loads(line) == {"id": number, **expected}
        for table in (ExportFormat.PARQUET, ExportFormat.CSV):
            assert exported(client, table)[0] == len(rows)


def test_parquet_columns_have_types(client):
    put(client, {"n": 1, "tags": ["a"]}, {"n": 2.5, "tags": []}, {"mixed": 1}, {"mixed": "one"})
    table = parquet.read_table(BytesIO(exported(client, ExportFormat.PARQUET)[1]))
    assert table.schema.field("id").type == pa.int64()
    assert table.schema.field("n").type == pa.float64()
    assert table.schema.field("tags").type == pa.list_(pa.string())
    assert table["mixed"].to_pylist() == [None, None, "1", "one"]
    np.testing.assert_allclose(table["vector"].to_pylist()[1], [2, 0.1], atol=1e-6)


def test_a_field_that_would_hide_a_column_is_renamed(client):
    put(client, {"id": "mine", "vector": "mine too"})
    row = json.loads(exported(client, ExportFormat.JSONL)[1])
    assert (row["id"], row["payload.id"], row["payload.vector"]) == (1, "mine", "mine too")
    assert json.loads(exported(client, ExportFormat.JSONL, vectors=False)[1])["id"] == 1


def test_chosen_points_without_vectors(client):
    put(client, {"n": 1}, {"n": 2}, {"n": 3})
    count, content = exported(client, ExportFormat.CSV, ids=(3, 1), vectors=False)
    assert (count, content.decode().split()) == (2, ["id,n", "3,3", "1,1"])


@pytest.mark.parametrize("file_format", list(ExportFormat))
def test_an_empty_collection_gives_a_file(client, file_format):
    assert exported(client, file_format)[0] == 0


def test_sparse_and_named_vectors_are_columns():
    with Engine(":memory:") as client:
        client.create_collection(
            "fruit",
            vectors_config={"v": models.VectorParams(size=2, distance=models.Distance.DOT)},
            sparse_vectors_config={"s": models.SparseVectorParams()},
        )
        sparse = models.SparseVector(indices=[3], values=[0.5])
        client.upsert("fruit", [models.PointStruct(id=1, vector={"v": [1, 2], "s": sparse})])
        row = json.loads(exported(client, ExportFormat.JSONL)[1])
        assert row == {"id": 1, "v": [1, 2], "s": {"indices": [3], "values": [0.5]}}


def test_progress_and_cancel(client):
    put(client, {}, {})
    told = []
    export = Export("fruit", ExportFormat.PARQUET)
    write_export(client, export, BytesIO(), lambda *progress: told.append(progress), never)
    assert told == [(2, 2, "Reading the fields"), (2, 2, "Writing")]
    with pytest.raises(Cancelled):
        write_export(client, export, BytesIO(), quiet, lambda: True)


def test_an_unknown_collection_is_an_error(client):
    with pytest.raises(NotFound):
        write_export(client, Export("nuts"), BytesIO(), quiet, never)


@pytest.mark.parametrize(
    ("collection", "name"),
    [("fruit", "fruit.csv"), ("a b/c", "a_b_c.csv"), ("../..", "collection.csv"), ("ä", "ä.csv")],
)
def test_file_names_are_safe(collection, name):
    assert Export(collection, ExportFormat.CSV).file_name == name
