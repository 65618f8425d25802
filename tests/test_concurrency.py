"""Readers and writers at the same time."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from qdrant_client import models

from engine import Engine, NotFound, StorageError
from engine.payload.filters import condition_mask

POINTS = 50


@pytest.fixture(params=["memory", "disk"])
def opened(request, tmp_path):
    with Engine(":memory:" if request.param == "memory" else tmp_path) as made:
        made.create_collection("c", models.VectorParams(size=2, distance=models.Distance.DOT))
        yield made


def stamp(engine, number):
    """Write every point with the same stamp, in one operation."""
    points = [
        models.PointStruct(id=point, vector=[number, 1], payload={"stamp": number})
        for point in range(POINTS)
    ]
    engine.upsert("c", points)


def test_readers_see_whole_operations_only(opened):
    stamp(opened, 0)
    rounds = 25

    def write():
        for number in range(1, rounds):
            stamp(opened, number)
            if number % 7 == 0:
                opened._collections.get("c").compact()

    def read():
        seen = []
        while not writing.done():
            records = opened.scroll("c", limit=1000, with_vectors=True)[0]
            (number,) = {record.payload["stamp"] for record in records}
            assert {record.vector[0] for record in records} == {float(number)}
            assert len(records) == POINTS
            hits = opened.query_points("c", [1.0, 0.0], limit=POINTS).points
            assert len({hit.score for hit in hits}) == 1
            seen.append(number)
        return seen

    with ThreadPoolExecutor(4) as threads:
        writing = threads.submit(write)
        readers = [threads.submit(read) for _ in range(3)]
        writing.result()
        for reader in readers:
            seen = reader.result()
            assert seen == sorted(seen)


def test_writers_take_turns(opened):
    def write(start):
        for number in range(start, start + 8):
            opened.upsert("c", [models.PointStruct(id=number, vector=[1.0, float(number)])])
            opened.set_payload("c", {"by": start}, [number])

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(write, range(0, 32, 8)))
    payloads = {record.id: record.payload for record in opened.scroll("c", limit=100)[0]}
    assert payloads == {number: {"by": number // 8 * 8} for number in range(32)}


def test_what_was_opened_before_a_drop_refuses_updates(opened):
    collection = opened._collections.get("c")
    opened.delete_collection("c")
    opened.create_collection("c", models.VectorParams(size=2, distance=models.Distance.DOT))
    stamp(opened, 5)  # by now the new files may have the numbers that the old ones had
    with pytest.raises(NotFound, match="Collection `c` doesn't exist!"):
        collection.delete([0])
    with pytest.raises(NotFound, match="Collection `c` doesn't exist!"):
        collection.create_index("stamp", "integer")
    assert opened.count("c").count == POINTS


def test_what_was_opened_before_the_end_refuses_updates(opened):
    collection = opened._collections.get("c")
    opened.close()
    with pytest.raises(StorageError, match="This engine is closed"):
        collection.delete([0])


def test_a_collection_may_be_dropped_while_it_is_read(opened):
    stamp(opened, 3)
    snapshot = opened.snapshot("c")
    opened.delete_collection("c")
    assert snapshot.payload.get(range(POINTS)) == [{"stamp": 3}] * POINTS
    assert snapshot.vectors[""].to_model(0) == [3.0, 1.0]


def test_text_is_matched_while_others_read_new_words(opened):
    texts = [f"word{n} word{n + 1}" for n in range(POINTS)]
    points = [
        models.PointStruct(id=n, vector=[1, 1], payload={"t": text}) for n, text in enumerate(texts)
    ]
    opened.upsert("c", points)
    words = " ".join(f"word{n}" for n in range(300))
    any_word = models.FieldCondition(key="t", match=models.MatchTextAny(text_any=words))
    snapshot = opened.snapshot("c")
    vocabulary = snapshot.payload.column("t").vocabulary  # which all snapshots share

    def grow():
        for start in range(0, 20_000, 20):
            vocabulary.encode([f"new {n}" for n in range(start, start + 20)])

    with ThreadPoolExecutor(1) as pool:
        growing = pool.submit(grow)
        while not growing.done():
            assert condition_mask(any_word, snapshot).all()
        growing.result()
