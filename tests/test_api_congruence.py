"""Every method of the client for collections, points and updates: all faces must answer alike."""

from __future__ import annotations

import json

import grpc  # type: ignore[import-untyped]  # its stubs are a package of their own
import pytest
from qdrant_client import QdrantClient, models
from qdrant_client import grpc as messages
from qdrant_client.grpc import points_service_pb2_grpc, qdrant_pb2_grpc
from qdrant_client.http.exceptions import UnexpectedResponse

from engine import Engine
from engine.api.grpc.services import COLLECTIONS, POINTS
from engine.api.settings import Access
from engine.errors import RequestError
from tests.api_serving import serving

KINDS = ["keyword", "integer", "float", "bool", "geo", "datetime", "text", "uuid"]
RED = models.Filter(must=[models.FieldCondition(key="tag", match=models.MatchValue(value="red"))])
UUID = "550e8400-e29b-41d4-a716-446655440000"


@pytest.fixture(scope="module", params=["rest", "grpc"])
def remote(request):
    with serving() as served:
        over_grpc = request.param == "grpc"
        client = QdrantClient(
            url=served.url,
            check_compatibility=False,
            grpc_port=served.grpc_port,
            prefer_grpc=over_grpc,
        )
        yield client
        client.close()


@pytest.fixture(scope="module")
def local():
    with Engine(":memory:") as engine:
        yield engine


def seen(answer):
    """Return an answer as JSON, without what is not set: messages cannot tell it from empty."""
    if hasattr(answer, "model_dump_json"):
        answer = json.loads(answer.model_dump_json(exclude_none=True))
    if isinstance(answer, (list, tuple)):
        return [seen(one) for one in answer]
    if isinstance(answer, dict):
        kept = {key: seen(value) for key, value in answer.items() if value is not None}
        return {key: value for key, value in kept.items() if value not in ({}, [])}
    return answer


def alike(local, remote, method, *arguments, **settings):
    """Call both and return the answer, which must be the same."""
    expected = seen(getattr(local, method)(*arguments, **settings))
    assert seen(getattr(remote, method)(*arguments, **settings)) == expected
    return expected


def refused_alike(local, remote, method, *arguments, **settings):
    with pytest.raises(RequestError) as expected:
        getattr(local, method)(*arguments, **settings)
    with pytest.raises((UnexpectedResponse, grpc.RpcError)) as found:
        getattr(remote, method)(*arguments, **settings)
    error = found.value
    text = (
        error.details()
        if isinstance(error, grpc.RpcError)
        else json.loads(error.content)["status"]["error"]
    )
    assert text == str(expected.value)


def point(number, tag="red", **vectors):
    vectors = vectors or {"text": [number, 1.0]}
    return models.PointStruct(id=number, vector=vectors, payload={"tag": tag, "n": number})


@pytest.fixture
def both(local, remote):
    """Call a method of the engine and of a client; they must agree."""
    for one in (local, remote):
        one.delete_collection("c")
        one.create_collection(
            "c",
            {
                "text": models.VectorParams(size=2, distance=models.Distance.DOT),
                "rows": models.VectorParams(
                    size=2,
                    distance=models.Distance.COSINE,
                    datatype=models.Datatype.FLOAT16,
                    multivector_config=models.MultiVectorConfig(
                        comparator=models.MultiVectorComparator.MAX_SIM
                    ),
                ),
            },
            sparse_vectors_config={
                "words": models.SparseVectorParams(modifier=models.Modifier.IDF)
            },
            on_disk_payload=False,
            hnsw_config=models.HnswConfigDiff(m=8),
            optimizers_config=models.OptimizersConfigDiff(indexing_threshold=5),
            metadata={"made": {"by": ["test", 1, 2.5, True]}},
        )
        one.upsert("c", [point(1), point(2), point(3, "blue"), point(4, "blue")])

    def call(method, *arguments, **settings):
        return alike(local, remote, method, *arguments, **settings)

    return call


def state(both):
    return both("scroll", "c", with_vectors=True, limit=100)[0]


def test_collections_are_described_alike(both):
    info = both("get_collection", "c")
    assert info["config"]["hnsw_config"]["m"] == 8
    assert info["config"]["metadata"] == {"made": {"by": ["test", 1, 2.5, True]}}
    assert info["config"]["params"]["sparse_vectors"] == {"words": {"modifier": "idf"}}
    assert both("collection_exists", "c") is True
    assert both("collection_exists", "d") is False
    assert {"name": "c"} in both("get_collections")["collections"]


