"""Graphs of collections: when they are built, what they cover, what becomes of them."""

import errno
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from copy import copy
from dataclasses import replace
from threading import Event, Thread

import numpy as np
import pytest
from qdrant_client import models

from engine import CollectionCorrupt, Conflict, Engine, NotSupported, StorageError
from engine.index import GraphSupport, graph_support, loops
from engine.index.parameters import Shape
from engine.storage import segment_files
from engine.storage.sums import SummedFile
from tests.full_disks import files_up_to, limits_files

pytestmark = pytest.mark.skipif(not graph_support().available, reason=graph_support().reason)

DIM = 8
SMALL = models.OptimizersConfigDiff(
    indexing_threshold=1, deleted_threshold=0.2, vacuum_min_vector_number=10
)
"""A graph from 33 points of 8 dimensions on, a rewrite when a fifth of the rows is dead."""


@pytest.fixture(params=["memory", "disk"])
def engine(request, tmp_path):
    with Engine(":memory:" if request.param == "memory" else tmp_path) as opened:
        yield opened


@pytest.fixture
def on_disk(tmp_path):
    with Engine(tmp_path) as opened:
        yield opened


def create(engine, *, optimizers=SMALL, **settings):
    vectors = models.VectorParams(size=DIM, distance=models.Distance.EUCLID, **settings)
    engine.create_collection("c", vectors, optimizers_config=optimizers)


def vectors(count, seed=0):
    return np.random.default_rng(seed).standard_normal((count, DIM)).astype(np.float32)


def fill(engine, count, start=0):
    engine.upload_collection("c", vectors(count, seed=start), ids=range(start, start + count))


def covered(engine):
    (vector,) = engine.index_state("c").vectors
    return vector.indexed, vector.points


def test_a_graph_is_built_when_there_are_enough_points(engine):
    create(engine)
    fill(engine, 32)
    assert engine.wait_for_index("c")
    assert covered(engine) == (0, 32)
    fill(engine, 8, start=32)
    assert engine.get_collection("c").status == models.CollectionStatus.YELLOW
    assert engine.wait_for_index("c")
    info = engine.get_collection("c")
    assert info.status == models.CollectionStatus.GREEN
    assert info.indexed_vectors_count == 40
    assert covered(engine) == (40, 40)


def test_it_is_built_on_its_own(engine, monkeypatch):
    monkeypatch.setattr("engine.maintenance.SETTLED_SECONDS", 0.01)
    create(engine)
    fill(engine, 40)
    maintenance = engine._collections.get("c").maintenance
    with maintenance._changed:
        assert maintenance._changed.wait_for(lambda: maintenance.building is None, timeout=60)
    assert covered(engine) == (40, 40)


def test_a_collection_is_opened_with_its_graph(tmp_path):
    with Engine(tmp_path) as engine:
        create(engine)
        fill(engine, 40)
        engine.wait_for_index("c")
    with Engine(tmp_path) as engine:
        assert covered(engine) == (40, 40)
        assert engine.index_state("c").building is None


def test_an_unfinished_build_is_begun_again_when_opened(tmp_path):
    with Engine(tmp_path) as engine:
        create(engine)
        fill(engine, 40)
    with Engine(tmp_path) as engine:
        assert engine.index_state("c").building is not None
        assert engine.wait_for_index("c")
        assert covered(engine) == (40, 40)


@pytest.mark.parametrize(
    ("optimizers", "settings"),
    [
        (models.OptimizersConfigDiff(indexing_threshold=0), {}),
        (models.OptimizersConfigDiff(indexing_threshold=2), {}),
        (models.OptimizersConfigDiff(indexing_threshold=1, max_optimization_threads=0), {}),
        (None, {}),
        (SMALL, {"hnsw_config": models.HnswConfigDiff(m=0)}),
        (SMALL, {"datatype": models.Datatype.UINT8}),
    ],
)
def test_settings_that_want_no_graph_get_none(engine, optimizers, settings):
    create(engine, optimizers=optimizers, **settings)
    fill(engine, 60)
    assert engine.wait_for_index("c")
    assert covered(engine) == (0, 60)


def test_points_behind_the_graph_are_found_at_once(engine):
    create(engine)
    fill(engine, 40)
    engine.wait_for_index("c")
    engine.upsert("c", [models.PointStruct(id=99, vector=[7.0] * DIM)])
    assert covered(engine) == (40, 41)
    assert engine.query_points("c", [7.0] * DIM, limit=1).points[0].id == 99


