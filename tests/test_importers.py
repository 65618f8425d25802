"""Importers: files of every kind become collections; bad rows are named, nothing half stays."""

import json
from dataclasses import replace
from uuid import UUID

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet
from qdrant_client import QdrantClient
from qdrant_client.models import Distance, PayloadSchemaType

from engine import Engine
from engine.schema import VectorKind
from explorer import filling
from explorer.importers import (
    BadRow,
    BadRows,
    Duplicates,
    ImportProblem,
    Kind,
    UnfitPlan,
    UnreadableSource,
    VectorPlan,
    from_paths,
    from_uploads,
    inspect,
    planned,
    possible_vectors,
    run_import,
    suggest_plan,
)
from explorer.importers.kinds import kind_of
from explorer.jobs import Cancelled

CSV = b"""id,name,price,when,vec
1,apple,1.5,2020-01-01,"[1, 0]"
2,pear,,2020-01-02,"[0, 1]"
3,fig,2,,"[1 1]"
"""


def quiet(*_progress):
    """Report to nobody."""


def never():
    return False


@pytest.fixture
def client():
    with Engine(":memory:") as engine:
        yield engine


def plan_of(source, name="fruit", **changes):
    return replace(suggest_plan(inspect(source), name), **changes)


def imported(client, source, **changes):
    return run_import(client, plan_of(source, **changes), quiet, never)


def points(client, name="fruit"):
    records, rest = client.scroll(name, limit=1000, with_vectors=True)
    assert rest is None
    return {record.id: record for record in records}


def csv(text):
    return from_uploads(("fruit.csv", text if isinstance(text, bytes) else text.encode()))


def jsonl(*rows):
    return from_uploads(("fruit.jsonl", "\n".join(map(json.dumps, rows)).encode()))


def parquet_bytes(**columns):
    sink = pa.BufferOutputStream()
    parquet.write_table(pa.table(columns), sink)
    return sink.getvalue().to_pybytes()


def npy_bytes(array):
    sink = pa.BufferOutputStream()
    np.save(sink, array)
    return sink.getvalue().to_pybytes()


# Looking into a file


def test_a_preview_tells_columns_kinds_and_first_rows():
    preview = inspect(csv(CSV))
    assert {column.name: column.kind for column in preview.columns} == {
        "id": Kind.INTEGER,
        "name": Kind.KEYWORD,
        "price": Kind.FLOAT,
        "when": Kind.DATETIME,
        "vec": Kind.VECTOR,
    }
    assert (preview.rows, preview.exact, preview.id_column) == (3, True, "id")
    assert preview.first[0]["price"] == 1.5
    assert "price" not in preview.first[1]
    assert preview.columns[4].size == 2


@pytest.mark.parametrize(
    ("values", "from_text", "kind"),
    [
        (["1", "-2"], True, Kind.INTEGER),
        (["1", "-2"], False, Kind.KEYWORD),
        (["007", "012"], True, Kind.KEYWORD),
        (["1", "2.5e3"], True, Kind.FLOAT),
        (["true", "False"], True, Kind.BOOL),
        ([True, False], False, Kind.BOOL),
        ([1, 2.5, None], False, Kind.FLOAT),
        ([1, 2, float("nan")], False, Kind.INTEGER),
        (["2020-01-01", "2020-01-01T10:00:00Z"], False, Kind.DATETIME),
        (["0190d1c2-0000-7000-8000-00000000abcd"], False, Kind.UUID),
        ([{"lat": 1.0, "lon": 2.0}], False, Kind.GEO),
        ([{"a": 1}], False, Kind.OBJECT),
        ([["a", "b"], ["c"]], False, Kind.KEYWORD),
        ([[1.0, 2.0], [3.0, 4.0]], False, Kind.VECTOR),
        (["[1, 2]", "[3 4]", "[5,6]", "oops"], True, Kind.VECTOR),
        ([[1, 2], [1, 2, 3], [1]], False, Kind.OBJECT),
        (["a sentence that is plainly longer than the name of a thing"], True, Kind.TEXT),
        ([None, None], False, Kind.EMPTY),
        ([b"raw"], False, Kind.BINARY),
    ],
)
def test_kinds(values, from_text, kind):
    assert kind_of(values, from_text=from_text) is kind


