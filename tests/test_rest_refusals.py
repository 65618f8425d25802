"""What each refusal says: its status and its text, as a table; and bad input of other kinds."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.api_serving import serving

A, Q = [1.0, 0.0], "points/query"
FUSED = {"fusion": "rrf"}
BY_A = {"query": A, "using": "a"}
ELSEWHERE = BY_A | {"lookup_from": {"collection": "none"}}


@pytest.fixture(scope="module")
def http():
    with serving() as served, httpx.Client(base_url=served.url, timeout=60) as http:
        vectors = {
            "a": {"size": 2, "distance": "Dot"},
            "many": {"size": 2, "distance": "Dot", "multivector_config": {"comparator": "max_sim"}},
        }
        body = {"vectors": vectors, "sparse_vectors": {"words": {}}}
        http.put("/collections/c", json=body).raise_for_status()
        points = [
            {"id": 1, "vector": {"a": A}, "payload": {"n": 1, "text": "a.*(b"}},
            {"id": 2, "vector": {"a": [0, 1]}, "payload": {"n": 2, "text": "plain"}},
        ]
        http.put("/collections/c/points", json={"points": points}).raise_for_status()
        yield http


def refusal(answer, status):
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert set(body) == {"status", "time"}
    return body["status"]["error"]


def nested(depth, inner, outer):
    for _ in range(depth):
        inner = outer(inner)
    return inner


# -------------------------------------------------------------- a query, in the order of checks

NOT_THERE = "Not found: Collection `none` doesn't exist!"
NO_LOOKUP = "Not found: Collection none not found"
NO_NAME = "Wrong input: Not existing vector name error: none"
MERGE = "Bad request: A query is needed to merge the prefetches."
ORDER_THRESHOLD = "Bad request: Can't use score_threshold with an order_by query."
BARE_THRESHOLD = "Bad request: A query is needed to use the score_threshold."
FUSION_USING = "Bad request: Fusion queries cannot be combined with the 'using' field."
NO_SOURCES = "Wrong input: Validation failed: cannot apply"
DIMENSION = "Wrong input: Vector dimension error: expected dim: 2, got 3"
KINDS = "Wrong input: Conversion between sparse and regular vectors failed"
MULTI = "Wrong input: Conversion between multi and regular vectors failed"
TWICE = {"indices": [1, 1], "values": [1, 2]}
SPARSE = {"indices": [1], "values": [1.0]}
LEVELS_65 = nested(65, BY_A, lambda inner: {"prefetch": inner, "query": A})

QUERIES = {
    "lookup at the root": (
        ELSEWHERE,
        404,
        NO_LOOKUP,
    ),
    "lookup within, no id used": (
        {
            "query": FUSED,
            "prefetch": ELSEWHERE,
        },
        404,
        NO_LOOKUP,
    ),
    "name before id": ({"query": 99, "using": "none"}, 400, NO_NAME),
    "id": ({"query": 99, "using": "a"}, 404, "Not found: No point with id 99 found"),
    "id within": ({"query": FUSED, "prefetch": {"query": 99, "using": "a"}}, 404, "99"),
    "id before shape": ({"prefetch": {"query": 99, "using": "a"}}, 404, "99"),
    "no query to merge": ({"prefetch": BY_A}, 400, MERGE),
    "no query to merge within": (
        {"query": FUSED, "prefetch": {"prefetch": {"query": A}}},
        400,
        MERGE,
    ),
    "threshold of order": (
        {"query": {"order_by": "n"}, "score_threshold": 1.0},
        400,
        ORDER_THRESHOLD,
    ),
    "threshold of nothing": ({"score_threshold": 1.0}, 400, BARE_THRESHOLD),
    "fusion of a name": (
        {"query": FUSED, "using": "a", "prefetch": BY_A},
        400,
        FUSION_USING,
    ),
    "fusion of nothing": ({"query": FUSED}, 400, f"{NO_SOURCES} Fusion without prefetches"),
    "formula of nothing": (
        {"query": {"formula": "$score"}},
        400,
        f"{NO_SOURCES} Formula without prefetches",
    ),
    "weights": (
        {"query": {"rrf": {"weights": [1, 2]}}, "prefetch": BY_A},
        400,
        "RRF weights length (2) does not match number of prefetches (1)",
    ),
    "depth": (LEVELS_65, 400, "64"),
    "dimension": ({"query": [1, 2, 3], "using": "a"}, 400, DIMENSION),
    "name": ({"query": A, "using": "none"}, 400, NO_NAME),
    "no default vector": ({"query": A}, 400, "Wrong input: Not existing vector name error: "),
    "dense on sparse": ({"query": A, "using": "words"}, 400, KINDS),
    "sparse on dense": ({"query": SPARSE, "using": "a"}, 400, KINDS),
    "multivector on dense": ({"query": [A, A], "using": "a"}, 400, MULTI),
    "order without index": (
        {"query": {"order_by": "n"}},
        400,
        "Wrong input: No range index for `order_by` key: `n`.",
    ),
    "formula of what is missing": (
        {"query": {"formula": "gone"}, "prefetch": BY_A},
        400,
        "Wrong input: Expected number value for gone in the payload and/or in the formula defaults",
    ),
    "formula without a number": (
        {"query": {"formula": {"sqrt": -3}}, "prefetch": BY_A},
        400,
        "produced a non-finite number",
    ),
    "duplicate sparse indices": (
        {"query": TWICE, "using": "words"},
        422,
        "indices",
    ),
    "sparse of two lengths": (
        {"query": {"indices": [1, 2], "values": [1]}, "using": "words"},
        422,
        "",
    ),
}


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_is_refused(http, name):
    body, status, told = QUERIES[name]
    assert told in refusal(http.post(f"/collections/c/{Q}", json=body), status)


def test_the_collection_is_looked_for_first(http):
    wrong = {"query": A, "using": "none", "lookup_from": {"collection": "gone"}}
    assert refusal(http.post(f"/collections/none/{Q}", json=wrong), 404) == NOT_THERE


# ------------------------------------------------------------------------- values out of range

PAIRS, OFFSETS = "points/search/matrix/pairs", "points/search/matrix/offsets"
TOO_SMALL = "value 0 invalid, must be 1 or larger"
VALUES = {
    "limit": (Q, {"query": A, "limit": 0}, "internal.limit", TOO_SMALL),
    "k": (Q, {"query": {"rrf": {"k": 0}}, "prefetch": BY_A}, "internal.query.rrf.k", TOO_SMALL),
    "hnsw_ef": (Q, {"query": A, "using": "a", "params": {"hnsw_ef": 0}}, "hnsw_ef", TOO_SMALL),
    "sample": (PAIRS, {"sample": 1}, "search_request.sample", "2 or larger"),
    "matrix limit": (OFFSETS, {"limit": 0}, "search_request.limit", TOO_SMALL),
    "group size": (
        "points/query/groups",
        {"query": A, "group_by": "n", "group_size": 0},
        "search_group_request.group_request.group_size",
        TOO_SMALL,
    ),
    "scroll": ("points/scroll", {"limit": 0}, "scroll_request.limit", TOO_SMALL),
    "facet": ("facet", {"key": "n", "limit": 0}, "facet_request.limit", TOO_SMALL),
}


@pytest.mark.parametrize("name", VALUES)
def test_a_value_is_out_of_range(http, name):
    path, body, field, reason = VALUES[name]
    error = refusal(http.post(f"/collections/c/{path}", json=body), 422)
    assert error.startswith("Validation error in JSON body: [")
    assert f"{field}: " in error
    assert reason in error


@pytest.mark.parametrize("size", [0, 65_537])
def test_a_vector_has_from_1_to_65536_numbers(http, size):
    body = {"vectors": {"size": size, "distance": "Dot"}}
    error = refusal(http.put("/collections/large", json=body), 422)
    assert f"value {size} invalid, must be from 1 to 65536" in error


def test_what_exists_is_a_conflict(http):
    error = refusal(http.put("/collections/c", json={"vectors": {}}), 409)
    assert error == "Wrong input: Collection `c` already exists!"


def test_a_facet_needs_an_index(http):
    error = refusal(http.post("/collections/c/facet", json={"key": "n"}), 400)
    assert "No appropriate index for faceting: `n`" in error


# ----------------------------------------------------------------------------- hostile bodies

WRONG_POINTS: dict[str, list[Any]] = {
    "null in a vector": [{"id": 9, "vector": {"a": [1, None]}}],
    "null for a vector": [{"id": 9, "vector": {"a": None}}],
    "too long": [{"id": 9, "vector": {"a": [1, 2, 3]}}],
    "duplicate sparse indices": [{"id": 9, "vector": {"words": TWICE}}],
    "sparse of two lengths": [{"id": 9, "vector": {"words": {"indices": [1], "values": [1, 2]}}}],
    "negative sparse index": [{"id": 9, "vector": {"words": {"indices": [-1], "values": [1]}}}],
    "rows of two lengths": [{"id": 9, "vector": {"many": [[1, 2], [1]]}}],
    "unknown name": [{"id": 9, "vector": {"none": [1, 2]}}],
    "id below 0": [{"id": -1, "vector": {}}],
    "id beyond 64 bits": [{"id": 2**64, "vector": {}}],
    "id of words": [{"id": "nine", "vector": {}}],
    "payload of a list": [{"id": 9, "vector": {}, "payload": []}],
}


@pytest.mark.parametrize("name", WRONG_POINTS)
def test_a_wrong_point_is_refused_with_all_points_beside_it(http, name):
    good = {"id": 8, "vector": {"a": A}}
    answer = http.put(
        "/collections/c/points?wait=true", json={"points": [good, *WRONG_POINTS[name]]}
    )
    assert answer.status_code in {400, 422}, answer.text
    assert refusal(answer, answer.status_code)
    assert http.post("/collections/c/points/count", json={}).json()["result"]["count"] == 2


@pytest.mark.parametrize("text", ["a.*(b", "(", "[a-", "(a+)+$" * 2_000, "\\", "%", "_", "\x00"])
def test_text_is_no_pattern(http, text):
    for match in ({"text": text}, {"value": text}, {"phrase": text}, {"prefix": text}):
        condition = {"filter": {"must": [{"key": "text", "match": match}]}}
        answer = http.post("/collections/c/points/count", json=condition)
        assert answer.status_code in {200, 400}, answer.text
        if "value" in match:
            assert answer.json()["result"]["count"] == (text == "a.*(b")


def test_deep_filters_are_answered_and_a_megabyte_of_them_refused(http):
    inner = nested(60, {"must": []}, lambda inner: {"must": [inner]})
    body = {"filter": {"must": [inner] * 1_200}}
    refusal(http.post("/collections/c/points/count", json=body), 413)
    body = {"filter": {"must": [inner] * 200}}
    assert http.post("/collections/c/points/count", json=body).json()["result"]["count"] == 2
    deep = nested(65, {"must": []}, lambda inner: {"must": [inner]})
    assert "nested more than" in refusal(
        http.post("/collections/c/points/count", json={"filter": deep}), 400
    )
