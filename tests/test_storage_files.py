"""Files of a collection: cut short, damaged, left behind, rewritten, out of space."""

import errno
import os

import pytest
from qdrant_client import models

from engine import CollectionCorrupt, Engine, FolderNotWritable, StorageError
from engine.storage.folders import folder_name
from engine.storage.logs import MAPS_SEE_WRITES
from tests.full_disks import files_up_to, limits_files

VECTORS = {
    "d": models.VectorParams(size=2, distance=models.Distance.DOT),
    "m": models.VectorParams(
        size=2,
        distance=models.Distance.DOT,
        multivector_config=models.MultiVectorConfig(
            comparator=models.MultiVectorComparator.MAX_SIM
        ),
    ),
}
SPARSE = {"s": models.SparseVectorParams()}
LOGS = [
    "points",
    "payload",
    "payload-offsets",
    "vector-0-present",
    "vector-0-data",
    "vector-1-present",
    "vector-1-offsets",
    "vector-1-data",
    "vector-2-present",
    "vector-2-offsets",
    "vector-2-indices",
    "vector-2-values",
]


def point(number, **payload):
    return models.PointStruct(
        id=number,
        vector={
            "d": [float(number), 1.0],
            "m": [[float(number), 2.0], [3.0, 4.0]],
            "s": models.SparseVector(indices=[number], values=[1.0]),
        },
        payload=payload or {"n": number},
    )


def contents(opened, name="c"):
    found = opened.scroll(name, limit=10_000, with_vectors=True)[0]
    return {record.id: (record.vector, record.payload) for record in found}


@pytest.fixture
def folder(tmp_path):
    with Engine(tmp_path) as opened:
        for name in ("c", "other"):
            opened.create_collection(name, VECTORS, SPARSE)
            opened.upsert(name, [point(number) for number in range(10)])
    return tmp_path


def test_a_collection_has_these_files(folder):
    files = {path.stem for path in (folder / folder_name("c")).glob("generation-0/*.bin")}
    assert files == set(LOGS)


def assert_only_this_one_is_lost(folder, file_name):
    with Engine(folder) as opened:
        with pytest.raises(CollectionCorrupt, match=file_name):
            opened.get_collection("c")
        assert [one.name for one in opened.get_collections().collections] == ["c", "other"]
        assert len(contents(opened, "other")) == 10
        assert opened.delete_collection("c")
        opened.create_collection("c", VECTORS, SPARSE)
        assert contents(opened) == {}


@pytest.mark.parametrize("log", LOGS)
def test_a_log_that_is_cut_short(folder, log):
    path = folder / "c" / "generation-0" / f"{log}.bin"
    os.truncate(path, path.stat().st_size - 1)
    assert_only_this_one_is_lost(folder, f"{log}.bin is cut short")


@pytest.mark.parametrize("log", LOGS)
def test_a_log_that_is_missing(folder, log):
    (folder / "c" / "generation-0" / f"{log}.bin").unlink()
    assert_only_this_one_is_lost(folder, f"{log}.bin")


def test_a_catalogue_that_is_no_database(folder):
    (folder / "c" / "catalogue.sqlite").write_bytes(b"not a database, but long enough for one" * 99)
    assert_only_this_one_is_lost(folder, "catalogue.sqlite is damaged")


def test_a_catalogue_that_is_empty(folder):
    (folder / "c" / "catalogue.sqlite").write_bytes(b"")
    assert_only_this_one_is_lost(folder, "catalogue.sqlite is damaged")


def test_a_catalogue_that_is_missing(folder):
    (folder / "c" / "catalogue.sqlite").unlink()
    assert_only_this_one_is_lost(folder, "catalogue.sqlite is missing")


def test_bytes_behind_the_committed_ones_do_not_count(folder):
    with Engine(folder) as opened:
        before = contents(opened)
    for path in (folder / "c").glob("generation-0/*.bin"):
        with path.open("ab") as file:
            file.write(b"\xff" * 777)
    with Engine(folder) as opened:
        assert contents(opened) == before
        opened.upsert("c", [point(99)])
    with Engine(folder) as opened:
        assert contents(opened).keys() == before.keys() | {99}
        assert contents(opened)[99] == contents(opened)[99]
        assert contents(opened)[3] == before[3]


def test_what_a_crash_left_is_cleared_away(folder):
    (folder / ".unfinished-x").mkdir()
    (folder / ".removed-y").mkdir()
    (folder / "c" / "generation-1").mkdir()
    with Engine(folder) as opened:
        assert len(contents(opened)) == 10
    assert not list(folder.glob(".unfinished*")) + list(folder.glob(".removed*"))
    assert not (folder / "c" / "generation-1").exists()


