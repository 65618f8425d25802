"""Requests made up from the OpenAPI document, and hostile ones: never a 500, never a hang."""

from __future__ import annotations

import json
from urllib.parse import quote

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.api_serving import serving

BOUNDED = settings(
    max_examples=100,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
    database=None,
)
SPARSE = {"indices": [1, 2], "values": [1.0, 2.0]}
POINTS = [
    {
        "id": number,
        "vector": {"text": [number, 1, 0.5], "words": SPARSE},
        "payload": {"n": number, "tag": "a"},
    }
    for number in range(20)
]


@pytest.fixture(scope="module")
def served():
    with serving() as served, httpx.Client(base_url=served.url) as http:
        vectors = {"text": {"size": 3, "distance": "Cosine"}}
        settings = {"vectors": vectors, "sparse_vectors": {"words": {}}}
        http.put("/collections/some", json=settings).raise_for_status()
        http.put("/collections/some/points", json={"points": POINTS}).raise_for_status()
        yield served


@pytest.fixture(scope="module")
def http(served):
    with httpx.Client(base_url=served.url, timeout=20) as http:
        yield http


@pytest.fixture(scope="module")
def operations(served):
    document = schemathesis.openapi.from_url(f"{served.url}/openapi.json")
    return [result.ok() for result in document.get_all_operations()]


@BOUNDED
@given(data=st.data())
def test_no_request_breaks_the_server(operations, data):
    operation = data.draw(st.sampled_from(operations), label="operation")
    case = data.draw(operation.as_strategy(), label="request")
    if "collection_name" in case.path_parameters and operation.method != "delete":
        case.path_parameters["collection_name"] = "some"
    answer = case.call(timeout=60)
    assert answer.status_code != 500, (operation.label, case.body, answer.text)


# ------------------------------------------------------------------------------ one wrong value

NEAR = [1.0, 2.0, 0.5]
CONDITION = {
    "must": [{"key": "n", "range": {"gte": 1}}, {"has_id": [1, 2]}],
    "should": {"key": "tag", "match": {"any": ["a"]}},
    "min_should": {"conditions": [{"is_empty": {"key": "z"}}], "min_count": 1},
}
MIXED = {"sum": ["$score", {"mult": [2.0, "n"]}, {"div": {"left": 1.0, "right": "n"}}]}
DECAYED = {"exp_decay": {"x": "n", "target": 1.0, "scale": 2.0, "midpoint": 0.5}}
BODIES = [
    {"query": NEAR, "using": "text", "limit": 3, "filter": CONDITION, "params": {"hnsw_ef": 9}},
    {"query": SPARSE, "using": "words", "score_threshold": 0.1, "with_vector": ["text"]},
    {"query": {"recommend": {"positive": [1, NEAR], "negative": [2]}}, "using": "text"},
    {
        "query": {"discover": {"target": 3, "context": [{"positive": 1, "negative": NEAR}]}},
        "using": "text",
    },
    {"query": {"nearest": 1, "mmr": {"diversity": 0.5, "candidates_limit": 5}}, "using": "text"},
    {
        "prefetch": [{"query": NEAR, "using": "text", "prefetch": {"query": 4, "using": "text"}}],
        "query": {"rrf": {"k": 3, "weights": [1.0]}},
    },
    {"prefetch": {"query": NEAR, "using": "text"}, "query": {"formula": MIXED}},
    {"prefetch": {"query": NEAR, "using": "text"}, "query": {"formula": DECAYED}},
]
VALUES: list[object] = [
    None,
    True,
    -1,
    1.5,
    1e308,
    2**64,
    10**30,
    "",
    "a[",
    "\ud800",
    [],
    [None],
    {},
    [[1.0], []],
]


def places(node, way=()):
    """Yield the way to every value within one."""
    yield way
    inside = node.items() if isinstance(node, dict) else enumerate(node)
    for step, value in inside:
        if isinstance(value, (dict, list)):
            yield from places(value, (*way, step))
        else:
            yield (*way, step)


