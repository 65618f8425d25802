"""Named vectors that come and go while the points stay."""

from __future__ import annotations

import pytest
from qdrant_client import models

from engine import Engine, InvalidRequest, WrongInput

DOT = models.Distance.DOT
DENSE = models.DenseVectorNameConfig(dense=models.DenseVectorConfig(size=3, distance=DOT))
MULTI = models.DenseVectorNameConfig(
    dense=models.DenseVectorConfig(
        size=2,
        distance=models.Distance.COSINE,
        datatype=models.VectorStorageDatatype.FLOAT16,
        multivector_config=models.MultiVectorConfig(
            comparator=models.MultiVectorComparator.MAX_SIM
        ),
    )
)
SPARSE = models.SparseVectorNameConfig(
    sparse=models.SparseVectorConfig(modifier=models.Modifier.IDF)
)


@pytest.fixture(params=["memory", "disk"])
def reopen(request, tmp_path):
    """Return a function that closes what it gave before, and gives the engine again."""
    opened = [Engine(":memory:" if request.param == "memory" else tmp_path)]

    def again():
        if request.param == "disk":
            opened[0].close()
            opened[0] = Engine(tmp_path)
        return opened[0]

    yield again
    opened[0].close()


@pytest.fixture
def engine(reopen):
    made = reopen()
    made.create_collection("c", {"m": models.VectorParams(size=1, distance=DOT)})
    made.upsert(
        "c",
        [models.PointStruct(id=n, vector={"m": [float(n)]}, payload={"n": n}) for n in range(5)],
    )
    made.delete("c", [1])
    return made


@pytest.mark.parametrize(
    ("config", "vector"),
    [
        (DENSE, [1.0, 2.0, 3.0]),
        (MULTI, [[0.0, 1.0], [1.0, 0.0]]),
        (SPARSE, models.SparseVector(indices=[3, 9], values=[1.0, 2.0])),
    ],
)
@pytest.mark.parametrize("name", ["a", "z", "size"])  # before and behind the one that is there
def test_a_new_vector_is_absent_until_it_is_given(engine, reopen, config, vector, name):
    engine.create_vector_name("c", name, config)
    before = reopen().retrieve("c", [0, 2, 3, 4], with_vectors=True)
    assert [record.vector for record in before] == [{"m": [float(n)]} for n in (0, 2, 3, 4)]
    assert [record.payload for record in before] == [{"n": n} for n in (0, 2, 3, 4)]
    opened = reopen()
    opened.update_vectors("c", [models.PointVectors(id=2, vector={name: vector})])
    found = reopen().query_points("c", vector, using=name, with_vectors=[name]).points
    assert [(point.id, point.vector) for point in found] == [(2, {name: vector})]


def test_a_vector_that_is_dropped_is_gone(engine, reopen):
    engine.create_vector_name("c", "z", DENSE)
    engine.update_vectors("c", [models.PointVectors(id=2, vector={"z": [1.0, 2.0, 3.0]})])
    operation = engine.delete_vector_name("c", "m").operation_id
    opened = reopen()
    assert list(opened.get_collection("c").config.params.vectors) == ["z"]
    assert opened.retrieve("c", [2, 3], with_vectors=True)[0].vector == {"z": [1.0, 2.0, 3.0]}
    assert opened.upsert("c", [models.PointStruct(id=9, vector={})]).operation_id == operation + 1
    opened.create_vector_name("c", "m", DENSE)
    assert opened.query_points("c", [1.0, 0.0, 0.0], using="m").points == []


def test_readers_keep_what_they_saw(engine):
    snapshot = engine.snapshot("c")
    engine.delete_vector_name("c", "m")
    assert snapshot.vectors["m"].get(0).tolist() == [0.0]


def test_collection_info_shows_the_vector(engine):
    engine.create_vector_name("c", "a", MULTI)
    engine.create_vector_name("c", "s", SPARSE)
    params = engine.get_collection("c").config.params
    assert params.vectors["a"].size == 2
    assert params.vectors["a"].datatype == models.Datatype.FLOAT16
    assert params.sparse_vectors["s"].modifier == models.Modifier.IDF


def test_the_same_vector_may_be_made_twice_but_no_other(engine):
    engine.create_vector_name("c", "a", DENSE)
    engine.create_vector_name("c", "a", DENSE)
    for other in (MULTI, SPARSE):
        with pytest.raises(WrongInput, match="Vector with name a already exists"):
            engine.create_vector_name("c", "a", other)


@pytest.mark.parametrize("size", [0, 65_537])
def test_bad_sizes_are_refused_and_nothing_changes(engine, size):
    config = models.DenseVectorNameConfig(dense=models.DenseVectorConfig(size=size, distance=DOT))
    with pytest.raises(InvalidRequest, match="must be from 1 to 65536"):
        engine.create_vector_name("c", "a", config)
    assert list(engine.get_collection("c").config.params.vectors) == ["m"]
    assert engine.count("c").count == 4


def test_unknown_and_unnamed_vectors_cannot_be_dropped(engine):
    engine.create_collection("unnamed", models.VectorParams(size=1, distance=DOT))
    engine.create_vector_name("unnamed", "s", SPARSE)
    for collection, name in (("c", "zz"), ("unnamed", ""), ("unnamed", "size")):
        with pytest.raises(WrongInput, match=f"Not existing vector name error: {name}"):
            engine.delete_vector_name(collection, name)
    with pytest.raises(WrongInput, match="either one unnamed vector or named ones"):
        engine.create_vector_name("unnamed", "a", DENSE)
    engine.delete_vector_name("unnamed", "s")
