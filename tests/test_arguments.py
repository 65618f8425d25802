"""Arguments of every public method, given values of every wrong kind: told, and nothing changes."""

import inspect

import numpy as np
import pytest
from qdrant_client import models

from engine import Engine, EngineError
from engine.arguments import kind_of
from engine.errors import InvalidRequest

DENSE = models.VectorParams(size=3, distance=models.Distance.COSINE)
QUERY = [1.0, 2.0, 3.0]
POINT = models.PointStruct(id=1, vector={"d": QUERY}, payload={"n": 1})
ROOT = models.QueryRequest(query=QUERY, using="d")
SOURCE = models.Prefetch(query=QUERY, using="d")
FUSED = {"query": models.FusionQuery(fusion=models.Fusion.RRF)}
OPERATION = models.DeleteOperation(delete=models.PointIdsList(points=[1]))
BATCH = models.Batch(ids=[1], vectors={"d": [QUERY]})
ALIAS = models.DeleteAliasOperation(delete_alias=models.DeleteAlias(alias_name="other"))
NAMED = models.DenseVectorNameConfig(
    dense=models.DenseVectorConfig(size=2, distance=models.Distance.DOT)
)

READS = {
    "query_points": {"query": QUERY, "using": "d"},
    "query_batch_points": {"requests": [ROOT]},
    "query_points_groups": {"group_by": "n", "query": QUERY, "using": "d"},
    "search_matrix_pairs": {"using": "d"},
    "search_matrix_offsets": {"using": "d"},
    "distance_matrix": {"using": "d"},
    "knn_graph": {"using": "d", "k": 1},
    "explain": {"request": ROOT, "ids": [1]},
    "retrieve": {"ids": [1]},
    "scroll": {},
    "count": {},
    "facet": {"key": "n"},
    "snapshot": {},
    "collection_version": {},
    "collection_exists": {},
    "get_collection": {},
    "get_collection_aliases": {},
    "index_state": {},
    "wait_for_index": {"timeout": 0.01},
    "cancel_index": {},
}
UPDATES = {
    "upsert": {"points": [POINT]},
    "upload_points": {"points": [POINT]},
    "upload_collection": {"vectors": {"d": [QUERY]}, "payload": [{}], "ids": [1]},
    "delete": {"points_selector": [1]},
    "set_payload": {"payload": {"z": 1}, "points": [1]},
    "overwrite_payload": {"payload": {"z": 1}, "points": [1]},
    "delete_payload": {"keys": ["n"], "points": [1]},
    "clear_payload": {"points_selector": [1]},
    "update_vectors": {"points": [models.PointVectors(id=1, vector={"d": QUERY})]},
    "delete_vectors": {"vectors": ["d"], "points": [1]},
    "batch_update_points": {"update_operations": [OPERATION]},
    "recreate_collection": {"vectors_config": DENSE},
    "update_collection": {"metadata": {"a": 1}},
    "create_vector_name": {"vector_name": "v", "vector_name_config": NAMED},
    "delete_vector_name": {"vector_name": "d"},
    "create_payload_index": {"field_name": "q", "field_schema": "keyword"},
    "delete_payload_index": {"field_name": "n"},
    "delete_collection": {},
    "build_index": {"wait": False},
}
WITHOUT_COLLECTION = {
    "create_collection": {"collection_name": "new", "vectors_config": DENSE},
    "update_collection_aliases": {"change_aliases_operations": [ALIAS]},
    "get_collections": {},
    "get_aliases": {},
}
NO_REQUESTS = {"close", "trace"}


def circle():
    inside: dict[str, object] = {}
    inside["a"] = inside
    return inside


def deep(wrap):
    value = wrap([])
    for _ in range(2000):
        value = wrap(value)
    return value


class Odd:
    """What no argument may be."""


WRONG = {
    "object": Odd(),
    "class": Odd,
    "bytes": b"x",
    "complex": 1j,
    "true": True,
    "negative": -1,
    "long number": 10**5000,
    "nan": float("nan"),
    "half of a pair": "\ud800",
    "odd list": [Odd()],
    "list of None": [None],
    "bare dict": {"x": 1},
    "circle": circle(),
    "deep list": deep(lambda value: [value]),
    "deep dict": deep(lambda value: {"a": value}),
    "scalar array": np.array(1),
    "array of rows": np.ones((2, 2)),
    "other model": models.SampleQuery(sample=models.Sample.RANDOM),
}


def made():
    engine = Engine(":memory:", warm=False)
    engine.create_collection("c", {"d": DENSE}, {"s": models.SparseVectorParams()})
    points = [
        models.PointStruct(id=number, vector={"d": [number, 1, 2]}, payload={"n": number})
        for number in range(1, 4)
    ]
    engine.upsert("c", points)
    engine.create_payload_index("c", "n", models.PayloadSchemaType.INTEGER)
    alias = models.CreateAlias(collection_name="c", alias_name="other")
    engine.update_collection_aliases([models.CreateAliasOperation(create_alias=alias)])
    return engine


