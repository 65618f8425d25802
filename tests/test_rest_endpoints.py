"""Every path of the REST interface: what it takes, what it answers, in which envelope."""

from __future__ import annotations

import re

import httpx
import pytest

from engine import Engine
from engine.api import Service
from engine.api.rest import make_api
from tests.api_serving import listening, serving

VECTORS = {"text": {"size": 2, "distance": "Dot"}, "rows": {"size": 2, "distance": "Cosine"}}
POINTS = [
    {"id": 1, "vector": {"text": [1, 0]}, "payload": {"tag": "red", "n": 1, "none": None}},
    {"id": 2, "vector": {"text": [2, 0]}, "payload": {"tag": "red", "n": 2}},
    {"id": 3, "vector": {"text": [3, 0]}, "payload": {"tag": "blue", "n": 3}},
]
UUID = "550e8400-e29b-41d4-a716-446655440000"


@pytest.fixture(scope="module")
def served():
    with serving() as served:
        yield served


@pytest.fixture(scope="module")
def http(served):
    with httpx.Client(base_url=served.url, timeout=60) as http:
        yield http


@pytest.fixture
def c(http):
    """A collection of three points; the path of its resources."""
    http.put("/collections/c", json={"vectors": VECTORS, "sparse_vectors": {"words": {}}})
    http.put("/collections/c/points", json={"points": POINTS}).raise_for_status()
    yield "/collections/c"
    http.delete("/collections/c")


def result(answer):
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert set(body) == {"result", "status", "time"}
    assert body["status"] == "ok"
    assert 0 <= body["time"] < 60
    return body["result"]


def refusal(answer, status):
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert set(body) == {"status", "time"}
    return body["status"]["error"]


def updated(answer):
    assert result(answer)["status"] == "acknowledged"  # nobody asked to wait


def payloads(http, c):
    return {
        one["id"]: one["payload"]
        for one in result(http.post(f"{c}/points/scroll", json={}))["points"]
    }


# ------------------------------------------------------------------------------ service


def test_the_root_tells_a_version_that_clients_accept(http):
    assert http.get("/").json() == {
        "title": "qdrant - vector search engine",
        "version": "1.19.0",
        "commit": None,
    }


@pytest.mark.parametrize("path", ["/healthz", "/livez", "/readyz"])
def test_health_is_plain_text(http, path):
    answer = http.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")


def test_unknown_paths_and_methods_are_told_in_the_envelope(http):
    assert "/nothing" in refusal(http.get("/nothing"), 404)
    assert "DELETE" in refusal(http.delete("/collections"), 405)


def test_the_reference_page_shows_every_operation_and_loads_nothing(http):
    page = http.get("/docs").text
    for path, methods in http.get("/openapi.json").json()["paths"].items():
        assert path in page
        assert all(method.upper() in page for method in methods)
    assert "<script" not in page
    assert not re.search(r"(src|href)=\W*(https?:)?//", page)


def test_a_slash_at_the_end_changes_nothing(http, c):
    assert result(http.get("/collections/")) == result(http.get("/collections"))
    assert result(http.post(f"{c}/points/count/", json={})) == {"count": 3}


# -------------------------------------------------------------------------- collections


def test_a_collection_is_made_described_changed_and_dropped(http):
    path = "/collections/made"
    body = {"vectors": {"size": 4, "distance": "Cosine"}, "metadata": {"a": 1, "b": 2}}
    assert result(http.put(path, json=body)) is True
    assert "already exists" in refusal(http.put(path, json=body), 409)
    assert result(http.get(f"{path}/exists")) == {"exists": True}
    assert {"name": "made"} in result(http.get("/collections"))["collections"]
    info = result(http.get(path))
    assert info["config"]["params"]["vectors"] == {"size": 4, "distance": "Cosine"}
    assert info["points_count"] == 0
    assert result(http.patch(path, json={"metadata": {"a": None, "c": 3}})) is True
    assert result(http.get(path))["config"]["metadata"] == {"b": 2, "c": 3}
    assert result(http.delete(path)) is True
    assert result(http.delete(path)) is False
    assert result(http.get(f"{path}/exists")) == {"exists": False}
    assert "`made`" in refusal(http.get(path), 404)
    assert "`made`" in refusal(http.patch(path, json={}), 404)