def test_the_delimiter_and_a_byte_order_mark_are_found():
    preview = inspect(from_uploads(("a.csv", b"\xef\xbb\xbfid;x;y\n1;2;3\n")))
    assert [column.name for column in preview.columns] == ["id", "x", "y"]
    preview = inspect(from_uploads(("a.tsv", b"id\tx\ty\n1\t2\t3\n")))
    assert [column.name for column in preview.columns] == ["id", "x", "y"]


def test_a_large_text_file_is_estimated_not_read(tmp_path):
    path = tmp_path / "long.csv"
    line = '1,"[0.5, 0.25]"\n'
    path.write_text("n,vec\n" + line * 200_000)
    preview = inspect(from_paths(path))
    assert not preview.exact
    assert preview.rows == pytest.approx(200_000, rel=0.02)


# Formats


def test_csv(client):
    report = imported(client, csv(CSV))
    assert (report.points, report.skipped) == (3, 0)
    found = points(client)
    assert found[1].payload == {"name": "apple", "price": 1.5, "when": "2020-01-01"}
    assert found[2].payload == {"name": "pear", "when": "2020-01-02"}
    np.testing.assert_allclose(found[3].vector, [0.5**0.5, 0.5**0.5], atol=1e-6)


def test_jsonl_keeps_payload_as_it_is(client):
    row = {"id": 5, "vec": [1, 2], "tags": ["a", None], "n": {"deep": [1, {"x": False}]}, "z": None}
    imported(client, jsonl(row, {"id": 6, "vec": [2, 1]}))
    found = points(client)
    assert found[5].payload == {key: row[key] for key in ("tags", "n", "z")}
    assert found[6].payload == {}


def test_parquet(client, tmp_path):
    path = tmp_path / "fruit.parquet"
    path.write_bytes(
        parquet_bytes(
            id=[1, 2],
            vec=pa.array([[1.0, 2.0], [3.0, 4.0]], pa.list_(pa.float32(), 2)),
            when=pa.array([0, None], pa.timestamp("ms")),
            raw=[b"x", b"y"],
        )
    )
    imported(client, from_paths(path), vectors=(VectorPlan("v", ("vec",), 2, Distance.DOT),))
    found = points(client)
    assert found[2].vector == {"v": [3.0, 4.0]}
    assert found[1].payload == {"when": "1970-01-01T00:00:00"}
    assert found[2].payload == {}


def test_arrow_files_and_streams(client):
    table = pa.table({"id": [1, 2], "vec": [[1.0, 0.0], [0.0, 1.0]]})
    for number, new in enumerate((pa.ipc.new_file, pa.ipc.new_stream)):
        sink = pa.BufferOutputStream()
        with new(sink, table.schema) as writer:
            writer.write_table(table)
        source = from_uploads(("a.arrow", sink.getvalue().to_pybytes()))
        run_import(client, plan_of(source, f"a{number}"), quiet, never)
        assert set(points(client, f"a{number}")) == {1, 2}


def test_npy_alone_is_numbered_from_one(client, tmp_path):
    X = np.arange(10, dtype=np.float16).reshape(5, 2) + 1
    np.save(tmp_path / "x.npy", X)
    distance = (VectorPlan("", (), 2, Distance.EUCLID),)
    imported(client, from_paths(tmp_path / "x.npy"), vectors=distance)
    assert {point: record.vector for point, record in points(client).items()} == {
        number: row.tolist() for number, row in enumerate(X, start=1)
    }


def test_npy_beside_a_table(client):
    X = np.eye(3, dtype=np.float64)
    source = from_uploads(("x.npy", npy_bytes(X)), ("t.csv", b"key,name\n7,a\n8,b\n9,c\n"))
    imported(client, source)
    found = points(client)
    assert found[8].vector == [0, 1, 0]
    assert found[8].payload == {"name": "b"}


def test_number_columns_become_one_standardised_vector(client):
    report = imported(client, csv("name,a,b\nx,1,10\ny,2,\nz,3,30\n"))
    assert report.points == 3
    scale = (3 / 2) ** 0.5
    expected = [[-scale, -1], [0, 0], [scale, 1]]
    found = points(client)
    for number, vector in enumerate(expected, start=1):
        np.testing.assert_allclose(found[number].vector, vector, atol=1e-6)
    assert found[2].payload == {"name": "y", "a": 2}


