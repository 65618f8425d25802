"""A process killed while it builds a graph, or rewrites with one, loses and tears nothing."""

import random
from dataclasses import replace

import numpy as np
import pytest
from qdrant_client import models

from engine import Engine
from engine.index import graph_support, loops
from tests.killed_writers import killed_after

pytestmark = pytest.mark.skipif(not graph_support().available, reason=graph_support().reason)

DIM = 8
WRITER = """
import sys
from engine import Engine
from engine.index import build
from tests.test_segment_crash import apply, create, operations

build._STEP = 8
engine = Engine(sys.argv[1])
create(engine)
print("ready", flush=True)
for number, operation in enumerate(operations(int(sys.argv[2]))):
    apply(engine, operation)
    print(number, flush=True)
    engine.build_index("c", wait=number % 2 == 0)
"""


def create(engine):
    engine.create_collection(
        "c",
        models.VectorParams(size=DIM, distance=models.Distance.EUCLID),
        optimizers_config=models.OptimizersConfigDiff(
            indexing_threshold=1, deleted_threshold=0.2, vacuum_min_vector_number=20
        ),
    )


def operations(seed):
    """Yield an endless load that only depends on the seed: (kind, first id, count, seed)."""
    draw = random.Random(seed)
    while True:
        kind = draw.choice(["upsert", "upsert", "delete"])
        yield kind, draw.randrange(200), draw.randint(10, 80), draw.randrange(1 << 30)


def apply(engine, operation):
    kind, first, count, seed = operation
    ids = range(first, first + count)
    if kind == "delete":
        engine.delete("c", list(ids))
    else:
        vectors = np.random.default_rng(seed).standard_normal((count, DIM)).astype(np.float32)
        engine.upload_collection("c", vectors, ids=ids)


def contents(engine):
    found = engine.scroll("c", limit=1000, with_vectors=True)[0]
    return {record.id: record.vector for record in found}


def expected(seed, count):
    """Return what a collection holds after so many operations that nothing interrupts."""
    with Engine(":memory:") as engine:
        create(engine)
        for _, operation in zip(range(count), operations(seed), strict=False):
            apply(engine, operation)
        return contents(engine)


@pytest.mark.parametrize("seed", range(4))
def test_a_kill_leaves_the_points_and_a_graph_that_fits_them(tmp_path, seed):
    loops.warm_up(wait=True)
    draw = random.Random(seed)
    count, seconds = draw.randint(1, 25), draw.uniform(0.0, 0.03)
    acknowledged = killed_after(WRITER, count, seconds, tmp_path, seed)
    with Engine(tmp_path) as engine:
        found = contents(engine)
        assert found in (expected(seed, acknowledged), expected(seed, acknowledged + 1))
        finds_the_nearest(engine, found)
        assert engine.build_index("c")
        finds_the_nearest(engine, found)
    (segments,) = tmp_path.glob("*/segments")
    assert len(list(segments.iterdir())) == (1 if found else 0)


def finds_the_nearest(engine, points):
    query = np.full(DIM, 0.5, np.float32)
    distances = {point: np.linalg.norm(vector - query) for point, vector in points.items()}
    nearest = sorted(distances, key=distances.__getitem__)[:5]
    for mode in ("planned", "scan", "graph"):
        engine.options = replace(engine.options, search=mode)
        params = models.SearchParams(hnsw_ef=512)
        hits = engine.query_points("c", query, limit=5, search_params=params).points
        assert [hit.id for hit in hits] == nearest, mode