def test_a_collection_name_never_becomes_a_path(tmp_path):
    names = ("..%2Fescape", "%2e%2e", "a%2Fb", "%00", "a%5Cb", "~", "C%3A")
    with Engine(tmp_path / "data") as engine, serving(engine=engine) as served:
        for name in names:
            answer = httpx.put(f"{served.url}/collections/{name}", json={"vectors": {}})
            assert answer.status_code in {200, 400, 404}, (name, answer.text)
        listed = result(httpx.get(f"{served.url}/collections"))["collections"]
    assert [one["name"] for one in listed] == ["..", "~"]
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_payload_indexes(http, c):
    updated(http.put(f"{c}/index", json={"field_name": "tag", "field_schema": "keyword"}))
    typed = {"field_name": "a.b", "field_schema": {"type": "integer", "lookup": True}}
    updated(http.put(f"{c}/index", json=typed))
    schema = result(http.get(c))["payload_schema"]
    assert schema["tag"]["data_type"] == "keyword"
    assert schema["tag"]["points"] == 3
    assert schema["a.b"]["params"]["lookup"] is True
    updated(http.delete(f"{c}/index/a.b"))
    assert list(result(http.get(c))["payload_schema"]) == ["tag"]
    assert "nonsense" in refusal(
        http.put(f"{c}/index", json={"field_name": "x", "field_schema": "nonsense"}), 400
    )


def test_named_vectors(http, c):
    dense = {"dense": {"size": 3, "distance": "Euclid"}}
    updated(http.put(f"{c}/vectors/late", json=dense))
    updated(http.put(f"{c}/vectors/terms", json={"sparse": {"modifier": "idf"}}))
    params = result(http.get(c))["config"]["params"]
    assert params["vectors"]["late"]["size"] == 3
    assert params["sparse_vectors"]["terms"]["modifier"] == "idf"
    late = {"points": [{"id": 1, "vector": {"late": [1, 2, 3]}}]}
    updated(http.put(f"{c}/points/vectors", json=late))
    found = result(http.post(f"{c}/points/query", json={"query": [1, 2, 3], "using": "late"}))
    assert [point["id"] for point in found["points"]] == [1]
    updated(http.delete(f"{c}/vectors/late"))
    assert "late" not in result(http.get(c))["config"]["params"]["vectors"]


def test_aliases(http, c):
    def change(*actions):
        return http.post("/collections/aliases", json={"actions": actions})

    assert result(change({"create_alias": {"collection_name": "c", "alias_name": "now"}})) is True
    expected = {"aliases": [{"alias_name": "now", "collection_name": "c"}]}
    assert result(http.get("/aliases")) == expected
    assert result(http.get(f"{c}/aliases")) == expected
    assert result(http.post("/collections/now/points/count", json={})) == {"count": 3}
    rename = {"rename_alias": {"old_alias_name": "now", "new_alias_name": "then"}}
    assert result(change(rename)) is True
    assert result(change({"delete_alias": {"alias_name": "then"}})) is True
    assert result(http.get("/aliases")) == {"aliases": []}
    gone = {"create_alias": {"collection_name": "gone", "alias_name": "x"}}
    assert "gone" in refusal(change(gone), 404)
    taken = {"create_alias": {"collection_name": "c", "alias_name": "c"}}
    assert "c" in refusal(change(taken), 409)


# ------------------------------------------------------------------------------- points


def test_waiting_for_an_update_is_answered_completed(http, c):
    body = {"points": [{"id": 9, "vector": {}}]}
    assert result(http.put(f"{c}/points", json=body))["status"] == "acknowledged"
    done = result(http.put(f"{c}/points", params={"wait": "true"}, json=body))
    assert done["status"] == "completed"
    assert isinstance(done["operation_id"], int)


def test_upsert_in_columns_and_by_mode(http, c):
    batch = {"ids": [4, UUID], "vectors": {"text": [[4, 0], [5, 0]]}, "payloads": [{"n": 4}, {}]}
    updated(http.put(f"{c}/points", json={"batch": batch}))
    assert result(http.post(f"{c}/points/count", json={})) == {"count": 5}
    again = {
        "points": [{"id": 4, "vector": {}, "payload": {"n": 40}}],
        "update_mode": "insert_only",
    }
    updated(http.put(f"{c}/points", json=again))
    assert payloads(http, c)[4] == {"n": 4}