@settings(deadline=None)
@given(st.lists(st.integers(-1000, 1000), min_size=2, max_size=30))
def test_standardised_columns_have_mean_0_and_deviation_1(values):
    text = "a,b\n" + "".join(f"{value},5\n" for value in values)
    with Engine(":memory:") as client:
        imported(client, csv(text))
        X = np.array([record.vector for record in points(client).values()])
    np.testing.assert_allclose(X.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(X[:, 0].std(), float(len(set(values)) > 1), atol=1e-5)
    np.testing.assert_array_equal(X[:, 1], 0)


def test_several_vectors_and_rows_that_lack_one(client):
    source = jsonl(
        {"id": 1, "a": [1, 0], "b": [1, 0, 0]},
        {"id": 2, "a": [0, 1], "b": None},
        {"id": 3},
    )
    report = imported(client, source)
    assert report.noted == (BadRow(3, "no vector"),)
    assert set(points(client)[2].vector) == {"a"}


# Ids


def test_ids_of_every_kind(client):
    uuid = "0190D1C2-0000-7000-8000-00000000ABCD"
    source = jsonl(
        {"id": 1, "vec": [1, 1]}, {"id": uuid, "vec": [1, 1]}, {"id": "pear", "vec": [1, 1]}
    )
    imported(client, source)
    found = points(client)
    assert found.keys() >= {1, uuid.lower()}
    (other,) = found.keys() - {1, uuid.lower()}
    assert UUID(other).version == 5
    assert found[other].payload == {"id": "pear"}, "the text is kept: the UUID does not tell it"


def test_repeated_ids_are_refused_by_default(client):
    with pytest.raises(ImportProblem, match="Row 3: id 1 stood in an earlier row"):
        imported(client, csv('id,vec\n1,"[1,0]"\n2,"[1,0]"\n1,"[0,1]"\n'))
    assert not client.collection_exists("fruit")


@pytest.mark.parametrize(
    ("policy", "kept"), [(Duplicates.KEEP_FIRST, [1, 0]), (Duplicates.KEEP_LAST, [0, 1])]
)
@pytest.mark.parametrize("between", [0, 5000], ids=["one batch", "batches apart"])
def test_one_of_repeated_ids_is_kept(client, policy, kept, between):
    others = "".join(f'{number},"[1,1]"\n' for number in range(10, 10 + between))
    source = csv(f'id,vec\n1,"[1,0]"\n{others}1,"[0,1]"\n')
    report = imported(client, source, duplicates=policy)
    assert (report.points, report.duplicates) == (1 + between, 1)
    assert client.retrieve("fruit", [1], with_vectors=True)[0].vector == kept


# Payload


def test_cells_that_are_not_of_their_column_stay_text(client):
    rows = "".join(f'{number},{number},"[1,1]"\n' for number in range(1, 600))
    imported(client, csv(f'id,n,vec\n{rows}600,many,"[1,1]"\n'))
    found = client.retrieve("fruit", [599, 600])
    assert [record.payload["n"] for record in found] == [599, "many"]


def test_indexes_are_made_for_what_filters_want(client):
    rows = [
        {"id": n, "vec": [1, n], "kind": "ab"[n % 2], "n": n, "ok": True, "key": f"unique {n}"}
        for n in range(100)
    ]
    imported(client, jsonl(*rows))
    schema = client.get_collection("fruit").payload_schema
    assert {name: info.data_type for name, info in schema.items()} == {
        "kind": PayloadSchemaType.KEYWORD,
        "n": PayloadSchemaType.INTEGER,
        "ok": PayloadSchemaType.BOOL,
    }
    assert client.facet("fruit", "kind").hits[0].count == 50


def test_latitude_and_longitude_become_a_place(client):
    text = 'id,lat,lon,vec\n1,10,20,"[1,1]"\n2,99,20,"[1,1]"\n3,,,"[1,1]"\n'
    imported(client, csv(text))
    found = points(client)
    assert found[1].payload["location"] == {"lat": 10.0, "lon": 20.0}
    assert "location" not in found[2].payload
    assert "location" not in found[3].payload
    assert client.get_collection("fruit").payload_schema["location"].data_type == "geo"


# Rows that cannot be imported


def test_bad_rows_are_skipped_and_named(client):
    source = csv(
        'id,vec\n1,"[1,0]"\n2,"[1,0,0]"\n3,"[nan,0]"\n4\n5,"x"\n,"[1,1]"\n7,"[1,a]"\n8,"[2,2]"\n9,\n'
        + '8,"[2,2]"\n' * 20
    )
    report = imported(client, source, duplicates=Duplicates.KEEP_FIRST)
    assert (report.points, report.skipped) == (2, 7)
    assert {bad.row: bad.reason for bad in report.noted} == {
        2: "vector has 3 numbers, 2 expected",
        3: "number 1 of the vector is nan, not a finite number",
        4: "1 cells, 2 expected",
        5: "'x' is not a list of numbers",
        6: "column 'id' is empty",
        7: "'[1,a]' is not a list of numbers",
        9: "no vector",
    }


def test_bad_json_lines_are_named(client):
    lines = b'{"id":1,"vec":[1,2]}\n{"id":2,\n[3]\n\n{"id":5,"vec":[1,NaN]}\n{"id":6,"vec":[2,1]}\n'
    report = imported(client, from_uploads(("a.jsonl", lines)))
    assert report.points == 2
    assert [bad.row for bad in report.noted] == [2, 3, 5]
    assert report.noted[1].reason == "not a JSON object: a list stands there"
    assert report.noted[2].reason == "not a JSON object: NaN is no JSON number"


def test_a_bad_row_can_stop_the_import(client):
    with pytest.raises(ImportProblem, match="Row 2: vector has 3 numbers, 2 expected"):
        imported(client, csv('id,vec\n1,"[1,0]"\n2,"[1,0,0]"\n3,"[1,0]"\n4,"[1,1]"\n5,"[1,1]"\n'),
                 bad_rows=BadRows.REFUSE)  # fmt: skip
    assert not client.collection_exists("fruit")


def test_reports_name_a_bounded_number_of_rows(client):
    good = '1,"[1,0]"\n' * 900
    report = imported(client, csv("n,vec\n" + good + '1,"[1]"\n' * 250), id_column=None, payload=())
    assert (report.points, report.skipped, len(report.noted)) == (900, 250, 100)


def test_numbers_beyond_float32_are_not_finite(client):
    report = imported(client, jsonl(*[{"vec": [1, 1]}] * 3, {"vec": [1e39, 0]}))
    assert report.noted == (BadRow(4, "number 1 of the vector is inf, not a finite number"),)


def test_when_no_row_can_be_imported_nothing_stays(client):
    plan = plan_of(csv(CSV), vectors=(VectorPlan("", ("vec",), 3),))
    with pytest.raises(ImportProblem, match="No row could be imported: row 1: vector has 2"):
        run_import(client, plan, quiet, never)
    assert not client.collection_exists("fruit")


# Whole or not at all


def test_a_cancelled_import_leaves_nothing(client):
    asked = []
    source = from_uploads(("x.npy", npy_bytes(np.ones((10_000, 2), np.float32))))

    def stopped():
        asked.append(client.count("fruit").count)
        return len(asked) == 3

    with pytest.raises(Cancelled):
        run_import(client, plan_of(source), quiet, stopped)
    assert asked[-1] > 0, "some points had been written"
    assert not client.collection_exists("fruit")


def test_a_cancelled_append_says_what_stays(client):
    imported(client, csv('id,vec\n1,"[1,0]"\n'))
    rows = "".join(f'{number},"[0,1]"\n' for number in range(10, 20_010))

    def stopped():
        return client.count("fruit").count > 1

    plan = plan_of(csv("id,vec\n" + rows), append=True)
    with pytest.raises(Cancelled, match="points were appended before that and stay"):
        run_import(client, plan, quiet, stopped)
    assert client.count("fruit").count > 1


def test_progress_counts_rows(client):
    told = []
    source = from_uploads(("x.npy", npy_bytes(np.ones((5_000, 2), np.float32))))
    run_import(client, plan_of(source), lambda *progress: told.append(progress), never)
    assert told[-1] == (5000, 5000, "Importing")
    assert [done for done, _, _ in told] == sorted(done for done, _, _ in told)


def test_metadata_tells_the_source_and_that_it_is_complete(client):
    imported(client, csv(CSV))
    metadata = client.get_collection("fruit").config.metadata
    assert metadata[filling.KEY] == {"source": "fruit.csv", "complete": True}
    assert filling.unfinished(metadata) is None


def test_an_existing_collection_is_not_overwritten(client):
    imported(client, csv(CSV))
    with pytest.raises(UnfitPlan, match="already a collection 'fruit'"):
        imported(client, csv(CSV))
    assert len(points(client)) == 3


def test_appending(client):
    imported(client, csv(CSV))
    imported(client, csv('id,vec\n3,"[5,5]"\n4,"[5,5]"\n'), append=True)
    assert set(points(client)) == {1, 2, 3, 4}
    with pytest.raises(UnfitPlan, match="needs an id column"):
        imported(client, csv('vec\n"[5,5]"\n'), append=True)
    with pytest.raises(UnfitPlan, match="no collection 'nuts' to append to"):
        run_import(client, plan_of(csv(CSV), "nuts", append=True), quiet, never)
    with pytest.raises(UnfitPlan, match="collection 'fruit' has 2"):
        imported(client, csv('id,vec\n3,"[5,5,5]"\n'), append=True)


def test_vector_names_must_differ(client):
    twice = (VectorPlan("v", ("vec",), 2), VectorPlan("v", ("vec",), 2))
    with pytest.raises(UnfitPlan, match="same name"):
        imported(client, csv(CSV), vectors=twice)
    nameless = (VectorPlan("", ("vec",), 2), VectorPlan("v", ("vec",), 2))
    with pytest.raises(UnfitPlan, match="each needs a name"):
        imported(client, csv(CSV), vectors=nameless)


# Files that cannot be read


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", b"", "a.csv is empty"),
        ("a.csv", b"id,vec\n", "a.csv has no rows"),
        ("a.csv", b"x,x\n1,2\n", "names a column twice: x"),
        ("a.csv", b"id,name\n1,caf\xe9\n", "not written in utf-8: choose another encoding"),
        ("a.jsonl", b'{"a": "caf\xe9"}\n', "not written in utf-8: choose another encoding"),
        ("a.jsonl", b"hello\n", "no row can be read; row 1: not a JSON object"),
        ("a.parquet", b"PAR1 and then nothing", "cannot be read as parquet"),
        ("a.arrow", b"nonsense", "cannot be read as arrow"),
        ("a.npy", b"nonsense", "is not a whole NumPy array of numbers"),
        (
            "a.npy",
            npy_bytes(np.array(["a", None], object)),
            "is not a whole NumPy array of numbers",
        ),
        ("a.npy", npy_bytes(np.ones(3)), "1-D float64; a 2-D array of numbers is needed"),
        ("a.npy", npy_bytes(np.ones((0, 3))), "has no numbers"),
        ("a.xlsx", b"x", "unknown kind of file"),
    ],
)
def test_an_unreadable_file_is_explained(name, content, message):
    with pytest.raises(UnreadableSource, match=message):
        inspect(from_uploads((name, content)))