def test_a_long_tail_gets_a_new_graph(engine):
    create(engine)
    fill(engine, 40)
    engine.wait_for_index("c")
    fill(engine, 30, start=40)
    assert engine.index_state("c").building is None  # not worth a graph of its own
    fill(engine, 10, start=70)
    assert engine.wait_for_index("c")
    assert covered(engine) == (80, 80)


def test_deleted_and_overwritten_points_are_not_found(engine):
    create(engine, optimizers=models.OptimizersConfigDiff(indexing_threshold=1))
    fill(engine, 40)
    engine.wait_for_index("c")
    engine.delete("c", [1])
    engine.upsert("c", [models.PointStruct(id=2, vector=[50.0] * DIM)])
    assert covered(engine) == (38, 39)
    engine.options = type(engine.options)(search="graph")
    hits = engine.query_points("c", vectors(40)[2], limit=40).points
    assert {hit.id for hit in hits} == {0, *range(2, 40)}
    assert hits[-1].id == 2


def test_dead_rows_go_with_a_new_graph(engine):
    create(engine)
    fill(engine, 100)
    engine.wait_for_index("c")
    engine.delete("c", list(range(10, 40)))
    assert engine.index_state("c").building is not None
    assert engine.snapshot("c").rows == 100
    assert engine.wait_for_index("c")
    assert engine.snapshot("c").rows == 70
    assert covered(engine) == (70, 70)
    found = engine.query_points("c", vectors(100)[50], limit=1, with_vectors=True).points[0]
    assert found.id == 50
    assert found.vector == vectors(100)[50].tolist()


def test_what_happens_during_a_rewrite_is_kept(on_disk, monkeypatch):
    create(on_disk)
    fill(on_disk, 100)
    on_disk.wait_for_index("c")
    collection = on_disk._collections.get("c")
    built = collection._table._store.write_segment

    def write_while_it_is_built(segment):
        on_disk.delete("c", [50])
        on_disk.upsert("c", [models.PointStruct(id=200, vector=[9.0] * DIM)])
        return built(segment)

    monkeypatch.setattr(collection._table._store, "write_segment", write_while_it_is_built)
    on_disk.delete("c", list(range(30)))
    assert on_disk.wait_for_index("c")
    assert on_disk.count("c").count == 70
    assert covered(on_disk) == (69, 70)
    assert on_disk.query_points("c", [9.0] * DIM, limit=1).points[0].id == 200
    assert 50 not in {hit.id for hit in on_disk.query_points("c", vectors(100)[50]).points}


def test_without_graphs_dead_rows_go_at_once(engine):
    optimizers = models.OptimizersConfigDiff(
        indexing_threshold=0, deleted_threshold=0.2, vacuum_min_vector_number=10
    )
    create(engine, optimizers=optimizers)
    fill(engine, 40)
    engine.delete("c", list(range(20)))
    assert engine.snapshot("c").rows == 20


def test_a_forced_rewrite_drops_the_graph_and_builds_it_again(engine):
    create(engine)
    fill(engine, 60)
    engine.wait_for_index("c")
    engine.delete("c", [0])
    engine._collections.get("c").compact()
    assert covered(engine) == (0, 59)
    assert engine.wait_for_index("c")
    assert covered(engine) == (59, 59)


def test_a_new_vector_name_leaves_the_graphs_of_others(engine):
    params = models.VectorParams(size=DIM, distance=models.Distance.EUCLID)
    engine.create_collection("c", {"a": params}, optimizers_config=SMALL)
    engine.upload_collection("c", {"a": vectors(50)}, ids=range(50))
    engine.wait_for_index("c")
    engine.delete("c", [3])
    dense = models.DenseVectorConfig(size=2, distance=models.Distance.DOT)
    engine.create_vector_name("c", "0", models.DenseVectorNameConfig(dense=dense))
    found = {each.name: (each.indexed, each.points) for each in engine.index_state("c").vectors}
    assert found == {"a": (49, 49), "0": (0, 0)}
    hits = engine.query_points("c", vectors(50)[3], using="a", limit=50).points
    assert {hit.id for hit in hits} == {*range(50)} - {3}
    engine.delete_vector_name("c", "a")
    assert engine.snapshot("c").segments == {}


