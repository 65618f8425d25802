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
from engine.schema import VectorKind
from explorer.export import Export, ExportFormat, write_export
from explorer.hints import Hints, Starter, read_hints
from explorer.importers import from_uploads, inspect, run_import, suggest_plan
from explorer.jobs import Cancelled
from explorer.workspace import vector_specs

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


@pytest.fixture
def rich(client):
    """A collection of every kind of vector, with a field that is named as a vector is."""
    client.create_collection(
        "rich",
        vectors_config={
            "dense": models.VectorParams(
                size=2, distance=models.Distance.MANHATTAN, datatype=models.Datatype.FLOAT16
            ),
            "many": models.VectorParams(
                size=3,
                distance=models.Distance.DOT,
                multivector_config=models.MultiVectorConfig(comparator="max_sim"),
            ),
        },
        sparse_vectors_config={"words": models.SparseVectorParams(modifier=models.Modifier.IDF)},
        metadata=Hints(title="dense", starters=(Starter("a", "nearest", (1,)),)).metadata(),
    )
    words = models.SparseVector(indices=[3, 9], values=[0.5, 2])
    points = [
        models.PointStruct(
            id=1,
            vector={"dense": [1, 2], "many": [[1, 2, 3], [4, 5, 6]], "words": words},
            payload={"dense": [7, 8, 9], "tags": ["a", "b"]},
        ),
        models.PointStruct(id=2, vector={"many": [[0, 1, 0]]}, payload={"dense": [7, 8, 9]}),
    ]
    client.upsert("rich", points)
    return client


def rich_again(client, file_format, **changes):
    export = Export("rich", file_format, **changes)
    sink = BytesIO()
    write_export(client, export, sink, quiet, never)
    plan = suggest_plan(inspect(from_uploads((export.file_name, sink.getvalue()))), "again")
    run_import(client, plan, quiet, never)
    return client.get_collection("again").config


def points_of(client, name):
    found = client.scroll(name, with_vectors=True)[0]
    return [(r.id, r.vector, r.payload) for r in found]


def test_parquet_makes_the_same_collection_again(rich):
    before, after = rich.get_collection("rich").config, rich_again(rich, ExportFormat.PARQUET)
    assert vector_specs(after.params) == vector_specs(before.params)
    assert read_hints(after.metadata) == read_hints(before.metadata)
    assert points_of(rich, "again") == points_of(rich, "rich")


@pytest.mark.parametrize("said", [b"no JSON", b'{"vectors": {"size": 0, "distance": "Dot"}}'])
def test_a_file_that_says_nonsense_of_its_collection_is_a_table_like_others(said):
    table = pa.table({"id": [1, 2], "vec": [[1.0, 2.0], [2.0, 1.0]]})
    sink = BytesIO()
    parquet.write_table(table.replace_schema_metadata({"sextant.collection": said}), sink)
    plan = suggest_plan(inspect(from_uploads(("a.parquet", sink.getvalue()))), "again")
    assert [(vector.name, vector.columns) for vector in plan.vectors] == [("", ("vec",))]


def test_some_of_the_points_bring_no_hints_about_others(rich):
    hints = read_hints(rich_again(rich, ExportFormat.PARQUET, ids=(2,)).metadata)
    assert (hints.title, hints.starters) == ("dense", ())


@pytest.mark.parametrize("file_format", [ExportFormat.JSONL, ExportFormat.CSV])
def test_text_files_bring_all_but_lists_of_lists_as_vectors(rich, file_format):
    specs = vector_specs(rich_again(rich, file_format).params)
    assert {name: spec.kind for name, spec in specs.items()} == {
        "dense": VectorKind.DENSE,
        "words": VectorKind.SPARSE,
    }
    (whole, lacking), first = points_of(rich, "rich"), points_of(rich, "again")[0]
    assert lacking[0] == 2  # and is skipped: its lists of lists are payload now
    assert first[1]["words"] == whole[1]["words"]
    assert first[2] == {**whole[2], "many": whole[1]["many"]}


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
