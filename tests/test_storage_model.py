"""Any interleaving of updates, compactions and restarts, against a plain dict."""

import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from qdrant_client import models

from engine import Engine

IDS = st.lists(st.integers(0, 9) | st.uuids(version=4).map(str), min_size=1, max_size=4)
NUMBERS = st.integers(-8, 8).map(float)
VECTORS = st.fixed_dictionaries(
    {},
    optional={
        "d": st.lists(NUMBERS, min_size=2, max_size=2),
        "m": st.lists(st.lists(NUMBERS, min_size=1, max_size=1), min_size=1, max_size=3),
        "s": st.dictionaries(st.integers(0, 9), NUMBERS, max_size=3).map(
            lambda pairs: models.SparseVector(
                indices=sorted(pairs), values=[pairs[index] for index in sorted(pairs)]
            )
        ),
    },
)
PAYLOADS = st.dictionaries(
    st.sampled_from("abc"),
    st.integers() | st.text(max_size=3) | st.lists(st.booleans(), max_size=2),
)


class Collection(RuleBasedStateMachine):
    """The engine on disk; `self.points` is what it should hold."""

    @initialize()
    def start(self):
        self.folder = tempfile.TemporaryDirectory(prefix="sextant-model-")
        self.engine = Engine(Path(self.folder.name))
        self.points = {}
        self.snapshots = []
        multi = models.MultiVectorConfig(comparator=models.MultiVectorComparator.MAX_SIM)
        self.engine.create_collection(
            "c",
            {
                "d": models.VectorParams(size=2, distance=models.Distance.EUCLID),
                "m": models.VectorParams(
                    size=1, distance=models.Distance.DOT, multivector_config=multi
                ),
            },
            {"s": models.SparseVectorParams()},
        )

    @rule(ids=IDS, data=st.data())
    def upsert(self, ids, data):
        fresh = [(point, data.draw(VECTORS), data.draw(PAYLOADS)) for point in ids]
        self.engine.upsert(
            "c", [models.PointStruct(id=point, vector=v, payload=p) for point, v, p in fresh]
        )
        self.points |= {point: (vectors, payload) for point, vectors, payload in fresh}

    @rule(ids=IDS)
    def delete(self, ids):
        self.engine.delete("c", ids)
        self.points = {point: self.points[point] for point in self.points if point not in ids}

    @precondition(lambda self: self.points)
    @rule(data=st.data(), payload=PAYLOADS)
    def set_payload(self, data, payload):
        ids = self._some(data)
        self.engine.set_payload("c", payload, ids)
        for point in ids:
            vectors, before = self.points[point]
            self.points[point] = (vectors, before | payload)

    @precondition(lambda self: self.points)
    @rule(data=st.data(), vectors=VECTORS)
    def update_vectors(self, data, vectors):
        ids = self._some(data)
        self.engine.update_vectors(
            "c", [models.PointVectors(id=point, vector=vectors) for point in ids]
        )
        for point in ids:
            before, payload = self.points[point]
            self.points[point] = (before | vectors, payload)

    @precondition(lambda self: self.points)
    @rule(data=st.data(), names=st.lists(st.sampled_from("dms"), unique=True))
    def delete_vectors(self, data, names):
        ids = self._some(data)
        self.engine.delete_vectors("c", names, ids)
        for point in ids:
            before, payload = self.points[point]
            kept = {name: before[name] for name in before if name not in names}
            self.points[point] = (kept, payload)

    @rule()
    def compact(self):
        self.engine._collections.get("c").compact()

    @rule()
    def reopen(self):
        self.engine.close()
        self.engine = Engine(Path(self.folder.name))

    @rule()
    def keep_a_snapshot(self):
        self.snapshots.append((self.engine.snapshot("c"), dict(self.points)))

    @invariant()
    def engine_holds_the_points(self):
        records = self.engine.scroll("c", limit=100, with_vectors=True)[0]
        assert {record.id: (record.vector, record.payload) for record in records} == self.points
        assert self.engine.count("c").count == len(self.points)

    @invariant()
    def snapshots_never_change(self):
        for snapshot, points in self.snapshots[-3:]:
            rows = snapshot.ids.order()
            assert dict(
                zip(snapshot.ids.ids(rows), snapshot.payload.get(rows.tolist()), strict=True)
            ) == {point: payload for point, (_, payload) in points.items()}

    def teardown(self):
        if hasattr(self, "engine"):
            self.engine.close()
            self.folder.cleanup()

    def _some(self, data):
        return data.draw(
            st.lists(st.sampled_from(sorted(self.points, key=str)), min_size=1, unique=True)
        )


TestCollection = Collection.TestCase
TestCollection.settings = settings(max_examples=15, stateful_step_count=15, deadline=None)
