"""Engine as a whole: its face, its options, what it refuses."""

import inspect
from importlib.util import find_spec

import pytest
from qdrant_client import QdrantClient, models

import engine
from engine import Engine, NotFound, StorageError
from engine.index import graph_support

FLAT = models.VectorParams(size=2, distance=models.Distance.DOT)


@pytest.fixture
def points():
    with Engine(":memory:") as opened:
        opened.create_collection("c", FLAT)
        opened.upsert(
            "c",
            [
                models.PointStruct(id=number, vector=[number, 1.0], payload={"n": number})
                for number in range(5)
            ],
        )
        yield opened


def shared_methods():
    return [
        name
        for name, method in inspect.getmembers(Engine, inspect.isfunction)
        if not name.startswith("_") and hasattr(QdrantClient, name)
    ]


def names(method, *kinds):
    return [
        name
        for name, parameter in inspect.signature(method).parameters.items()
        if parameter.kind in kinds
    ]


@pytest.mark.parametrize("name", shared_methods())
def test_methods_take_what_qdrant_client_takes(name):
    positional = inspect.Parameter.POSITIONAL_OR_KEYWORD
    ours = names(getattr(Engine, name), positional)
    theirs = names(getattr(QdrantClient, name), positional)
    if names(getattr(Engine, name), inspect.Parameter.VAR_KEYWORD):
        theirs = theirs[: len(ours)]
    if name == "close":  # grpc_grace is of a connection
        theirs = theirs[:1]
    assert ours == theirs


@pytest.mark.parametrize("name", shared_methods())
def test_defaults_are_those_of_qdrant_client(name):
    theirs = inspect.signature(getattr(QdrantClient, name)).parameters
    for parameter in inspect.signature(getattr(Engine, name)).parameters.values():
        if parameter.name in theirs and parameter.kind is parameter.POSITIONAL_OR_KEYWORD:
            assert parameter.default == theirs[parameter.name].default


def test_enough_methods_are_shared():
    assert {"upsert", "query_points", "scroll", "facet", "search_matrix_pairs"} <= set(
        shared_methods()
    )


def test_exports_are_sorted_and_importable():
    assert engine.__all__ == sorted(engine.__all__)
    for name in engine.__all__:
        assert getattr(engine, name).__doc__


def test_every_public_method_is_documented():
    for name, method in inspect.getmembers(Engine, inspect.isfunction):
        assert name.startswith("_") or method.__doc__


def test_a_query_finds_the_best(points):
    found = points.query_points("c", [1.0, 0.0], limit=2).points
    assert [(hit.id, hit.score, hit.payload) for hit in found] == [
        (4, 4.0, {"n": 4}),
        (3, 3.0, {"n": 3}),
    ]


def test_batches_answer_in_order(points):
    requests = [models.QueryRequest(query=vector, limit=1) for vector in ([1.0, 0.0], [-1.0, 0.0])]
    found = points.query_batch_points("c", requests)
    assert [answer.points[0].id for answer in found] == [4, 0]


def test_matrix_of_chosen_ids(points):
    offsets = points.search_matrix_offsets("c", limit=1, ids=[1, 3])
    assert offsets.ids == [1, 3]
    assert [(cell.a, cell.b) for cell in points.search_matrix_pairs("c", ids=[1, 3]).pairs] == [
        (1, 3),
        (3, 1),
    ]


def test_facets_want_an_index_when_strict(points):
    with pytest.raises(engine.WrongInput, match="No appropriate index"):
        points.facet("c", "n")
    points.create_payload_index("c", "n", "integer")
    assert len(points.facet("c", "n").hits) == 5
    assert points.get_collection("c").payload_schema["n"].points == 5
    points.delete_payload_index("c", "n")
    assert points.get_collection("c").payload_schema == {}


def test_facets_need_no_index_when_lenient():
    with Engine(":memory:", strict_indexes=False) as opened:
        opened.create_collection("c", FLAT)
        opened.upsert("c", [models.PointStruct(id=1, vector=[1.0, 1.0], payload={"k": "v"})])
        assert opened.facet("c", "k").hits == [models.FacetValueHit(value="v", count=1)]


def test_a_trace_holds_the_stages_of_its_own_queries(points):
    points.query_points("c", [1.0, 0.0])
    with points.trace() as trace:
        points.query_points("c", [1.0, 0.0])
    first = list(trace.stages)
    points.query_points("c", [1.0, 0.0])
    assert first
    assert trace.stages == first


def test_an_explanation_adds_up(points):
    request = models.QueryRequest(query=[2.0, 0.5])
    (explained,) = points.explain("c", request, [3])
    assert explained.score == pytest.approx(6.5)


@pytest.mark.parametrize(
    "call",
    [
        lambda opened: opened.get_collection("nope"),
        lambda opened: opened.upsert("nope", [models.PointStruct(id=1, vector=[1.0, 1.0])]),
        lambda opened: opened.scroll("nope"),
        lambda opened: opened.query_points("nope", 1),
    ],
)
def test_unknown_collections_are_named(points, call):
    with pytest.raises(NotFound, match="Collection `nope` doesn't exist!"):
        call(points)


def test_a_closed_engine_says_so(points):
    snapshot = points.snapshot("c")
    points.close()
    points.close()
    with pytest.raises(StorageError, match="closed"):
        points.count("c")
    assert snapshot.payload.get([2]) == [{"n": 2}]


def test_what_is_missing_for_a_graph_is_told():
    support = graph_support()
    assert support.available == (find_spec("hnswlib") is not None)
    assert support.available or "C++ compiler" in support.reason


def test_an_empty_collection_answers(points):
    points.create_collection("empty", FLAT)
    assert points.query_points("empty", [1.0, 1.0]).points == []
    assert points.scroll("empty") == ([], None)
    assert points.count("empty").count == 0
    assert points.search_matrix_pairs("empty").pairs == []


def test_the_version_grows_with_every_update(points):
    updates = [
        lambda: points.set_payload("c", {"n": 7}, points=[1]),
        lambda: points.update_vectors("c", [models.PointVectors(id=2, vector=[0.0, 1.0])]),
        lambda: points.create_payload_index("c", "n", "integer"),
        lambda: points.delete("c", [3]),
    ]
    versions = [points.collection_version("c")]
    for update in updates:
        update()
        versions.append(points.collection_version("c"))
    assert versions == sorted(set(versions))
    points.query_points("c", [1.0, 0.0])
    assert points.collection_version("c") == versions[-1]


def test_the_version_outlives_the_engine(tmp_path):
    with Engine(tmp_path) as opened:
        opened.create_collection("c", FLAT)
        opened.upsert("c", [models.PointStruct(id=1, vector=[1.0, 1.0])])
        version = opened.collection_version("c")
    with Engine(tmp_path) as opened:
        assert opened.collection_version("c") == version