def replaced(node, way, value):
    """Return a copy with another value at a place."""
    if not way:
        return value
    changed = dict(node) if isinstance(node, dict) else list(node)
    changed[way[0]] = replaced(node[way[0]], way[1:], value)
    return changed


@settings(BOUNDED, max_examples=400)
@given(st.sampled_from(BODIES), st.data())
def test_no_wrong_value_in_a_query_breaks_the_server(http, body, data):
    way = data.draw(st.sampled_from(list(places(body))))
    body = replaced(body, way, data.draw(st.sampled_from(VALUES)))
    answer = http.post("/collections/some/points/query", content=json.dumps(body))
    assert answer.status_code in {200, 400, 404, 422}, (body, answer.text)


# ------------------------------------------------------------------------------ filters

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
PATHS = st.sampled_from(["n", "tag", "a.b", "a[]", "a[].b", '"x.y"', "[", "", "a..b", "a[0]"])
MATCHES = st.dictionaries(
    st.sampled_from(["value", "any", "except", "text", "phrase", "prefix", "wrong"]),
    SCALARS | st.lists(SCALARS, max_size=3),
    max_size=2,
)
RANGES = st.dictionaries(st.sampled_from(["gt", "gte", "lt", "lte", "wrong"]), SCALARS, max_size=2)
FIELDS = st.fixed_dictionaries(
    {"key": PATHS | SCALARS},
    optional={
        "match": MATCHES,
        "range": RANGES,
        "values_count": RANGES,
        "is_null": SCALARS,
        "is_empty": SCALARS,
        "geo_radius": st.fixed_dictionaries(
            {"center": st.dictionaries(st.sampled_from(["lat", "lon"]), SCALARS), "radius": SCALARS}
        ),
    },
)
OTHERS = st.one_of(
    st.fixed_dictionaries({"has_id": st.lists(SCALARS, max_size=3)}),
    st.fixed_dictionaries({"has_vector": SCALARS}),
    st.fixed_dictionaries({"is_empty": st.fixed_dictionaries({"key": PATHS})}),
    st.fixed_dictionaries({"slice": st.dictionaries(st.sampled_from(["total", "index"]), SCALARS)}),
    SCALARS,
)


def clauses(conditions):
    several = conditions | st.lists(conditions, max_size=3)
    counted = st.fixed_dictionaries({"conditions": several, "min_count": SCALARS})
    clause = dict.fromkeys(("must", "should", "must_not", "wrong"), several)
    whole = st.fixed_dictionaries({}, optional={**clause, "min_should": counted})
    nested = st.fixed_dictionaries(
        {"nested": st.fixed_dictionaries({"key": PATHS, "filter": whole})}
    )
    return whole | nested


FILTERS = clauses(st.recursive(FIELDS | OTHERS, clauses, max_leaves=8))


@BOUNDED
@given(FILTERS)
def test_no_filter_breaks_the_server(http, condition):
    body = json.dumps({"filter": condition})  # NaN and Infinity go out as such
    answer = http.post("/collections/some/points/count", content=body)
    assert answer.status_code in {200, 400, 422}, (body, answer.text)


@BOUNDED
@given(st.binary(max_size=30) | st.text(max_size=30).map(str.encode))
def test_no_bytes_break_the_server(http, body):
    answer = http.post("/collections/some/points/query", content=body)
    assert answer.status_code in {200, 400, 422}, (body, answer.text)


@BOUNDED
@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=20))
def test_no_key_path_breaks_the_server(http, key):
    index = {"field_name": key, "field_schema": "keyword"}
    answers = (
        http.put("/collections/some/index", json=index),
        http.post("/collections/some/facet", json={"key": key}),
        http.delete(f"/collections/some/index/{quote(key, safe='')}"),
    )
    for answer in answers:
        assert answer.status_code in {200, 400, 404, 405, 422}, (key, answer.text)
