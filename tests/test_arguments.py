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
        ({"query_filter": "x"}, "filter: value 'x' invalid: must be a models.Filter"),
        ({"search_params": {"exact": True}}, "params: value {'exact': True} invalid, must be a mo"),
        ({"prefetch": {"query": 1}}, "prefetch: value {'query': 1} invalid, must be a models.Pr"),
        ({"prefetch": [{"query": 1}]}, "prefetch: value {'query': 1} invalid, must be a models.Pr"),
        ({"prefetch": [3]}, "prefetch: value 3 invalid: must be a models.Prefetch"),
        ({"prefetch": [models.Prefetch.model_construct(filter=3)]}, "prefetch.0.filter: value 3"),
        ({"with_payload": 3}, "with_payload: value 3 invalid, must be True, False, None, a list"),
        ({"with_payload": "n"}, "with_payload: value 'n' invalid, must be True, False, None"),
        ({"with_vectors": "d"}, "with_vectors: value 'd' invalid, must be True, False, None or"),
        ({"limit": True}, "limit: value True invalid, must be a whole number"),
        ({"using": ["d"]}, r"using: value \['d'\] invalid: Input should be a valid string"),
        ({"lookup_from": "c"}, "lookup_from: value 'c' invalid: must be a models.LookupLocation"),
        ({"score_threshold": True}, "score_threshold: value True invalid, must be a number"),
        ({"offset": np.ones(3)}, r"offset: value array\(.* invalid: Input should be a valid int"),
        ({"collection_name": []}, r"collection_name: value \[\] invalid, must be a string"),
    ],
)
def test_a_query_says_which_field_does_not_fit(wrong, told):
    engine = made()
    for query in (QUERY, np.array(QUERY)):
        asked = {"collection_name": "c", "query": query, "using": "d", **wrong}
        with pytest.raises(InvalidRequest, match=told):
            engine.query_points(**asked)
    with pytest.raises(InvalidRequest, match=told), engine.trace():
        engine.query_points(**asked)


def test_a_batch_says_which_field_does_not_fit():
    wrong = models.QueryRequest.model_construct(query=QUERY, using="d", filter="x")
    with pytest.raises(InvalidRequest, match="filter: value 'x' invalid"):
        made().query_batch_points("c", [ROOT, wrong])


KEY = models.FieldCondition(key="n", range=models.Range(gt=1))
CHANGED = [
    (models.Filter(), "must", "x"),
    (models.Filter(), "should", [{}]),
    (models.Filter(must=[KEY]), "min_should", 3),
    (KEY, "range", {"gt": 1}),
    (KEY, "match", 3),
    (models.RecommendInput(positive=[1]), "strategy", "best"),
    (models.RecommendInput(positive=[1]), "positive", 1),
    (models.Mmr(), "diversity", "0.5"),
    (models.Mmr(), "candidates_limit", -(10**80)),
    (models.ContextPair(positive=1, negative=2), "positive", {}),
    (models.Rrf(), "weights", 3),
    (models.PointIdsList(points=[1]), "points", None),
    (models.Batch(ids=[1], vectors={"d": [QUERY]}), "payloads", 3),
    (models.CreateAlias(collection_name="c", alias_name="a"), "alias_name", 3),
]


def used(engine, model):
    """Have an engine do something with a model."""
    nearest = models.NearestQuery(nearest=QUERY)
    match model:
        case models.Filter():
            engine.count("c", model)
        case models.FieldCondition():
            engine.count("c", models.Filter(must=[models.Filter(should=[model])]))
        case models.RecommendInput():
            engine.query_points("c", models.RecommendQuery(recommend=model), using="d")
        case models.Mmr():
            query = nearest.model_copy(update={"mmr": model})
            engine.query_points("c", query, using="d")
        case models.ContextPair():
            engine.query_points("c", models.ContextQuery(context=[model]), using="d")
        case models.Rrf():
            engine.query_points("c", models.RrfQuery(rrf=model), prefetch=SOURCE)
        case models.PointIdsList():
            engine.delete("c", model)
        case models.Batch():
            engine.upsert("c", model)
        case models.CreateAlias():
            action = models.CreateAliasOperation(create_alias=model)
            engine.update_collection_aliases([action])