def test_a_truncated_parquet_is_explained(tmp_path):
    whole = parquet_bytes(id=list(range(1000)), vec=[[1.0, 2.0]] * 1000)
    for cut in (10, len(whole) // 2, len(whole) - 3):
        path = tmp_path / "cut.parquet"
        path.write_bytes(whole[:cut])
        with pytest.raises(UnreadableSource, match="damaged, cut short"):
            inspect(from_paths(path))


def test_another_encoding_can_be_chosen(client):
    text = 'id,name,vec\n1,café,"[1,1]"\n'.encode("cp1252")
    imported(client, from_uploads(("a.csv", text), encoding="cp1252"))
    assert points(client)[1].payload == {"name": "café"}


def test_the_parts_of_a_pair_must_have_equal_length(client):
    matrix = ("x.npy", npy_bytes(np.ones((3, 2))))
    with pytest.raises(UnreadableSource, match="matrix has 3 rows and the table 2"):
        inspect(from_uploads(matrix, ("t.csv", b"a,b\n1,2\n3,4\n")))
    with pytest.raises(UnreadableSource, match="one of each as a pair"):
        from_uploads(matrix, matrix)


def test_a_missing_path_is_named(tmp_path):
    with pytest.raises(UnreadableSource, match="there is no such file"):
        from_paths(tmp_path / "nothing.csv")


def test_a_file_without_anything_to_compare_is_explained():
    with pytest.raises(UnfitPlan, match="has no vector"):
        suggest_plan(inspect(csv("name\nfig\n")), "fruit")
    ragged = from_uploads(("a.jsonl", b'{"v": [1, 2]}\n{"v": [1, 2, 3]}\n'))
    with pytest.raises(UnfitPlan, match="the lists in 'v' have from 2 to 3 numbers"):
        suggest_plan(inspect(ragged), "fruit")


def test_uint64_and_negative_ids(client):
    imported(client, csv(f'id,vec\n{2**64 - 1},"[1,1]"\n-1,"[1,1]"\n0,"[1,1]"\n'))
    found = points(client)
    assert {0, 2**64 - 1} < set(found)
    assert len(found) == 3


def test_remote_methods_only():
    """What an import calls is what `QdrantClient` has."""
    called = set()

    class Watched:
        def __init__(self, client):
            self._client = client

        def __getattr__(self, name):
            called.add(name)
            return getattr(self._client, name)

    with Engine(":memory:") as client:
        imported(Watched(client), csv(CSV))
    assert called
    assert all(hasattr(QdrantClient, name) for name in called)


SPARSE = '{"indices": [1, 5], "values": [0.5, 2]}'


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ('{"indices": [1, 1], "values": [1, 2]}', "no index may come twice"),
        ('{"indices": [1], "values": [1, 2]}', "each index needs one value"),
        ('{"indices": [-1], "values": [1]}', "a whole number from 0 on"),
        ('{"indices": [1.5], "values": [1]}', "a whole number from 0 on"),
        ('{"indices": [1], "values": [1e60]}', "finite numbers are expected"),
        ('{"indices": [1]}', "a sparse vector has indices and values"),
        ('{"indices": null, "values": [1]}', "each index needs one value"),
        ("7", "a sparse vector has indices and values"),
    ],
)
def test_broken_sparse_vectors_are_named_by_row(client, cell, reason):
    lines = f'{{"id": 1, "words": {SPARSE}}}\n{{"id": 2, "words": {cell}}}\n'
    words = VectorPlan("words", ("words",), 0, kind=VectorKind.SPARSE)
    plan = planned(inspect(from_uploads(("w.jsonl", lines.encode()))), "fruit", (words,))
    report = run_import(client, plan, quiet, never)
    assert [bad.row for bad in report.noted] == [2]
    assert reason in report.noted[0].reason


