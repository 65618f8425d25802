"""Queries through the engine: what is found, in which order, and what is left out."""

from __future__ import annotations

from uuid import UUID

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qdrant_client import models

from engine import Engine, FormatError, InvalidRequest, NotFound, NotSupported, WrongInput

DISTANCES = ["Cosine", "Dot", "Euclid", "Manhattan"]


def collection(engine, vectors, ids=None, name="c", distance="Dot", payloads=None):
    size = len(vectors[0]) if len(vectors) else 2
    engine.create_collection(name, models.VectorParams(size=size, distance=distance))
    ids = range(len(vectors)) if ids is None else ids
    payloads = payloads or [{}] * len(vectors)
    points = [
        models.PointStruct(id=point, vector=list(vector), payload=payload)
        for point, vector, payload in zip(ids, vectors, payloads, strict=True)
    ]
    if points:
        engine.upsert(name, points)
    return engine


@pytest.fixture
def memory():
    with Engine(":memory:") as engine:
        yield engine


@pytest.fixture(scope="module")
def thirty():
    """Thirty points on a grid, so that scores tie, under every distance."""
    rng = np.random.default_rng(4)
    vectors = rng.integers(-2, 3, (30, 3)).astype(float)
    payloads = [{"even": number % 2 == 0} for number in range(30)]
    with Engine(":memory:") as engine:
        for distance in DISTANCES:
            collection(engine, vectors.tolist(), None, distance, distance, payloads)
        yield engine


def ids_of(answer):
    return [point.id for point in answer.points]


def recommend(positive=(), negative=(), strategy=None):
    return models.RecommendQuery(
        recommend=models.RecommendInput(
            positive=list(positive), negative=list(negative), strategy=strategy
        )
    )


ids = st.integers(0, 29)
strategies = st.sampled_from([None, "best_score", "sum_scores"])


@st.composite
def example_queries(draw):
    kind = draw(st.sampled_from(["nearest", "recommend", "discover", "context"]))
    if kind == "nearest":
        point = draw(ids)
        return models.NearestQuery(nearest=point), {point}
    if kind == "recommend":
        positive, negative = draw(st.lists(ids, min_size=1, max_size=3)), draw(st.lists(ids))
        return recommend(positive, negative[:3], draw(strategies)), {*positive, *negative[:3]}
    pairs = draw(st.lists(st.tuples(ids, ids), max_size=3))
    context = [models.ContextPair(positive=one, negative=other) for one, other in pairs]
    mentioned = {point for pair in pairs for point in pair}
    if kind == "context":
        return models.ContextQuery(context=context), mentioned
    target = draw(ids)
    asked = models.DiscoverInput(target=target, context=context)
    return models.DiscoverQuery(discover=asked), mentioned | {target}


@given(
    asked=example_queries(),
    distance=st.sampled_from(DISTANCES),
    limit=st.integers(1, 35),
    offset=st.integers(0, 35),
    filtered=st.booleans(),
)
@settings(max_examples=150, deadline=None)
def test_pages_are_cut_from_one_order_without_the_examples(
    thirty, asked, distance, limit, offset, filtered
):
    query, examples = asked
    even = models.FieldCondition(key="even", match=models.MatchValue(value=True))
    condition = models.Filter(must=[even]) if filtered else None
    every = thirty.query_points(distance, query, query_filter=condition, limit=100).points
    expected = {n for n in range(30) if n not in examples and (n % 2 == 0 or not filtered)}
    assert {point.id for point in every} == expected
    is_distance = distance in ("Euclid", "Manhattan") and (
        isinstance(query, models.NearestQuery)
        or (isinstance(query, models.RecommendQuery) and query.recommend.strategy is None)
    )
    key = [(point.score if is_distance else -point.score, point.id) for point in every]
    assert key == sorted(key)
    page = thirty.query_points(
        distance, query, query_filter=condition, limit=limit, offset=offset
    ).points
    assert page == every[offset : offset + limit]


@given(
    query=example_queries(),
    place=st.integers(0, 20),
    distance=st.sampled_from(DISTANCES),
)
@settings(max_examples=100, deadline=None)
def test_thresholds_are_strict_and_read_as_the_distance_does(thirty, query, place, distance):
    every = thirty.query_points(distance, query[0], limit=100).points
    if not every:
        return
    threshold = every[min(place, len(every) - 1)].score
    kept = thirty.query_points(distance, query[0], limit=100, score_threshold=threshold).points
    assert kept == every[: len(kept)]
    larger = distance in ("Cosine", "Dot")
    assert all(p.score > threshold if larger else p.score < threshold for p in kept)
    if len(kept) < len(every):
        first_dropped = every[len(kept)].score
        assert first_dropped <= threshold if larger else first_dropped >= threshold