def test_points_are_read_by_id(http, c):
    found = result(http.post(f"{c}/points", json={"ids": [3, 1, 8, 3], "with_payload": True}))
    assert [point["id"] for point in found] == [3, 1]
    assert found[1]["payload"]["none"] is None
    bare = result(http.post(f"{c}/points", json={"ids": [1]}))
    assert bare == [{"id": 1}]
    whole = result(http.get(f"{c}/points/1"))
    assert whole == {"id": 1, "payload": POINTS[0]["payload"], "vector": {"text": [1.0, 0.0]}}
    assert "Point with id 8" in refusal(http.get(f"{c}/points/8"), 404)
    assert "not a valid point ID" in refusal(http.get(f"{c}/points/eight"), 400)
    assert "not a valid point ID" in refusal(http.get(f"{c}/points/-1"), 400)


def test_vectors_are_updated_and_deleted(http, c):
    body = {"points": [{"id": 1, "vector": {"words": {"indices": [5], "values": [0.5]}}}]}
    updated(http.put(f"{c}/points/vectors", json=body))
    assert set(result(http.get(f"{c}/points/1"))["vector"]) == {"text", "words"}
    updated(http.post(f"{c}/points/vectors/delete", json={"points": [1], "vector": ["text"]}))
    assert set(result(http.get(f"{c}/points/1"))["vector"]) == {"words"}
    unknown = {"points": [1], "vector": ["nope"]}
    assert "nope" in refusal(http.post(f"{c}/points/vectors/delete", json=unknown), 400)


def test_payloads_are_set_overwritten_and_deleted(http, c):
    red = {"must": [{"key": "tag", "match": {"value": "red"}}]}
    updated(http.post(f"{c}/points/payload", json={"payload": {"x": 1}, "filter": red}))
    assert payloads(http, c)[2] == {"tag": "red", "n": 2, "x": 1}
    updated(http.put(f"{c}/points/payload", json={"payload": {"y": 2}, "points": [2]}))
    assert payloads(http, c)[2] == {"y": 2}
    updated(http.post(f"{c}/points/payload/delete", json={"keys": ["x", "none"], "points": [1]}))
    assert payloads(http, c)[1] == {"tag": "red", "n": 1}
    updated(http.post(f"{c}/points/payload/clear", json={"points": [3]}))
    assert payloads(http, c)[3] == {}
    nobody = http.post(f"{c}/points/payload", json={"payload": {"x": 1}})
    assert "point ids or filter" in refusal(nobody, 400)


def test_points_are_deleted_by_id_and_filter(http, c):
    updated(http.post(f"{c}/points/delete", json={"points": [1, 77]}))
    blue = {"must": {"key": "tag", "match": {"value": "blue"}}}
    updated(http.post(f"{c}/points/delete", json={"filter": blue}))
    assert list(payloads(http, c)) == [2]


def test_a_batch_of_updates_runs_in_order(http, c):
    operations = [
        {"upsert": {"points": [{"id": 7, "vector": {}, "payload": {"a": 1}}]}},
        {"set_payload": {"payload": {"b": 2}, "points": [7]}},
        {"delete_payload": {"keys": ["a"], "points": [7]}},
        {"delete": {"points": [1]}},
        {"update_vectors": {"points": [{"id": 7, "vector": {"text": [7, 7]}}]}},
        {"delete_vectors": {"points": [2], "vector": ["text"]}},
        {"overwrite_payload": {"payload": {"z": 0}, "points": [2]}},
        {"clear_payload": {"points": [3]}},
    ]
    done = result(http.post(f"{c}/points/batch", json={"operations": operations}))
    assert [one["status"] for one in done] == ["acknowledged"] * len(operations)
    assert payloads(http, c) == {2: {"z": 0}, 3: {}, 7: {"b": 2}}


def test_scroll_goes_on_where_it_stopped(http, c):
    first = result(http.post(f"{c}/points/scroll", json={"limit": 2, "with_vector": ["text"]}))
    assert [point["id"] for point in first["points"]] == [1, 2]
    assert first["points"][0]["vector"] == {"text": [1.0, 0.0]}
    assert first["next_page_offset"] == 3
    rest = result(http.post(f"{c}/points/scroll", json={"offset": 3, "with_payload": False}))
    assert rest == {"points": [{"id": 3}], "next_page_offset": None}