@pytest.mark.parametrize("cell", ["[[1, 2], [3]]", "[[1, 2, 3]]", "[]", "[1, 2]", '[["x", 1]]'])
def test_broken_multivectors_are_named_by_row(client, cell):
    lines = f'{{"id": 1, "many": [[1, 2], [3, 4]]}}\n{{"id": 2, "many": {cell}}}\n'
    many = VectorPlan("many", ("many",), 2, kind=VectorKind.MULTI)
    plan = planned(inspect(from_uploads(("w.jsonl", lines.encode()))), "fruit", (many,))
    report = run_import(client, plan, quiet, never)
    assert [bad.row for bad in report.noted] == [2]


def test_sparse_vectors_are_appended_to_their_own_kind(client):
    lines = f'{{"id": 1, "words": {SPARSE}}}\n'
    source = from_uploads(("w.jsonl", lines.encode()))
    plan = suggest_plan(inspect(source), "fruit")
    run_import(client, plan, quiet, never)
    again = replace(plan, append=True)
    assert run_import(client, again, quiet, never).points == 1
    dense = VectorPlan("words", ("words",), 2)
    with pytest.raises(UnfitPlan, match="'words' has 2 numbers in the file"):
        run_import(client, replace(again, vectors=(dense,)), quiet, never)


def test_lists_in_csv_cells_are_lists(client):
    imported(client, csv('id,vec,tags\n1,"[1,2]","[""a"", ""b""]"\n2,"[2,1]","[sic]"\n'))
    tags = [(r.payload or {})["tags"] for r in client.scroll("fruit")[0]]
    assert tags == [["a", "b"], "[sic]"]


def test_a_vector_column_can_be_payload(client):
    preview = inspect(csv('id,a,b\n1,"[1,2]","[3,4]"\n2,"[2,1]","[4,3]"\n'))
    only = possible_vectors(preview)[0]
    run_import(client, planned(preview, "fruit", (only,)), quiet, never)
    (first, _) = client.scroll("fruit", with_vectors=True)[0]
    assert first.payload == {"b": [3, 4]}
    with pytest.raises(UnfitPlan, match="at least one vector"):
        planned(preview, "fruit", ())
