"""Any interleaving of updates, builds, rewrites and restarts, against brute force over a dict."""

import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from qdrant_client import models

from engine import Engine
from engine.index import graph_support, loops

pytestmark = pytest.mark.skipif(not graph_support().available, reason=graph_support().reason)

DIM, LIMIT = 4, 5
DISTANCES = {
    models.Distance.EUCLID: lambda rows, query: -np.sqrt(((rows - query) ** 2).sum(axis=1)),
    models.Distance.MANHATTAN: lambda rows, query: -np.abs(rows - query).sum(axis=1),
    models.Distance.DOT: lambda rows, query: rows @ query,
    models.Distance.COSINE: lambda rows, query: (
        rows @ query / np.linalg.norm(rows, axis=1) / np.linalg.norm(query)
    ),
}
IDS = st.integers(0, 99)
SEEDS = st.integers(0, 10_000)


class Collection(RuleBasedStateMachine):
    """The engine on disk; `self.points` is what it should find."""

    @initialize(distance=st.sampled_from(list(DISTANCES)))
    def start(self, distance):
        loops.warm_up(wait=True)
        self.distance = distance
        self.folder = tempfile.TemporaryDirectory(prefix="sextant-segments-")
        self.engine = Engine(Path(self.folder.name))
        self.points = {}
        self.engine.create_collection(
            "c",
            models.VectorParams(size=DIM, distance=distance),
            hnsw_config=models.HnswConfigDiff(full_scan_threshold=10),
            optimizers_config=models.OptimizersConfigDiff(
                indexing_threshold=1, deleted_threshold=0.3, vacuum_min_vector_number=20
            ),
        )

    @rule(first=IDS, count=st.integers(1, 90), seed=SEEDS)
    def upsert(self, first, count, seed):
        vectors = np.random.default_rng(seed).standard_normal((count, DIM)).astype(np.float32)
        ids = range(first, first + count)
        self.engine.upload_collection("c", vectors, ids=ids, payload=[{"of": seed}] * count)
        self.points |= dict(zip(ids, vectors, strict=True))

    @rule(first=IDS, count=st.integers(1, 60))
    def delete(self, first, count):
        self.engine.delete("c", list(range(first, first + count)))
        for point in range(first, first + count):
            self.points.pop(point, None)

    @rule(first=IDS, count=st.integers(1, 20))
    def change_payload(self, first, count):
        ids = [point for point in range(first, first + count) if point in self.points]
        self.engine.set_payload("c", {"changed": True}, ids)

    @rule()
    def build(self):
        assert self.engine.wait_for_index("c")

    @rule()
    def build_all(self):
        assert self.engine.build_index("c")
        (vector,) = self.engine.index_state("c").vectors
        assert vector.indexed == vector.points == len(self.points)

    @rule()
    def compact(self):
        self.engine._collections.get("c").compact()

    @rule()
    def reopen(self):
        self.engine.close()
        self.engine = Engine(Path(self.folder.name))

    @invariant()
    def every_way_of_searching_finds_the_nearest(self):
        query = np.random.default_rng(len(self.points)).standard_normal(DIM).astype(np.float32)
        ids = np.array(sorted(self.points))
        rows = np.array([self.points[point] for point in ids.tolist()]).reshape(-1, DIM)
        scores = DISTANCES[self.distance](rows, query)
        order = np.argsort(-scores, kind="stable")[:LIMIT]  # of equal ones the smaller id first
        nearest, best = ids[order].tolist(), pytest.approx(np.abs(scores[order]), abs=1e-4)
        for mode in ("planned", "scan", "graph"):
            self.engine.options = replace(self.engine.options, search=mode)
            params = models.SearchParams(hnsw_ef=256)
            hits = self.engine.query_points("c", query, limit=LIMIT, search_params=params).points
            assert [hit.id for hit in hits] == nearest, mode
            assert [abs(hit.score) for hit in hits] == best, mode

    @invariant()
    def the_index_covers_live_points_only(self):
        (vector,) = self.engine.index_state("c").vectors
        assert vector.indexed <= vector.points == len(self.points)

    def teardown(self):
        if hasattr(self, "engine"):
            self.engine.close()
            self.folder.cleanup()


TestCollection = Collection.TestCase
TestCollection.settings = settings(max_examples=12, stateful_step_count=12, deadline=None)