def test_counts_and_facets(http, c):
    updated(http.put(f"{c}/index", json={"field_name": "tag", "field_schema": "keyword"}))
    assert result(http.post(f"{c}/facet", json={"key": "tag"})) == {
        "hits": [{"value": "red", "count": 2}, {"value": "blue", "count": 1}]
    }
    big = {"filter": {"must": [{"key": "n", "range": {"gt": 1}}]}}
    assert result(http.post(f"{c}/points/count", json=big)) == {"count": 2}


# ------------------------------------------------------------------------------ queries


def ids(found):
    return [point["id"] for point in found["points"]]


def test_what_is_not_asked_for_is_absent(http, c):
    found = result(http.post(f"{c}/points/query", json={"query": [1, 0], "using": "text"}))
    assert set(found["points"][0]) == {"id", "version", "score"}
    asked = {"query": [1, 0], "using": "text", "with_payload": ["n"], "with_vectors": True}
    hit = result(http.post(f"{c}/points/query", json=asked))["points"][0]
    assert hit["payload"] == {"n": 3}
    assert hit["vector"] == {"text": [3.0, 0.0]}


def test_unknown_fields_are_ignored_at_the_top_and_refused_in_a_filter(http, c):
    loose = {"query": [1, 0], "using": "text", "surplus": 1}
    assert ids(result(http.post(f"{c}/points/query", json=loose))) == [3, 2, 1]
    batch = {"searches": [loose], "surplus": 2}
    assert ids(result(http.post(f"{c}/points/query/batch", json=batch))[0]) == [3, 2, 1]
    strict = {**loose, "filter": {"surplus": []}}
    assert "filter.surplus" in refusal(http.post(f"{c}/points/query", json=strict), 400)


def test_halves_of_surrogate_pairs_are_escaped(served, http, c):
    served.engine.set_payload("c", {"tag": "\ud800"}, [1])  # JSON from elsewhere may hold one
    records = result(http.post(f"{c}/points/scroll", json={"with_payload": ["tag", "none"]}))
    assert records["points"][0]["payload"] == {"tag": "\ud800", "none": None}
    assert records["next_page_offset"] is None


@pytest.mark.parametrize("pairs", [None, []])
def test_a_target_alone_discovers(http, c, pairs):
    asked = {"query": {"discover": {"target": [1, 0], "context": pairs}}, "using": "text"}
    assert ids(result(http.post(f"{c}/points/query", json=asked))) == [3, 2, 1]


def test_a_batch_fails_as_a_whole(http, c):
    good = {"query": [1, 0], "using": "text", "limit": 1}
    both = result(
        http.post(
            f"{c}/points/query/batch", json={"searches": [good, {"query": 3, "using": "text"}]}
        )
    )
    assert [ids(one) for one in both] == [[3], [2, 1]]
    answer = http.post(
        f"{c}/points/query/batch", json={"searches": [good, {"query": 99, "using": "text"}]}
    )
    assert "99" in refusal(answer, 404)


def test_groups_and_matrices(http, c):
    body = {"query": [1, 0], "using": "text", "group_by": "tag", "group_size": 1}
    groups = result(http.post(f"{c}/points/query/groups", json=body))["groups"]
    assert [(group["id"], group["hits"][0]["id"]) for group in groups] == [("blue", 3), ("red", 2)]
    matrix = {"using": "text", "sample": 3, "limit": 1}
    pairs = result(http.post(f"{c}/points/search/matrix/pairs", json=matrix))["pairs"]
    assert [(pair["a"], pair["b"]) for pair in pairs] == [(1, 3), (2, 3), (3, 2)]
    offsets = result(http.post(f"{c}/points/search/matrix/offsets", json=matrix))
    assert offsets["ids"] == [1, 2, 3]
    assert offsets["offsets_col"] == [2, 2, 1]


# ------------------------------------------------------------------------ older clients