def contents(engine):
    """Return all that an engine tells of its collections."""
    told = [engine.get_collections(), engine.get_aliases()]
    for name in (one.name for one in engine.get_collections().collections):
        told += [engine.scroll(name, limit=100, with_vectors=True), engine.get_collection(name)]
        told.append(engine.collection_version(name))
    return repr(told)


def calls():
    for method, base in (READS | UPDATES).items():
        yield method, {"collection_name": "c", **base}
    yield "query_points", {"collection_name": "c", "prefetch": [SOURCE], **FUSED}
    yield (
        "upsert",
        {"collection_name": "c", "points": BATCH},
    )
    yield from WITHOUT_COLLECTION.items()


def test_every_public_method_is_tried():
    public = {name for name in dir(Engine) if not name.startswith("_")}
    assert public - NO_REQUESTS == {method for method, _ in calls()}


def refusal(call, /, **arguments):
    """Return the error of a call, None where it has none."""
    try:
        call(**arguments)
    except EngineError as error:
        return error
    return None


@pytest.mark.parametrize(("method", "base"), list(calls()))
def test_wrong_arguments_are_told_and_change_nothing(method, base):
    getattr(made(), method)(**base)
    engine = made()
    before = contents(engine)
    names = set(inspect.signature(getattr(Engine, method)).parameters) - {"self", "settings"}
    for name in sorted(names - {"progress"}):
        for value in WRONG.values():
            error = refusal(getattr(engine, method), **{**base, name: value})
            assert len(str(error)) < 1000
            if error is not None:
                assert contents(engine) == before
            elif method not in READS:
                engine = made()


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"query_filter": "x"}, r"filter: value 'x' invalid, must be a models.Filter or None"),
        ({"search_params": {"exact": True}}, r"params: value {'exact': True} invalid, must be"),
        ({"prefetch": {"query": 1}}, r"prefetch: value {'query': 1} invalid, must be a models\."),
        ({"prefetch": [3]}, r"prefetch: value \[3\] invalid, must be a models.Prefetch or a list"),
        ({"prefetch": [models.Prefetch.model_construct(filter=3)]}, r"filter: value 3"),
        ({"with_payload": 3}, r"with_payload: value 3 invalid, must be True, False, None, a list"),
        ({"with_payload": "n"}, r"with_payload: value 'n' invalid, must be True, False, None"),
        ({"with_vectors": "d"}, r"with_vectors: value 'd' invalid, must be True, False, None or"),
        ({"limit": True}, r"limit: value True invalid, must be a whole number"),
        ({"using": ["d"]}, r"using: value \['d'\] invalid, must be a string or None"),
        ({"lookup_from": "c"}, r"lookup_from: value 'c' invalid, must be a models.LookupLocation"),
        ({"score_threshold": True}, r"score_threshold: value True invalid, must be a number"),
        ({"offset": np.ones(3)}, r"offset: value array.* invalid, must be a whole number or None"),
        ({"collection_name": []}, r"collection_name: value \[\] invalid, must be a string"),
    ],
)
def test_a_query_says_which_field_does_not_fit(wrong, told):
    engine = made()
    asked = {"collection_name": "c", "query": QUERY, "using": "d", **wrong}
    with pytest.raises(InvalidRequest, match=told):
        engine.query_points(**asked)
    with pytest.raises(InvalidRequest, match=told), engine.trace():
        engine.query_points(**asked)


def test_a_batch_says_which_field_does_not_fit():
    wrong = models.QueryRequest.model_construct(query=QUERY, using="d", filter="x")
    with pytest.raises(InvalidRequest, match="filter: value 'x' invalid"):
        made().query_batch_points("c", [ROOT, wrong])


def test_a_collection_that_cannot_be_made_anew_is_not_dropped():
    engine = made()
    before = contents(engine)
    for settings in ({"vectors_config": 3}, {"vectors_config": {"d": DENSE}, "shard_number": "x"}):
        with pytest.raises(EngineError, match="invalid"):
            engine.recreate_collection("c", **settings)
        assert contents(engine) == before
    too_large = models.VectorParams(size=10**6, distance=models.Distance.DOT)
    with pytest.raises(InvalidRequest, match=r"vectors\.size"):
        engine.recreate_collection("c", too_large)
    assert contents(engine) == before


def test_values_that_are_not_checked_here_are_few():
    """Settings are checked by their model, ids and queries by what they turn out to be."""
    annotations = {
        str(each.annotation)
        for method, _ in calls()
        for each in inspect.signature(getattr(Engine, method)).parameters.values()
    }
    unchecked = {each for each in annotations if kind_of(each) is None}
    ignored = {"models.WriteOrdering | None", "models.ShardKeySelector | None", "Consistency"}
    settings = {
        str(each.annotation)
        for method in (Engine.create_collection, Engine.update_collection)
        for each in inspect.signature(method).parameters.values()
    }
    assert unchecked - ignored - settings == {"Any", "models.ExtendedPointId | None"}