def test_new_settings_take_effect(engine):
    create(engine)
    fill(engine, 40)
    engine.wait_for_index("c")
    engine.update_collection("c", hnsw_config=models.HnswConfigDiff(m=4, ef_construct=30))
    assert engine.wait_for_index("c")
    assert engine.snapshot("c").segments[""].shape == Shape(m=4, ef_construct=30)
    engine.update_collection("c", hnsw_config=models.HnswConfigDiff(m=0))
    assert engine.wait_for_index("c")
    assert covered(engine) == (0, 40)
    engine.update_collection("c", hnsw_config=models.HnswConfigDiff(m=16))
    assert engine.wait_for_index("c")
    assert covered(engine) == (40, 40)


def test_each_vector_has_its_own_graph(engine):
    params = {
        "a": models.VectorParams(size=DIM, distance=models.Distance.COSINE),
        "b": models.VectorParams(
            size=DIM,
            distance=models.Distance.MANHATTAN,
            hnsw_config=models.HnswConfigDiff(m=5, ef_construct=20),
        ),
        "none": models.VectorParams(
            size=DIM, distance=models.Distance.DOT, hnsw_config=models.HnswConfigDiff(m=0)
        ),
    }
    engine.create_collection("c", params, optimizers_config=SMALL)
    points = [
        models.PointStruct(
            id=number,
            vector={"a": row, "none": row} | ({"b": row} if number % 2 else {}),
        )
        for number, row in enumerate(vectors(80).tolist())
    ]
    engine.upsert("c", points)
    assert engine.wait_for_index("c")
    found = {
        vector.name: (vector.indexed, vector.points) for vector in engine.index_state("c").vectors
    }
    assert found == {"a": (80, 80), "b": (40, 40), "none": (0, 80)}
    assert engine.snapshot("c").segments["b"].shape == Shape(m=5, ef_construct=20)
    assert engine.get_collection("c").indexed_vectors_count == 120


def test_a_build_can_be_cancelled_and_taken_up_again(engine, monkeypatch):
    monkeypatch.setattr("engine.index.build._STEP", 1)
    create(engine)
    maintenance = engine._collections.get("c").maintenance
    report = maintenance._report
    seen = []

    def cancel_in_the_middle(vector, done, total):
        seen.append(done)
        if done == 3:
            engine.cancel_index("c")
        report(vector, done, total)

    monkeypatch.setattr(maintenance, "_report", cancel_in_the_middle)
    fill(engine, 40)
    assert not engine.wait_for_index("c")
    assert seen == [0, 1, 2, 3]
    state = engine.index_state("c")
    assert state.paused
    assert state.building is None
    assert engine.get_collection("c").status == models.CollectionStatus.GREY
    monkeypatch.setattr(maintenance, "_report", report)
    fill(engine, 40, start=40)
    assert not engine.wait_for_index("c")
    assert covered(engine) == (0, 80)
    assert engine.build_index("c")
    assert covered(engine) == (80, 80)
    assert not engine.index_state("c").paused
    assert engine.get_collection("c").status == models.CollectionStatus.GREEN


def during_the_first_build(engine, monkeypatch, act):
    """Let `act` happen in the middle of the next build."""
    collection = engine._collections.get("c")
    report, pending = collection.maintenance._report, [act]

    def interrupted(vector, done, total):
        if pending:
            pending.pop()()
        report(vector, done, total)

    monkeypatch.setattr(collection.maintenance, "_report", interrupted)


def test_a_build_taken_up_before_it_noticed_its_cancelling_ends(engine, monkeypatch):
    create(engine)

    def cancel_and_resume():
        engine.cancel_index("c")
        engine.build_index("c", wait=False)

    during_the_first_build(engine, monkeypatch, cancel_and_resume)
    fill(engine, 40)
    assert engine.wait_for_index("c", timeout=60)
    assert covered(engine) == (40, 40)


def test_graphs_asked_for_during_a_build_cover_what_came_meanwhile(engine, monkeypatch):
    create(engine)

    def ask_for_more():
        fill(engine, 2, start=40)
        engine.build_index("c", wait=False)

    during_the_first_build(engine, monkeypatch, ask_for_more)
    fill(engine, 40)
    assert engine.wait_for_index("c")
    assert covered(engine) == (42, 42)