def test_equal_scores_come_by_id_integers_before_uuids(memory):
    uuids = [str(UUID(int=9)), str(UUID(int=3))]
    mixed = [uuids[0], 2**64 - 1, 5, uuids[1], 7, 0]
    collection(memory, [[1, 0]] * 6, mixed)
    in_order = [0, 5, 7, 2**64 - 1, uuids[1], uuids[0]]
    for limit in range(1, 7):
        found = memory.query_points("c", [1.0, 0.0], limit=limit)
        assert ids_of(found) == in_order[:limit]
    assert ids_of(memory.query_points("c")) == in_order


def test_without_a_query_points_come_by_id_with_score_1(thirty):
    found = thirty.query_points("Dot", limit=3, offset=2).points
    assert [(p.id, p.score, p.version) for p in found] == [(2, 1, 0), (3, 1, 0), (4, 1, 0)]


def test_vectors_are_taken_as_lists_arrays_and_ids_alike(thirty):
    stored = thirty.retrieve("Euclid", [7], with_vectors=True)[0].vector
    by_list = thirty.query_points("Euclid", stored, limit=30).points
    assert thirty.query_points("Euclid", np.array(stored), limit=30).points == by_list
    wrapped = models.NearestQuery(nearest=stored)
    assert thirty.query_points("Euclid", wrapped, limit=30).points == by_list
    by_id = thirty.query_points("Euclid", 7, limit=30).points
    assert by_id == [point for point in by_list if point.id != 7]


def test_a_looked_up_id_excludes_only_within_its_own_collection(memory):
    collection(memory, [[1, 0], [0, 1]])
    collection(memory, [[0, 1], [1, 0]], name="other")
    there = models.LookupLocation(collection="other")
    assert ids_of(memory.query_points("c", 0, lookup_from=there)) == [1, 0]
    here = models.LookupLocation(collection="c")
    assert ids_of(memory.query_points("c", 0, lookup_from=here)) == [1]


def test_payload_and_vectors_come_only_when_asked_for(memory):
    collection(memory, [[1, 2]], payloads=[{"a": 1, "b": {"c": 2}}])
    plain = memory.query_batch_points("c", [models.QueryRequest(query=[1.0, 0.0])])[0].points[0]
    assert plain.payload is None
    assert plain.vector is None
    found = memory.query_points("c", [1.0, 0.0], with_payload=["b.c"], with_vectors=True).points[0]
    assert found.payload == {"b": {"c": 2}}
    assert found.vector == [1, 2]
    with pytest.raises(WrongInput, match="Not existing vector name error: zz"):
        memory.query_points("c", [1.0, 0.0], with_vectors=["zz"])


def test_overwritten_and_deleted_points_are_not_found(memory):
    collection(memory, [[1, 0], [2, 0], [3, 0]])
    memory.upsert("c", [models.PointStruct(id=2, vector=[-1, 0])])
    memory.delete("c", [0])
    found = memory.query_points("c", [1.0, 0.0]).points
    assert [(point.id, point.score) for point in found] == [(1, 2), (2, -1)]
    with pytest.raises(NotFound, match="No point with id 0 found"):
        memory.query_points("c", 0)


@pytest.mark.parametrize("convention", ["qdrant", "documented"])
def test_the_convention_decides_what_a_best_score_is(convention):
    with Engine(":memory:", convention=convention) as engine:
        collection(engine, [[3, 0], [-2, 0]])
        query = recommend([[1.0, 0.0]], [[-2.0, 0.0]], "best_score")
        scores = [point.score for point in engine.query_points("c", query).points]
    expected = {"qdrant": [0.875, -0.9], "documented": [3, -16]}[convention]
    assert scores == pytest.approx(expected)


@pytest.mark.parametrize("setting", ["convention", "compat"])
def test_unknown_settings_are_refused(setting):
    with pytest.raises(ValueError, match=f"{setting} is 'other', must be one of"):
        Engine(":memory:", **{setting: "other"})


def test_empty_collections_and_points_without_the_vector_are_never_found(memory):
    collection(memory, [])
    assert memory.query_points("c", [1.0, 0.0]).points == []
    assert memory.query_points("c").points == []
    memory.upsert("c", [models.PointStruct(id=1, vector={})])
    assert memory.query_points("c", [1.0, 0.0]).points == []
    with pytest.raises(NotFound, match='Vector with name "" for point not found'):
        memory.query_points("c", 1)