NAMED = {"vector": {"name": "text", "vector": [1, 0]}, "limit": 2}
LIKE = {"positive": [1], "negative": [[0.5, 1]], "using": "text", "limit": 2}
PAIRS = {"context": [{"positive": 1, "negative": [1, 1]}], "using": "text", "limit": 2}
OLD_AND_NEW = {
    "search": (NAMED, {"query": [1, 0], "using": "text", "limit": 2}),
    "recommend": (
        {**LIKE, "strategy": "best_score"},
        {
            "query": {
                "recommend": {"positive": [1], "negative": [[0.5, 1]], "strategy": "best_score"}
            },
            "using": "text",
            "limit": 2,
        },
    ),
    "discover": (
        {**PAIRS, "target": [2, 2]},
        {
            "query": {"discover": {"target": [2, 2], "context": PAIRS["context"]}},
            "using": "text",
            "limit": 2,
        },
    ),
}


@pytest.mark.parametrize("kind", OLD_AND_NEW)
def test_older_clients_searches_are_the_queries_that_mean_the_same(http, c, kind):
    old, new = ({**body, "with_payload": True} for body in OLD_AND_NEW[kind])
    found = result(http.post(f"{c}/points/{kind}", json=old))
    assert len(found) == 2
    assert found == result(http.post(f"{c}/points/query", json=new))["points"]
    batch = result(http.post(f"{c}/points/{kind}/batch", json={"searches": [old, NAMED | old]}))
    assert batch == [found, found]
    if kind != "discover":
        groups = {"group_by": "tag", "group_size": 1}
        old_groups = result(http.post(f"{c}/points/{kind}/groups", json=old | groups))
        assert old_groups == result(http.post(f"{c}/points/query/groups", json=new | groups))


def test_older_searches_of_context_alone_and_of_the_unnamed_and_sparse_vectors(http, c):
    context = {"query": {"context": PAIRS["context"]}, "using": "text", "limit": 2}
    expected = result(http.post(f"{c}/points/query", json=context))["points"]
    assert result(http.post(f"{c}/points/discover", json=PAIRS)) == expected
    bare = {"vector": [1, 0], "limit": 1}
    assert "vector name" in refusal(http.post(f"{c}/points/search", json=bare), 400)
    sparse = {"name": "words", "vector": {"indices": [5], "values": [1]}}
    assert result(http.post(f"{c}/points/search", json={"vector": sparse, "limit": 1})) == []
    assert "limit" in refusal(http.post(f"{c}/points/search", json={"vector": sparse}), 400)


# --------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "EOF"),
        (b"{", "EOF"),
        (b"[]", "object"),
        (b'{"query": [1, null], "using": "text"}', "Expected some form of vector, id"),
        (b'{"query": [1, NaN], "using": "text"}', "line 1"),
        (b'{"query": [1, Infinity], "using": "text"}', "line 1"),
        (b'{"query": {"wrong": 1}}', "Expected some form of vector, id"),
        (b'{"query": [1, 0], "limit": "5"}', "limit"),
        (b'{"query": [1, 0], "limit": 1.5}', "limit"),
        (b'{"query": "\xff"}', ""),
        (b'{"query": "\\ud800"}', ""),
    ],
)
def test_undecodable_bodies_are_format_errors(http, c, content, told):
    error = refusal(http.post(f"{c}/points/query", content=content), 400)
    assert error.startswith("Format error in JSON body: ")
    assert told in error


def test_numbers_that_no_float32_holds_are_refused(http, c):
    for number in (b"1e400", b"1e39"):
        body = b'{"query": [1, %s], "using": "text"}' % number
        assert refusal(http.post(f"{c}/points/query", content=body), 400)


def test_query_strings_are_checked(http, c):
    error = refusal(http.post(f"{c}/points/count", params={"timeout": 0}, json={}), 422)
    assert error == (
        "Validation error in query parameters: [timeout: value 0 invalid, must be 1 or larger]"
    )
    assert "maybe" in refusal(http.put(f"{c}/points?wait=maybe", json={"points": []}), 400)
    assert result(http.post(f"{c}/points/count?timeout=1&other=x", json={})) == {"count": 3}


def test_an_engine_that_cannot_be_opened_is_told(tmp_path):
    folder = tmp_path / "file"
    folder.write_text("in the way")
    api = make_api(Service(lambda: Engine(folder)))
    with listening(api) as url:
        error = refusal(httpx.get(f"{url}/collections"), 500)
    assert error.startswith("Service internal error: ")
    assert str(folder) in error