def test_a_drop_cancels_the_build_and_holds_up_no_other_collection(on_disk, monkeypatch):
    create(on_disk)
    on_disk.create_collection("other", models.VectorParams(size=2, distance=models.Distance.DOT))
    held, let_go = Event(), Event()

    def hold():
        held.set()
        assert let_go.wait(60)

    during_the_first_build(on_disk, monkeypatch, hold)
    fill(on_disk, 40)
    with ThreadPoolExecutor(1) as threads:
        on_disk.build_index("c", wait=False)
        assert held.wait(60)
        dropping = threads.submit(on_disk.delete_collection, "c")
        while on_disk.collection_exists("c"):
            time.sleep(0.001)
        assert on_disk.count("other").count == 0
        assert not on_disk.delete_collection("c")
        with pytest.raises(Conflict, match="is being deleted"):
            create(on_disk)
        let_go.set()
        assert dropping.result(60)
    create(on_disk)
    assert on_disk.count("c").count == 0


def test_a_build_that_finds_no_thread_is_tried_again(engine, monkeypatch):
    def refuse(thread):
        raise RuntimeError("can't start new thread")

    create(engine)
    with monkeypatch.context() as patch:
        patch.setattr(Thread, "start", refuse)
        fill(engine, 40)
    assert engine.build_index("c")
    assert covered(engine) == (40, 40)


def test_graphs_asked_for_are_built_though_the_files_were_rewritten_meanwhile(engine, monkeypatch):
    create(engine, optimizers=None)
    fill(engine, 20)
    compact = engine._collections.get("c").compact
    during_the_first_build(engine, monkeypatch, compact)
    assert engine.build_index("c")
    assert covered(engine) == (20, 20)


def test_a_graph_that_is_unwanted_when_it_is_built_does_not_count(engine, monkeypatch):
    create(engine)
    none = models.HnswConfigDiff(m=0)
    during_the_first_build(
        engine, monkeypatch, lambda: engine.update_collection("c", hnsw_config=none)
    )
    fill(engine, 40)
    assert engine.wait_for_index("c")
    assert covered(engine) == (0, 40)


def test_a_vector_dropped_while_its_build_waits_is_no_error(engine, monkeypatch):
    create(engine)
    other = models.VectorParams(size=DIM, distance=models.Distance.DOT)
    engine.create_collection("d", {"a": other, "b": other}, optimizers_config=SMALL)
    maintenance = engine._collections.get("d").maintenance
    with maintenance._turn:
        points = [
            models.PointStruct(id=n, vector={"a": row.tolist(), "b": row.tolist()})
            for n, row in enumerate(vectors(40))
        ]
        engine.upsert("d", points)
        assert not engine.wait_for_index("d", timeout=0.3)  # it waits for its turn by now
        engine.delete_vector_name("d", "b")
    assert engine.wait_for_index("d")
    (vector,) = engine.index_state("d").vectors
    assert (vector.name, vector.indexed) == ("a", 40)


def test_progress_is_told(engine, monkeypatch):
    monkeypatch.setattr("engine.index.build._STEP", 10)
    create(engine)
    maintenance = engine._collections.get("c").maintenance
    report = maintenance._report
    seen = []

    def note(vector, done, total):
        report(vector, done, total)
        building = engine.index_state("c").building
        seen.append((building.vector, building.fraction))

    monkeypatch.setattr(maintenance, "_report", note)
    fill(engine, 40)
    assert engine.wait_for_index("c")
    steps = list(dict.fromkeys(seen))
    assert steps == [("", 0.0), ("", 0.25), ("", 0.5), ("", 0.75), ("", 1.0)]


def test_a_graph_can_be_asked_for_below_the_threshold(engine):
    create(engine, optimizers=None)
    fill(engine, 20)
    assert engine.build_index("c")
    assert covered(engine) == (20, 20)
    fill(engine, 1, start=20)
    assert engine.build_index("c")
    assert covered(engine) == (21, 21)
    assert engine.build_index("c")  # nothing is left to do


def test_a_graph_of_one_link_for_each_node_has_two(engine):
    create(engine, hnsw_config=models.HnswConfigDiff(m=1))
    fill(engine, 40)
    assert engine.wait_for_index("c")
    assert covered(engine) == (40, 40)
    assert engine.get_collection("c").config.params.vectors.hnsw_config.m == 1
    assert engine.query_points("c", vectors(40)[3], limit=1).points[0].id == 3


def test_dropping_and_closing_do_not_wait_for_a_build(engine):
    create(engine)
    fill(engine, 40)
    engine.delete_collection("c")
    create(engine)
    fill(engine, 40)
    assert engine.index_state("c").building is not None


