"""Files of a data folder in which bytes changed: a clear error or whole data, no wrong answer."""

import random
import shutil
from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from qdrant_client import models

from engine import CollectionCorrupt, Engine
from engine.index import graph_support, loops
from engine.storage.sums import BLOCK, SummedFile, extended, sums_of
from engine.verification import Verification

POINTS, DIM = 120, 8
QUERY, EXACT = [0.3] * DIM, models.SearchParams(exact=True)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A data folder with a graph, dead rows, an index and an alias; and what it answers."""
    loops.warm_up(wait=True)
    folder = tmp_path_factory.mktemp("whole") / "data"
    with Engine(folder) as engine:
        engine.create_collection(
            "c",
            {"d": models.VectorParams(size=DIM, distance=models.Distance.COSINE)},
            {"s": models.SparseVectorParams()},
            optimizers_config=models.OptimizersConfigDiff(indexing_threshold=1),
        )
        rows = np.random.default_rng(1).standard_normal((POINTS, DIM)).tolist()
        engine.upsert("c", [point(number, row) for number, row in enumerate(rows)])
        engine.delete("c", list(range(0, 30, 3)))
        engine.create_payload_index("c", "parity", models.PayloadSchemaType.KEYWORD)
        alias = models.CreateAlias(collection_name="c", alias_name="other")
        engine.update_collection_aliases([models.CreateAliasOperation(create_alias=alias)])
        engine.wait_for_index("c")
    with Engine(folder) as engine:
        return folder, answers(engine)


def point(number, row):
    sparse = models.SparseVector(indices=[number % 7, 10 + number % 3], values=[1.0, 2.0])
    payload = {"n": number, "parity": "even" if number % 2 == 0 else "odd"}
    return models.PointStruct(id=number, vector={"d": row, "s": sparse}, payload=payload)


def answers(engine):
    engine.wait_for_index("c")
    found = engine.scroll("c", limit=1000, with_vectors=True)[0]
    hits = []
    for mode in ("scan", "graph"):
        engine.options = replace(engine.options, search=mode)
        hits.append(engine.query_points("other", QUERY, using="d", limit=5).points)
    sparse = models.SparseVector(indices=[3, 11], values=[1.0, 1.0])
    hits.append(engine.query_points("c", sparse, using="s", limit=5).points)
    counts = [(hit.value, hit.count) for hit in engine.facet("c", "parity").hits]
    return repr([found, hits, counts])


def answers_or_damage(folder):
    try:
        with Engine(folder) as engine:
            return answers(engine)
    except CollectionCorrupt as error:
        return str(error)


def damaged(data, draw):
    """Return `data` cut short, with one bit turned, or with zeros in it."""
    place = draw.randrange(len(data))
    kind = draw.choice(["cut", "bit", "bit", "zeros"])
    if kind == "cut":
        return data[:place]
    changed = bytearray(data)
    if kind == "bit":
        changed[place] ^= 1 << draw.randrange(8)
    else:
        changed[place : place + 64] = bytes(len(changed[place : place + 64]))
    return bytes(changed)


@pytest.mark.skipif(not graph_support().available, reason=graph_support().reason)
@pytest.mark.parametrize("seed", range(3))
def test_damage_anywhere_is_told_or_mended(whole, tmp_path, seed):
    folder, expected = whole
    draw = random.Random(seed)
    files = [path.relative_to(folder) for path in folder.rglob("*") if path.stat().st_size]
    files = [path for path in files if (folder / path).is_file() and path.name != ".owner"]
    for number, path in enumerate(sorted(files)):
        copy = shutil.copytree(folder, tmp_path / str(number))
        data = (copy / path).read_bytes()
        (copy / path).write_bytes(damaged(data, draw))
        found = answers_or_damage(copy)
        assert found == expected or path.name in found, path


@pytest.fixture
def large(monkeypatch):
    """Count every collection as too large to be checked while it is opened."""
    monkeypatch.setattr("engine.storage.sums.AT_ONCE", 0)


def flip(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def test_damage_of_large_files_is_found_after_opening(whole, tmp_path, large):
    copy = shutil.copytree(whole[0], tmp_path / "copy")
    flip(copy / "c" / "generation-0" / "vector-0-data.bin")
    with Engine(copy) as engine:
        with suppress(CollectionCorrupt):  # found by now, or not yet
            engine._collections.get("c")
        engine._collections._open["c"].verification.wait()
        for _ in range(2):
            with pytest.raises(CollectionCorrupt, match=r"vector-0-data\.bin is damaged"):
                engine.count("c")
        assert engine.delete_collection("c")


@pytest.mark.skipif(not graph_support().available, reason=graph_support().reason)
def test_a_large_graph_that_is_damaged_is_built_again(whole, tmp_path, large, caplog):
    folder, expected = whole
    copy = shutil.copytree(folder, tmp_path / "copy")
    (codes,) = copy.glob("c/segments/*/quantised-codes.bin")
    flip(codes)
    with Engine(copy) as engine:
        engine._collections.get("c").verification.wait()
        assert "a graph is built again" in caplog.text
        assert engine.wait_for_index("c")
        assert engine.index_state("c").indexed > 0
        assert answers(engine) == expected
    with Engine(copy) as engine:
        engine._collections.get("c").verification.wait()
        assert answers(engine) == expected


@pytest.mark.skipif(not graph_support().available, reason=graph_support().reason)
def test_a_large_graph_is_looked_at_before_the_first_walk_on_it(
    whole, tmp_path, large, monkeypatch, caplog
):
    folder, _ = whole
    copy = shutil.copytree(folder, tmp_path / "copy")
    (links,) = copy.glob("c/segments/*/graph-lowest.bin")
    far = np.fromfile(links, np.uint32)
    far[:] = 1 << 30
    far.tofile(links)
    with monkeypatch.context() as patch, Engine(copy) as engine:
        patch.setattr(Verification, "_start", lambda _: None)
        assert engine.index_state("c").indexed > 0
        nearest = engine.query_points("c", QUERY, using="d", search_params=EXACT).points
        for mode in ("planned", "graph"):
            engine.options = replace(engine.options, search=mode)
            assert engine.query_points("c", QUERY, using="d").points == nearest
    with Engine(copy) as engine:
        engine._collections.get("c").verification.wait()
        assert "a graph is built again: links lead from row" in caplog.text


@given(st.lists(st.integers(0, 2 * BLOCK + 5), max_size=4), st.integers(0, 255))
def test_sums_do_not_depend_on_the_parts_that_were_written(sizes, fill):
    data = np.full(sum(sizes), fill, np.uint8)
    sums: tuple[int, ...] = ()
    size = 0
    for added in sizes:
        sums = extended(sums, size, data[size : size + added].data)
        size += added
    assert sums == sums_of(data)
    assert len(sums) == -(-size // BLOCK)


def test_a_file_is_whole_until_a_bit_changes(tmp_path):
    data = np.random.default_rng(0).integers(0, 256, BLOCK + 1000, dtype=np.uint8)
    path = tmp_path / "file"
    path.write_bytes(data.tobytes() + b"what lies behind does not count")
    file = SummedFile(path, len(data), sums_of(data))
    assert file.is_whole()
    data[BLOCK + 7] ^= 4
    path.write_bytes(data.tobytes())
    assert not file.is_whole()
    assert file.is_whole(lambda: False), "it was told to stop"