@pytest.mark.parametrize("failing_write", range(0, 13, 3))
def test_a_full_disk_leaves_everything_as_it_was(folder, monkeypatch, failing_write):
    write, calls = os.write, []

    def full(descriptor, data):
        calls.append(descriptor)
        if len(calls) > failing_write:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(descriptor, data[: len(data) // 2 + 1])

    with Engine(folder) as opened:
        before = contents(opened)
        with monkeypatch.context() as patch:
            patch.setattr("engine.storage.logs.os.write", full)
            with pytest.raises(FolderNotWritable, match="No space left on device"):
                opened.upsert("c", [point(3, changed=True), point(50)])
        assert contents(opened) == before
        opened.upsert("c", [point(51)])
        assert contents(opened) == before | {51: contents(opened)[51]}
    with Engine(folder) as opened:
        assert contents(opened).keys() == before.keys() | {51}


GONE = {
    "upsert": lambda engine: engine.upsert("c", [point(50)]),
    "set_payload": lambda engine: engine.set_payload("c", {"a": 1}, [3]),
    "create_payload_index": lambda engine: engine.create_payload_index("c", "n", "integer"),
    "update_collection": lambda engine: engine.update_collection("c", metadata={"a": 1}),
    "create_collection": lambda engine: engine.create_collection("new", VECTORS),
    "recreate_collection": lambda engine: engine.recreate_collection("c", VECTORS),
    "get_collections": lambda engine: engine.get_collections(),
}


@pytest.mark.skipif(os.name == "nt", reason="what is open cannot be moved there")
@pytest.mark.parametrize("method", GONE)
def test_a_folder_that_was_moved_away_takes_no_updates(folder, method):
    elsewhere = folder.with_name("elsewhere")
    with Engine(folder) as opened:
        before = contents(opened)
        folder.rename(elsewhere)
        with pytest.raises(StorageError, match=r"is gone|cannot be read"):
            GONE[method](opened)
        assert contents(opened) == before
        elsewhere.rename(folder)
        assert contents(opened) == before
        GONE[method](opened)
    with Engine(folder) as opened:
        assert len(contents(opened, "other")) == 10


@limits_files
@pytest.mark.parametrize("size", [0, 100, 5_000, 20_000])
def test_a_collection_is_dropped_once_there_is_another_in_its_place(folder, size):
    with Engine(folder) as opened:
        alias = models.CreateAlias(collection_name="c", alias_name="a")
        opened.update_collection_aliases([models.CreateAliasOperation(create_alias=alias)])
        before = contents(opened)
        with files_up_to(size), pytest.raises(FolderNotWritable):
            opened.recreate_collection("c", VECTORS, SPARSE)
        assert contents(opened) == contents(opened, "a") == before
        opened.upsert("c", [point(50)])
        assert opened.recreate_collection("c", VECTORS["d"])
        assert opened.get_aliases().aliases == []
        assert contents(opened) == {}
    with Engine(folder) as opened:
        assert contents(opened) == {}
        assert len(contents(opened, "other")) == 10


def test_compaction_drops_dead_rows_and_nothing_else(folder):
    with Engine(folder) as opened:
        opened.upsert("c", [point(2, again=True), point(11)])
        opened.delete("c", [0, 5])
        old = opened.snapshot("c")
        before = contents(opened)
        opened._collections.get("c").compact()
        assert opened.snapshot("c").rows == len(before) == 9
        assert contents(opened) == before
        assert old.payload.get([2]) == [{"n": 2}]  # a reader keeps what it holds
        assert old.vectors["d"].to_model(2) == [2.0, 1.0]
        opened.upsert("c", [point(12)])
    assert [path.name for path in (folder / "c").glob("generation-*")] == ["generation-1"]
    with Engine(folder) as opened:
        assert contents(opened) == before | {12: contents(opened)[12]}
        versions = opened.snapshot("c").versions.tolist()
        assert versions == [1] * 7 + [2] * 2 + [4]


def test_many_dead_rows_are_compacted_by_themselves():
    with Engine(":memory:") as opened:
        opened.create_collection("c", VECTORS["d"])
        ids = range(4000)
        opened.upload_collection("c", [[1.0, 2.0]] * len(ids), ids=ids)
        opened.delete("c", list(range(900)))
        assert opened.snapshot("c").rows == 4000
        opened.delete("c", list(range(900, 1100)))
        assert opened.snapshot("c").rows == opened.count("c").count == 2900
        assert opened.retrieve("c", [1099, 1100])[0].id == 1100


CHANGES = {
    "upsert": lambda engine: engine.upsert("c", [point(1, of="after"), point(3)]),
    "compact": lambda engine: engine._collections.get("c").compact(),
}


@pytest.mark.parametrize("change", CHANGES)
def test_rows_that_cannot_be_mapped_change_nothing(tmp_path, monkeypatch, change):
    def refuse(*arguments, **settings):
        raise OSError(errno.ENOMEM, "Cannot allocate memory")

    monkeypatch.setattr("engine.storage.logs.MAPS_SEE_WRITES", False)
    with Engine(tmp_path) as opened:
        opened.create_collection("c", VECTORS, SPARSE)
        opened.upsert("c", [point(1, of="before"), point(2)])
        opened.delete("c", [2])
        with monkeypatch.context() as patched:
            patched.setattr("engine.storage.logs.mmap.mmap", refuse)
            with pytest.raises(StorageError, match="Cannot allocate memory"):
                CHANGES[change](opened)
        assert opened.count("c").count == 1
        opened.upsert("c", [point(4)])
        assert [record.id for record in opened.scroll("c")[0]] == [1, 4]
    with Engine(tmp_path) as opened:
        payloads = {record.id: record.payload.get("of") for record in opened.scroll("c")[0]}
        assert payloads == {1: "before", 4: None}


@pytest.mark.skipif(not MAPS_SEE_WRITES, reason="every update maps its files anew")
def test_small_updates_need_no_new_maps(tmp_path, monkeypatch):
    def refuse(*arguments, **settings):
        raise OSError(errno.ENOMEM, "Cannot allocate memory")

    with Engine(tmp_path) as opened:
        opened.create_collection("c", VECTORS, SPARSE)
        opened.upsert("c", [point(number) for number in range(20)])
        before = opened.snapshot("c")
        with monkeypatch.context() as patched:
            patched.setattr("engine.storage.logs.mmap.mmap", refuse)
            opened.upsert("c", [point(3, changed=True), point(20)])
            opened.set_payload("c", {"more": 1}, [4])
        assert opened.retrieve("c", [3, 4])[0].payload == {"changed": True}
        assert before.rows == len(before.vectors["d"].data) == 20
    with Engine(tmp_path) as opened:
        assert opened.count("c").count == 21
        assert opened.retrieve("c", [4])[0].payload == {"n": 4, "more": 1}


def test_an_update_counts_though_there_is_no_space_to_drop_its_dead_rows(
    tmp_path, monkeypatch, caplog
):
    def full(descriptor, data):
        raise OSError(errno.ENOSPC, "No space left on device")

    eager = models.OptimizersConfigDiff(deleted_threshold=0.2, vacuum_min_vector_number=10)
    with Engine(tmp_path) as opened:
        opened.create_collection("c", VECTORS["d"], optimizers_config=eager)
        opened.upload_collection("c", [[1.0, 2.0]] * 40, ids=range(40))
        with monkeypatch.context() as patch:
            patch.setattr("engine.storage.logs.os.write", full)
            opened.delete("c", list(range(20)))
        assert "the dead rows of c stay: Cannot write" in caplog.text
        assert opened.count("c").count == 20
        assert opened.snapshot("c").rows == 40
        assert not (tmp_path / "c" / "generation-1").exists()
        opened.delete("c", [20])
        assert opened.snapshot("c").rows == opened.count("c").count == 19


def test_a_folder_that_is_a_file(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(FolderNotWritable, match="SEXTANT_DATA"):
        Engine(tmp_path / "file")


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission(tmp_path):
    (tmp_path / "locked").mkdir(mode=0o500)
    with pytest.raises(FolderNotWritable, match="SEXTANT_DATA"):
        Engine(tmp_path / "locked")


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write everywhere")
def test_files_without_permission_are_not_called_damaged(folder):
    (folder / "c" / "generation-0" / "points.bin").chmod(0o400)
    denied = pytest.raises(FolderNotWritable, match=r"points\.bin: Permission denied")
    with Engine(folder) as opened, denied:
        opened.count("c")


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write everywhere")
@pytest.mark.parametrize("mode", [0o000, 0o400])
def test_folders_that_may_no_longer_be_entered_are_named(folder, mode):
    try:
        (folder / "c").chmod(mode)
        with Engine(folder) as opened:
            with pytest.raises(FolderNotWritable, match=r"catalogue\.sqlite: Permission denied"):
                opened.count("c")
            assert len(contents(opened, "other")) == 10
            folder.chmod(mode)
            with pytest.raises(StorageError, match="Permission denied"):
                opened.upsert("other", [point(50)])
            with pytest.raises(StorageError, match="Permission denied"):
                opened.get_collections()
            assert len(contents(opened, "other")) == 10
            folder.chmod(0o700)
            opened.upsert("other", [point(50)])
    finally:
        folder.chmod(0o700)
        (folder / "c").chmod(0o700)