def test_a_damaged_graph_is_built_again(tmp_path, caplog):
    with Engine(tmp_path) as engine:
        create(engine)
        fill(engine, 40)
        engine.wait_for_index("c")
    (links,) = tmp_path.glob("*/segments/*/graph-lowest.bin")
    links.write_bytes(links.read_bytes()[:-64])
    with Engine(tmp_path) as engine:
        assert covered(engine) == (0, 40)
        assert "is damaged and will be built again" in caplog.text
        assert engine.wait_for_index("c")
        assert covered(engine) == (40, 40)


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("graph-lowest", 40),
        ("graph-first_upper", 1 << 20),
        ("graph-first_upper", -2),
        ("graph-top", 40),
        ("graph-top", -1),
    ],
)
def test_a_graph_that_leads_nowhere_is_built_again(tmp_path, monkeypatch, caplog, part, value):
    with Engine(tmp_path) as engine:
        create(engine)
        fill(engine, 40)
        engine.wait_for_index("c")
    (path,) = tmp_path.glob(f"*/segments/*/{part}.bin")
    damaged = np.fromfile(path, np.int64 if part == "graph-top" else np.int32)
    damaged[0] = value
    damaged.tofile(path)
    monkeypatch.setattr(SummedFile, "is_whole", lambda *_: True)
    with Engine(tmp_path) as engine:
        assert covered(engine) == (0, 40)
        assert "is damaged and will be built again" in caplog.text
        assert engine.wait_for_index("c")
        assert covered(engine) == (40, 40)


def test_what_a_crash_left_is_removed(tmp_path):
    with Engine(tmp_path) as engine:
        create(engine)
        fill(engine, 40)
        engine.wait_for_index("c")
    (segments,) = tmp_path.glob("*/segments")
    (segments / "7").mkdir()
    (segments / "building-x").mkdir()
    with Engine(tmp_path) as engine:
        assert covered(engine) == (40, 40)
        assert [path.name for path in segments.iterdir()] == ["1"]
        fill(engine, 40, start=40)
        assert engine.wait_for_index("c")
        assert [path.name for path in segments.iterdir()] == ["2"]


def test_a_collection_of_an_earlier_version_gets_its_graph_and_sums(tmp_path):
    with Engine(tmp_path) as engine:
        create(engine)
        fill(engine, 40)
        engine.delete("c", [7])
    (catalogue,) = tmp_path.glob("*/catalogue.sqlite")
    with sqlite3.connect(catalogue) as database:
        database.execute("DROP TABLE segments")
        database.execute("DROP TABLE sums")
        database.execute("DELETE FROM settings WHERE key IN ('seal', 'dead')")
        database.execute("UPDATE settings SET value = 1 WHERE key = 'format'")
    database.close()
    with Engine(tmp_path) as engine:
        assert engine.wait_for_index("c")
        assert covered(engine) == (39, 39)
        fill(engine, 1, start=40)
    with Engine(tmp_path) as engine:
        assert engine.count("c").count == 40
    (points,) = tmp_path.glob("*/generation-0/points.bin")
    points.write_bytes(bytes(points.stat().st_size))
    with Engine(tmp_path) as engine, pytest.raises(CollectionCorrupt, match=r"points\.bin"):
        engine.count("c")