def test_collections_are_changed_alike(both):
    changed = models.OptimizersConfigDiff(indexing_threshold=7)
    assert both("update_collection", "c", optimizers_config=changed, metadata={"made": "new"})
    info = both("get_collection", "c")
    assert info["config"]["optimizer_config"]["indexing_threshold"] == 7
    assert info["config"]["metadata"] == {"made": "new"}
    assert both("delete_collection", "c") is True
    assert both("delete_collection", "c") is False


def test_indexes_are_made_alike(both):
    for kind in KINDS:
        assert both("create_payload_index", "c", f"k.{kind}", kind)["status"] == "completed"
    both("create_payload_index", "c", "n", models.IntegerIndexParams(type="integer", lookup=True))
    both("delete_payload_index", "c", "k.geo")
    schema = both("get_collection", "c")["payload_schema"]
    assert set(schema) == {f"k.{kind}" for kind in KINDS if kind != "geo"} | {"n"}
    both("create_payload_index", "c", "tag", models.PayloadSchemaType.KEYWORD)
    assert both("facet", "c", "tag", facet_filter=RED, limit=1)["hits"] == [
        {"value": "red", "count": 2}
    ]


def test_named_vectors_are_made_alike(both):
    dense = models.DenseVectorConfig(
        size=3, distance=models.Distance.EUCLID, datatype=models.VectorStorageDatatype.UINT8
    )
    both("create_vector_name", "c", "late", models.DenseVectorNameConfig(dense=dense))
    sparse = models.SparseVectorConfig(modifier=models.Modifier.IDF)
    both("create_vector_name", "c", "terms", models.SparseVectorNameConfig(sparse=sparse))
    params = both("get_collection", "c")["config"]["params"]
    assert params["vectors"]["late"] == {"size": 3, "distance": "Euclid", "datatype": "uint8"}
    both("delete_vector_name", "c", "late")
    assert "late" not in both("get_collection", "c")["config"]["params"]["vectors"]


def test_aliases_are_changed_alike(both):
    def create(name):
        made = models.CreateAlias(collection_name="c", alias_name=name)
        return models.CreateAliasOperation(create_alias=made)

    rename = models.RenameAlias(old_alias_name="a", new_alias_name="b")
    assert both("update_collection_aliases", [create("a")]) is True
    both("update_collection_aliases", [models.RenameAliasOperation(rename_alias=rename)])
    assert both("get_collection_aliases", "c")["aliases"] == both("get_aliases")["aliases"]
    assert both("count", "b") == {"count": 4}
    gone = models.DeleteAliasOperation(delete_alias=models.DeleteAlias(alias_name="b"))
    both("update_collection_aliases", [gone])
    assert both("get_aliases") == {}


def test_points_are_written_alike(both):
    batch = models.Batch(
        ids=[7, UUID], vectors={"text": [[1, 2], [3, 4]]}, payloads=[{"a": None}, {}]
    )
    both("upsert", "c", batch)
    sparse = models.SparseVector(indices=[3, 1], values=[0.5, 0.25])
    both("upsert", "c", [point(8, rows=[[1, 2], [3, 4]], words=sparse)])
    new = [point(1, "green"), point(9, "green")]
    both("upsert", "c", new, update_mode=models.UpdateMode.INSERT_ONLY)
    both("upsert", "c", [point(3, "green")], update_filter=RED)
    moved = models.PointVectors(id=2, vector={"text": [9, 9]})
    both("update_vectors", "c", [moved])
    both("delete_vectors", "c", ["text"], [3])
    both("delete", "c", [4, 55])
    found = {one["id"]: one for one in state(both)}
    assert set(found) == {1, 2, 3, 7, 8, 9, UUID}
    assert found[9]["payload"]["tag"] == "green"
    assert found[8]["vector"]["words"] == {"indices": [1, 3], "values": [0.25, 0.5]}
    assert found[2]["vector"]["text"] == [9, 9]


def test_payloads_are_written_alike(both):
    both("set_payload", "c", {"x": {"y": [1, 2.5, "s", False]}}, RED)
    both("set_payload", "c", {"z": 1}, [1], key="x")
    both("overwrite_payload", "c", {"only": 1}, [3])
    both("delete_payload", "c", ["tag", "x.y"], [2])
    both("clear_payload", "c", [4])
    payloads = {one["id"]: one.get("payload", {}) for one in state(both)}
    assert payloads[1]["x"] == {"y": [1, 2.5, "s", False], "z": 1}
    assert payloads[2] == {"n": 2}
    assert payloads[3] == {"only": 1}
    assert payloads[4] == {}