def test_sample_draws_distinct_points_that_match(thirty):
    query = models.SampleQuery(sample=models.Sample.RANDOM)
    condition = models.Filter(must=[models.HasIdCondition(has_id=list(range(5, 15)))])
    found = thirty.query_points("Dot", query, query_filter=condition, limit=6).points
    assert len({point.id for point in found}) == 6
    assert {point.id for point in found} <= set(range(5, 15))
    assert {point.score for point in found} == {1.0}


def test_one_bad_request_fails_the_whole_batch(thirty):
    good, bad = models.QueryRequest(query=1), models.QueryRequest(query=99)
    assert len(thirty.query_batch_points("Dot", [good, good])) == 2
    with pytest.raises(NotFound, match="No point with id 99 found"):
        thirty.query_batch_points("Dot", [good, bad])


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"query": [1.0]}, WrongInput, "expected dim: 3, got 1"),
        ({"query": []}, WrongInput, "expected dim: 3, got 0"),
        ({"query": [1.0, float("nan"), 0.0]}, WrongInput, r"nan at position \[1\]"),
        ({"query": [[1.0, 0.0, 0.0]]}, WrongInput, "multi and regular"),
        ({"query": models.SparseVector(indices=[1], values=[1.0])}, WrongInput, "sparse and"),
        ({"query": "seven"}, FormatError, "value seven is not a valid point ID"),
        ({"query": -1}, FormatError, "value -1 is not a valid point ID"),
        ({"query": True}, FormatError, "value True is not a valid point ID"),
        ({"query": 99}, NotFound, "No point with id 99 found"),
        ({"query": 1, "using": "zz"}, WrongInput, "Not existing vector name error: zz"),
        ({"query": 1, "offset": -1}, InvalidRequest, "internal.offset: value -1 invalid"),
        (
            {"query": models.OrderByQuery(order_by="even")},
            WrongInput,
            "No range index for `order_by` key: `even`",
        ),
        (
            {"query": models.Document(text="x", model="m")},
            NotSupported,
            "inference on text; give a vector instead",
        ),
    ],
)
def test_bad_queries_are_refused_with_the_reason(thirty, arguments, error, message):
    with pytest.raises(error, match=message):
        thirty.query_points("Dot", **arguments)


def test_examples_of_different_kinds_or_sizes_cannot_be_averaged(thirty):
    with pytest.raises(WrongInput, match="Can't average vectors with different types"):
        thirty.query_points("Dot", recommend([[1.0, 0.0, 0.0], [[1.0, 0.0, 0.0]]]))
    with pytest.raises(WrongInput, match="expected dim: 3, got 2"):
        thirty.query_points("Dot", recommend([[1.0, 0.0, 0.0]], [[1.0, 0.0]]))


SIMPLE = {"query": [1.0, 2.0]}
STAGED = {"query": models.FusionQuery(fusion="rrf"), "prefetch": [models.Prefetch(query=[1, 2])]}


@pytest.mark.parametrize("asked", [SIMPLE, STAGED], ids=["simple", "staged"])
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"limit": "10"}, "internal.limit: value '10' invalid, must be a whole number"),
        ({"limit": 2.5}, "internal.limit: value 2.5 invalid, must be a whole number"),
        ({"offset": "1"}, "internal.offset: value '1' invalid, must be a whole number"),
        (
            {"score_threshold": "0.5"},
            "internal.score_threshold: value '0.5' invalid, must be a num",
        ),
    ],
)
def test_arguments_of_a_wrong_type_are_named(memory, asked, arguments, told):
    collection(memory, [[1, 0], [0, 1]])
    with pytest.raises(InvalidRequest, match=told):
        memory.query_points("c", **asked, **arguments)


@pytest.mark.parametrize("limit", [np.int64(1), np.uint8(1), None])
def test_counts_of_numpy_are_counts(memory, limit):
    collection(memory, [[1, 0], [0, 1]])
    assert len(memory.query_points("c", [1.0, 2.0], limit=limit).points) == (limit or 2)


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("scroll", {"limit": "3"}),
        ("facet", {"key": "kind", "limit": 1.0}),
        ("query_points_groups", {"group_by": "kind", "query": [1, 2], "group_size": "3"}),
        ("search_matrix_pairs", {"sample": 2.5}),
        ("search_matrix_offsets", {"limit": "1"}),
        ("knn_graph", {"k": 1.5}),
    ],
)
def test_every_method_names_a_count_of_a_wrong_type(memory, method, arguments):
    collection(memory, [[1, 0], [0, 1]])
    with pytest.raises(InvalidRequest, match="must be a whole number"):
        getattr(memory, method)("c", **arguments)