@pytest.mark.parametrize(("model", "field", "value"), CHANGED)
def test_what_a_model_became_since_it_was_made_is_told(model, field, value):
    engine = made()
    used(engine, model)
    before = contents(engine)
    with pytest.raises(EngineError, match=rf"{field}.* invalid|Expected some form"):
        used(engine, model.model_copy(update={field: value}))
    assert contents(engine) == before


@pytest.mark.parametrize("vector", [3, "abc", b"abc", {1, 2, 3}, {"x": 1}, Odd(), [1, "x", 3]])
@pytest.mark.parametrize("given", [lambda v: [v], lambda v: {"d": [v]}, lambda v: [{"d": v}]])
def test_what_is_no_vector_is_told(vector, given):
    engine = made()
    before = contents(engine)
    with pytest.raises(EngineError, match=r"[Vv]ector"):
        engine.upload_collection("c", given(vector))
    assert contents(engine) == before


@pytest.mark.parametrize("kind", [complex, "M8[s]", str])
def test_an_array_of_what_is_no_number_is_told(kind):
    engine = made()
    values = np.ones((2, 3)).astype(int).astype(kind)
    with pytest.raises(EngineError, match="not made of equally long rows of numbers: it is of"):
        engine.upload_collection("c", {"d": values})
    with pytest.raises(EngineError, match="not made of equally long rows of numbers: it is of"):
        engine.query_points("c", values[0], using="d")


@pytest.mark.parametrize("index", [-1, 2**32, 2**64, 10**30])
def test_an_index_of_a_sparse_vector_has_32_bits(index):
    engine = made()
    sparse = models.SparseVector(indices=[1, index], values=[1.0, 2.0])
    with pytest.raises(InvalidRequest, match="indices"):
        engine.query_points("c", sparse, using="s")
    with pytest.raises(InvalidRequest, match="indices"):
        engine.upsert("c", [models.PointStruct(id=1, vector={"s": sparse})])


def test_numbers_that_could_not_be_read_back_are_not_stored():
    engine = made()
    engine.set_payload("c", {"a": [{"b": 10**4299}]}, [1])
    before = contents(engine)
    for payload in ({"a": 10**4300}, {"a": [{"b": -(10**5000)}]}):
        with pytest.raises(EngineError, match="payload cannot be stored as JSON: Exceeds the lim"):
            engine.set_payload("c", payload, [1])
    assert contents(engine) == before


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


@pytest.mark.parametrize(
    ("hnsw", "told"),
    [
        ({"m": -1}, "hnsw_config.m: value -1 invalid, must be 0 or larger"),
        ({"ef_construct": 3}, "hnsw_config.ef_construct: value 3 invalid, must be 4 or larger"),
        ({"max_indexing_threads": -1}, "max_indexing_threads: value -1 invalid"),
        ({"full_scan_threshold": 10**30}, "full_scan_threshold: value 10{30} invalid"),
    ],
)
def test_a_graph_that_cannot_be_built_is_not_asked_for(hnsw, told):
    engine, config = made(), models.HnswConfigDiff(**hnsw)
    before = contents(engine)
    vector = DENSE.model_copy(update={"hnsw_config": config})
    changed = {"d": models.VectorParamsDiff(hnsw_config=config)}
    for ask in (
        lambda: engine.create_collection("new", DENSE, hnsw_config=config),
        lambda: engine.create_collection("new", {"v": vector}),
        lambda: engine.update_collection("c", hnsw_config=config),
        lambda: engine.update_collection("c", vectors_config=changed),
    ):
        with pytest.raises(InvalidRequest, match=told):
            ask()
    assert contents(engine) == before


@pytest.mark.parametrize("setting", [{"deleted_threshold": 7.0}, {"indexing_threshold": -5}])
def test_optimizer_settings_out_of_range_are_told(setting):
    (name,) = setting
    config = models.OptimizersConfigDiff(**setting)
    with pytest.raises(InvalidRequest, match=f"optimizers_config.{name}: value"):
        made().update_collection("c", optimizers_config=config)


def test_a_seed_below_zero_is_told():
    with pytest.raises(InvalidRequest, match="seed: value -1 invalid, must be 0 or larger"):
        made().search_matrix_pairs("c", sample=2, using="d", seed=-1)


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