def test_batches_of_updates_are_done_alike(both):
    operations = [
        models.UpsertOperation(upsert=models.PointsList(points=[point(5)])),
        models.SetPayloadOperation(set_payload=models.SetPayload(payload={"a": 1}, points=[5])),
        models.DeleteOperation(delete=models.PointIdsList(points=[1])),
        models.ClearPayloadOperation(clear_payload=models.FilterSelector(filter=RED)),
    ]
    assert len(both("batch_update_points", "c", operations)) == 4
    assert [one["id"] for one in state(both)] == [2, 3, 4, 5]


def test_points_are_read_alike(both):
    read = both("retrieve", "c", [3, 1, 77], with_payload=["n"], with_vectors=["text"])
    assert [one["payload"] for one in read] == [{"n": 3}, {"n": 1}]
    page, following = both("scroll", "c", scroll_filter=RED, limit=1)
    assert [one["id"] for one in page] == [1]
    assert following == 2
    assert both("count", "c", RED) == {"count": 2}
    both("create_payload_index", "c", "n", "integer")
    down = models.OrderBy(key="n", direction=models.Direction.DESC, start_from=3)
    ordered, _ = both("scroll", "c", order_by=down, with_payload=False)
    assert [one["id"] for one in ordered] == [3, 2, 1]


def test_refusals_are_worded_alike(local, remote, both):
    assert both
    refused_alike(local, remote, "get_collection", "nowhere")
    refused_alike(
        local, remote, "create_collection", "c", models.VectorParams(size=1, distance="Dot")
    )
    refused_alike(local, remote, "upsert", "c", [point(1, text=[1.0])])
    refused_alike(local, remote, "upsert", "c", [point(1, nope=[1.0])])
    refused_alike(local, remote, "set_payload", "c", {"a": 1}, [1, 404])
    refused_alike(local, remote, "query_points", "c", [1.0, 2.0], using="text", limit=0)
    refused_alike(local, remote, "facet", "c", "never")


# -------------------------------------------------------------------- gRPC by hand


@pytest.fixture(scope="module")
def channel():
    with serving() as served:
        served.engine.create_collection("c", models.VectorParams(size=2, distance="Dot"))
        with grpc.insecure_channel(f"127.0.0.1:{served.grpc_port}") as channel:
            yield channel


def test_health(channel):
    reply = qdrant_pb2_grpc.QdrantStub(channel).HealthCheck(messages.HealthCheckRequest())
    assert reply.version == "1.19.0"


@pytest.mark.parametrize(
    ("method", "message"),
    [
        ("Delete", messages.DeletePoints(collection_name="c")),
        ("Upsert", messages.UpsertPoints(collection_name="c", points=[messages.PointStruct()])),
        (
            "Query",
            messages.QueryPoints(collection_name="c", query=messages.Query()),
        ),
        (
            "Count",
            messages.CountPoints(
                collection_name="c",
                filter=messages.Filter(
                    must=[messages.Condition(field=messages.FieldCondition(key="n"))]
                ),
            ),
        ),
        (
            "Count",
            messages.CountPoints(
                collection_name="c", filter=messages.Filter(must=[messages.Condition()])
            ),
        ),
    ],
)
def test_messages_that_are_not_whole_are_refused(channel, method, message):
    stub = points_service_pb2_grpc.PointsStub(channel)
    with pytest.raises(grpc.RpcError) as refusal:
        getattr(stub, method)(message)
    assert refusal.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert refusal.value.details()


def test_an_update_is_completed_for_those_who_wait(channel):
    stub = points_service_pb2_grpc.PointsStub(channel)
    selector = messages.PointsSelector(points=messages.PointsIdsList(ids=[messages.PointId(num=1)]))
    for wait, status in ((False, 1), (True, 2)):
        message = messages.DeletePoints(collection_name="c", wait=wait, points=selector)
        assert stub.Delete(message).result.status == status


def test_every_method_that_changes_something_needs_more_than_reading():
    calls = {**POINTS, **COLLECTIONS}
    reading = {name for name, call in calls.items() if call.needed is Access.READ}
    assert reading == {
        "Get", "Scroll", "Count", "Facet", "Query", "QueryBatch", "QueryGroups", "List",
        "SearchMatrixPairs", "SearchMatrixOffsets", "CollectionExists", "ListAliases",
        "ListCollectionAliases",
    }  # fmt: skip
