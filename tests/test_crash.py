"""A process killed while it writes loses nothing that it acknowledged, and tears nothing."""

import random

import numpy as np
import pytest
from qdrant_client import models

from engine import Engine
from tests.killed_writers import killed_after

WRITER = """
import json, random, sys
from qdrant_client import models
from engine import Engine
from tests.test_crash import apply, operations

engine = Engine(sys.argv[1])
engine.create_collection("c", models.VectorParams(size=8, distance=models.Distance.DOT))
print("ready", flush=True)
for number, operation in enumerate(operations(int(sys.argv[2]))):
    apply(engine, operation)
    print(number, flush=True)
    if number % 40 == 39:
        engine._collections.get("c").compact()
"""


def operations(seed):
    """Yield an endless load that only depends on the seed."""
    draw = random.Random(seed)
    number = 0
    while True:
        number += 1
        ids = draw.sample(range(60), draw.randint(1, 12))
        kind = draw.choice(["upsert", "upsert", "upsert", "delete", "payload", "vectors"])
        yield {"kind": kind, "ids": ids, "stamp": number}


def vector(point, stamp):
    return [float(point * 1000 + stamp)] * 8


def apply(engine, operation):
    ids, stamp = operation["ids"], operation["stamp"]
    if operation["kind"] == "upsert":
        points = [
            models.PointStruct(
                id=point, vector=vector(point, stamp), payload={"stamp": stamp, "text": "x" * point}
            )
            for point in ids
        ]
        engine.upsert("c", points)
        return
    ids = [record.id for record in engine.retrieve("c", ids)]
    if operation["kind"] == "delete":
        engine.delete("c", ids)
    elif operation["kind"] == "payload":
        engine.set_payload("c", {"set": stamp}, ids)
    else:
        changed = [models.PointVectors(id=point, vector=vector(point, stamp)) for point in ids]
        engine.update_vectors("c", changed)


def contents(engine):
    found = engine.scroll("c", limit=1000, with_vectors=True)[0]
    return {record.id: (record.vector, record.payload) for record in found}


def expected(seed, count):
    """Return what a collection holds after so many operations that nothing interrupts."""
    with Engine(":memory:") as engine:
        engine.create_collection("c", models.VectorParams(size=8, distance=models.Distance.DOT))
        for _, operation in zip(range(count), operations(seed), strict=False):
            apply(engine, operation)
        return contents(engine)


UPLOADER = """
import sys
import engine.upload
from tests.test_crash import PART, upload
from engine import Engine
from qdrant_client import models

engine.upload.CHUNK = PART
with Engine(sys.argv[1]) as opened:
    opened.create_collection("c", models.VectorParams(size=8, distance=models.Distance.DOT))
    print("ready", flush=True)
    for number in range(1000):
        upload(opened, number)
        print(number, flush=True)
"""
PART, PARTS = 8, 50


def upload(engine, number):
    """Upload so many points that they are written in many parts, each while the next is encoded."""
    ids = range(number * PART * PARTS, (number + 1) * PART * PARTS)
    vectors = np.array([vector(point, 0) for point in ids], np.float32)
    engine.upload_collection("c", vectors, ({"text": "x" * (i % 50)} for i in ids), ids)


@pytest.mark.parametrize("seed", range(5))
def test_nothing_acknowledged_is_lost(tmp_path, seed):
    draw = random.Random(seed)
    count, seconds = draw.randint(1, 60), draw.uniform(0.0, 0.02)
    acknowledged = killed_after(WRITER, count, seconds, tmp_path, seed)
    with Engine(tmp_path) as engine:
        found = contents(engine)
        assert found in (expected(seed, acknowledged), expected(seed, acknowledged + 1))
        engine.upsert("c", [models.PointStruct(id=1000, vector=vector(1000, 0))])
    with Engine(tmp_path) as engine:
        assert contents(engine) == found | {1000: (vector(1000, 0), {})}


def test_an_upload_that_is_killed_ends_with_a_whole_part(tmp_path):
    uploads = killed_after(UPLOADER, 2, 0.05, tmp_path, 0)
    with Engine(tmp_path) as engine:
        found = engine.scroll("c", limit=10**6, with_vectors=True)[0]
    assert len(found) >= uploads * PART * PARTS
    assert len(found) % PART == 0
    for number, record in enumerate(found):
        assert (record.id, record.vector) == (number, vector(number, 0))
        assert record.payload == {"text": "x" * (number % 50)}
