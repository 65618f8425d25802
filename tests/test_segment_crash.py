"""A process killed at any line while it builds a graph, or rewrites with one, loses nothing."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from qdrant_client import models

from engine import Engine
from engine.index import graph_support, loops

pytestmark = [
    pytest.mark.skipif(not graph_support().available, reason=graph_support().reason),
    pytest.mark.skipif(sys.platform == "win32", reason="no process is forked there"),
]

DIM, KILLS = 8, 40
WRITER = """
import json, os, signal, sys, threading
from pathlib import Path
from engine import Engine
from engine.index import build, loops
from tests.test_segment_crash import KILLS, create, steps

WATCHED = ("/engine/storage/", "/engine/table.py")
loops.warm_up(wait=True)
build._STEP = 16


def write(folder, kill_at, tell):
    seen = 0

    def watch(frame, event, _):
        return count if any(part in frame.f_code.co_filename for part in WATCHED) else None

    def count(frame, event, _):
        nonlocal seen
        seen += event == "line"
        if seen == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
        return count

    engine = Engine(folder, warm=False)
    create(engine)
    threading.settrace(watch)
    sys.settrace(watch)
    for step in steps():
        step(engine)
        os.write(tell, b".")
    os.write(tell, str(seen).encode())
    os._exit(0)


def told_by(folder, kill_at):
    listen, tell = os.pipe()
    if os.fork() == 0:
        write(folder, kill_at, tell)
    os.close(tell)
    with open(listen) as told:
        return told.read()


folder = Path(sys.argv[1])
lines = int(told_by(folder / "whole", -1).lstrip("."))
for number in range(KILLS):
    told = told_by(folder / str(number), 1 + lines * number // KILLS)
    print(json.dumps(told.count(".")))
"""


def create(engine):
    engine.create_collection(
        "c",
        models.VectorParams(size=DIM, distance=models.Distance.EUCLID),
        optimizers_config=models.OptimizersConfigDiff(
            indexing_threshold=1, deleted_threshold=0.2, vacuum_min_vector_number=10
        ),
    )


def steps():
    """Return what is done in turn: a graph, a rewrite with one, a tail, a graph during updates."""
    return [
        lambda engine: upload(engine, range(100)),
        lambda engine: engine.wait_for_index("c"),
        lambda engine: engine.delete("c", [*range(10, 45)]),
        lambda engine: engine.wait_for_index("c"),
        lambda engine: upload(engine, range(90, 150)),
        lambda engine: engine.build_index("c", wait=False),
        lambda engine: engine.set_payload("c", {"x": 1}, [*range(50, 60)]),
        lambda engine: engine.delete("c", [*range(60, 90)]),
        lambda engine: engine.build_index("c"),
        lambda engine: engine._collections.get("c").compact(),
        lambda engine: engine.build_index("c"),
    ]


def upload(engine, ids):
    vectors = np.random.default_rng(len(ids)).standard_normal((len(ids), DIM), dtype=np.float32)
    engine.upload_collection("c", vectors, [{"n": point} for point in ids], ids)


def contents(engine):
    found = engine.scroll("c", limit=1000, with_vectors=True)[0]
    return {record.id: (record.vector, record.payload) for record in found}


@pytest.fixture(scope="module")
def killed(tmp_path_factory):
    """Return a folder with one for each kill, and how many steps each had done."""
    folder = tmp_path_factory.mktemp("killed")
    told = subprocess.run(
        [sys.executable, "-c", WRITER, str(folder)],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parent.parent,
        check=True,
        timeout=300,
    )
    return folder, [json.loads(line) for line in told.stdout.splitlines()]


@pytest.fixture(scope="module")
def states():
    """Return what the collection holds before the first step and after each."""
    with Engine(":memory:") as engine:
        create(engine)
        found = [contents(engine)]
        for step in steps():
            step(engine)
            found.append(contents(engine))
        return found


@pytest.mark.parametrize("number", range(KILLS))
def test_a_kill_leaves_the_points_and_a_graph_that_fits_them(killed, states, number):
    loops.warm_up(wait=True)
    folder, done = killed[0] / str(number), killed[1][number]
    with Engine(folder) as engine:
        found = contents(engine)
        assert found in states[done : done + 2]
        finds_the_nearest(engine, found)
        assert engine.build_index("c")
        finds_the_nearest(engine, found)
    assert len([*folder.glob("*/generation-*")]) == 1
    assert len([*folder.glob("*/segments/*")]) == (1 if found else 0)


def finds_the_nearest(engine, points):
    query = np.full(DIM, 0.5, np.float32)
    distances = {point: np.linalg.norm(vector - query) for point, (vector, _) in points.items()}
    nearest = sorted(distances, key=distances.__getitem__)[:5]
    for mode in ("planned", "scan", "graph"):
        engine.options = replace(engine.options, search=mode)
        params = models.SearchParams(hnsw_ef=512)
        hits = engine.query_points("c", query, limit=5, search_params=params).points
        assert [hit.id for hit in hits] == nearest, mode