def test_no_space_for_a_graph_is_told_and_searches_go_on(on_disk, monkeypatch):
    def full(*arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(segment_files, "write_arrays", full)
    create(on_disk)
    fill(on_disk, 40)
    with pytest.raises(StorageError, match="No space left on device"):
        on_disk.wait_for_index("c")
    info = on_disk.get_collection("c")
    assert "No space left on device" in info.optimizer_status.error
    assert info.status == models.CollectionStatus.RED
    assert on_disk.query_points("c", vectors(40)[3], limit=1).points[0].id == 3
    monkeypatch.undo()
    assert on_disk.build_index("c")
    info = on_disk.get_collection("c")
    assert info.optimizer_status == models.OptimizersStatusOneOf.OK
    assert info.status == models.CollectionStatus.GREEN


@limits_files
def test_hnswlib_does_not_say_when_the_disk_is_full_but_we_do(on_disk):
    """A limit on the size of files, which the graph of many points exceeds."""
    create(on_disk)
    fill(on_disk, 400)
    told = r"Cannot build the graph in .*No space left"
    with files_up_to(20_000), pytest.raises(StorageError, match=told):
        on_disk.wait_for_index("c")
    assert on_disk.query_points("c", vectors(400)[3], limit=1).points[0].id == 3
    assert on_disk.build_index("c")


def test_too_little_memory_for_a_graph_is_told_and_searches_go_on(engine, monkeypatch):
    for module in ("build", "memory"):
        monkeypatch.setattr(f"engine.index.{module}.available_memory", lambda: 1000)
    create(engine)
    fill(engine, 40)
    with pytest.raises(StorageError, match=r"Linking 40 vectors takes .* and 9.3e-07 GiB are free"):
        engine.wait_for_index("c")
    assert engine.get_collection("c").status == models.CollectionStatus.RED
    assert engine.query_points("c", vectors(40)[3], limit=1).points[0].id == 3
    monkeypatch.undo()
    assert engine.build_index("c")
    assert covered(engine) == (40, 40)


@pytest.mark.parametrize("built", [False, True])
def test_dead_rows_go_though_no_graph_can_be_built(engine, monkeypatch, built):
    create(engine)
    fill(engine, 40)
    if built:
        assert engine.wait_for_index("c")
    monkeypatch.setattr("engine.index.memory.available_memory", lambda: 1000)
    for _ in range(6):
        fill(engine, 40)
        with suppress(StorageError):
            engine.wait_for_index("c")
        assert engine.count("c").count == 40
        assert engine.snapshot("c").rows <= 120
    assert engine.query_points("c", vectors(40)[3], limit=1).points[0].id == 3


def test_without_hnswlib_everything_is_scanned_and_told(engine, monkeypatch):
    absent = GraphSupport(available=False, reason="hnswlib cannot be imported")
    monkeypatch.setattr("engine.index.upkeep.graph_support", lambda: absent)
    monkeypatch.setattr("engine.collection.graph_support", lambda: absent)
    create(engine)
    fill(engine, 40)
    assert engine.wait_for_index("c")
    assert covered(engine) == (0, 40)
    assert engine.index_state("c").unsupported == absent.reason
    with pytest.raises(NotSupported, match="hnswlib"):
        engine.build_index("c")


def test_eight_read_while_two_write_and_graphs_are_built(engine, monkeypatch):
    monkeypatch.setattr("engine.maintenance.SETTLED_SECONDS", 0.0)
    loops.warm_up(wait=True)
    create(engine)
    fill(engine, 100)

    def write(start):
        for number in range(8):
            fill(engine, 60, start=start + 20 * number)
            engine.delete("c", list(range(start, start + 20 * number)))
        return start

    def read(number):
        reader = copy(engine)
        reader.options = replace(engine.options, search="graph" if number % 2 else "planned")
        query, seen = vectors(1, seed=number)[0], 0
        while not all(writer.done() for writer in writers):
            hits = reader.query_points("c", query, limit=20, with_vectors=True).points
            far = [np.linalg.norm(np.array(hit.vector) - query) for hit in hits]
            assert [hit.score for hit in hits] == pytest.approx(far, rel=1e-4)
            assert far == sorted(far)
            assert len({hit.id for hit in hits}) == 20
            seen += 1
        return seen

    with ThreadPoolExecutor(10) as threads:
        writers = [threads.submit(write, start) for start in (1000, 2000)]
        readers = [threads.submit(read, number) for number in range(8)]
        for thread in (*writers, *readers):
            thread.result()
    assert engine.wait_for_index("c")
    assert engine.count("c").count == 100 + 2 * 60
    assert engine.build_index("c")
    assert covered(engine) == (220, 220)


def test_collections_of_one_engine_take_turns(engine, monkeypatch):
    for name in "abc":
        vectors_of = models.VectorParams(size=DIM, distance=models.Distance.DOT)
        engine.create_collection(name, vectors_of, optimizers_config=SMALL)
    under_way, most = set(), []
    for name in "abc":
        collection = engine._collections.get(name)

        def maintain(*arguments, name=name, original=collection._table.maintain, **options):
            under_way.add(name)
            most.append(len(under_way))
            counts = original(*arguments, **options)
            under_way.remove(name)
            return counts

        monkeypatch.setattr(collection._table, "maintain", maintain)
        engine.upload_collection(name, vectors(40), ids=range(40))
    assert all(engine.wait_for_index(name) for name in "abc")
    assert most == [1, 1, 1]
