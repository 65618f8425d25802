"""How much one request may ask for: size, depth, numbers, time; and clients that go away."""

from __future__ import annotations

import json
import socket
import time
from threading import Event

import grpc  # type: ignore[import-untyped]  # its stubs are a package of their own
import httpx
import pytest
from qdrant_client import QdrantClient, models

from engine import Engine
from engine.api import Settings
from engine.api.effort import MAX_READ, MAX_UPDATE, check_effort
from engine.errors import Abandoned, RequestError
from tests.api_serving import serving

LIMIT = 100_000
Q = "/collections/c/points/query"


@pytest.fixture(scope="module")
def served():
    with serving(Settings(body_bytes=LIMIT)) as served:
        served.engine.create_collection("c", models.VectorParams(size=2, distance="Dot"))
        points = [models.PointStruct(id=number, vector=[number, 1]) for number in range(5)]
        served.engine.upsert("c", points)
        yield served


@pytest.fixture(scope="module")
def http(served):
    with httpx.Client(base_url=served.url, timeout=60) as http:
        yield http


def refused(answer, status, told):
    assert answer.status_code == status, answer.text
    assert told in answer.json()["status"]["error"]


def nested(depth, inner, outer):
    for _ in range(depth):
        inner = outer(inner)
    return inner


# ------------------------------------------------------------------------- size, depth


@pytest.fixture(scope="module")
def roomy():
    """Return a server with the usual limits."""
    with serving() as usual:
        usual.engine.create_collection("c", models.VectorParams(size=1, distance="Dot"))
        yield usual


@pytest.mark.parametrize(
    "part", ["{}", "[]", "1", '"x"', '{"key":"a","match":{"value":1}}', '{"query":[1]}']
)
def test_bodies_that_take_seconds_to_decode_are_refused_before(roomy, part):
    body = f'{{"query":[1],"filter":{{"must":[{",".join([part] * (16_000_000 // len(part)))}]}}}}'
    refused(httpx.post(f"{roomy.url}{Q}", content=body, timeout=60), 413, "too many parts")


def test_depth_counts():
    def levels(count):
        return '{"neg":' * count + "1" + "}" * count

    flat = f'{{"formula":{{"sum":[{",".join([levels(2)] * 3_000)}]}}}}'.encode()
    deep = f'{{"formula":{{"sum":[{",".join([levels(60)] * 100)}]}}}}'.encode()
    check_effort(flat, MAX_READ)
    with pytest.raises(RequestError, match="too many parts"):
        check_effort(deep, MAX_READ)
    hidden = deep.replace(b"{", b'{"}}}}\\"}}}}":1,')
    with pytest.raises(RequestError, match="too many parts"):
        check_effort(hidden, MAX_READ)


def test_large_bodies_of_ordinary_work_are_taken():
    numbers = ",".join(["0.123456"] * 384)
    point = f'{{"id":1,"vector":[{numbers}],"payload":{{"name":"a","tags":["b","c"],"n":1}}}}'
    points = ",".join([point] * (32 * 1024 * 1024 // len(point)))
    check_effort(f'{{"points":[{points}]}}'.encode(), MAX_UPDATE)
    query = f'{{"query":[{",".join(["0.123456"] * 1536)}],"limit":10}}'
    check_effort(f'{{"searches":[{",".join([query] * 1000)}]}}'.encode(), MAX_READ)
    with pytest.raises(RequestError, match="too many parts"):
        check_effort(b"{}," * 1_000_000, MAX_UPDATE)


def test_large_bodies_are_refused_however_they_come(served, http):
    large = b" " * (LIMIT + 1)
    refused(http.post(Q, content=large), 413, str(LIMIT))
    refused(http.post(Q, content=iter([large[:-1], b"  "])), 413, str(LIMIT))
    just = json.dumps({"query": [1, 2]}).encode().ljust(LIMIT)
    assert http.post(Q, content=just).status_code == 200


def test_large_messages_are_refused(served):
    client = QdrantClient(
        url=served.url, check_compatibility=False, grpc_port=served.grpc_port, prefer_grpc=True
    )
    with pytest.raises(grpc.RpcError) as refusal:
        client.upsert("c", [models.PointStruct(id=1, vector=[1.0] * LIMIT)])
    assert refusal.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert client.count("c").count == 5
    client.close()


@pytest.mark.parametrize("value", ["\ud800", 2**70, nested(100, 1, lambda inner: {"a": inner})])
def test_payloads_that_messages_cannot_hold_are_told(served, value):
    served.engine.create_collection("odd", models.VectorParams(size=1, distance="Dot"))
    served.engine.upsert("odd", [models.PointStruct(id=1, vector=[1], payload={"a": value})])
    client = QdrantClient(
        url=served.url, check_compatibility=False, grpc_port=served.grpc_port, prefer_grpc=True
    )
    with pytest.raises(grpc.RpcError, match="a payload that gRPC has no way to tell") as refusal:
        client.scroll("odd")
    assert refusal.value.code() is grpc.StatusCode.UNIMPLEMENTED
    assert [point.id for point in client.scroll("odd", with_payload=False)[0]] == [1]
    client.close()
    served.engine.delete_collection("odd")


@pytest.mark.parametrize("depth", [50, 99, 500, 5_000])
def test_deep_filters_are_answered_or_refused(http, depth):
    body = nested(depth, '{"must":[]}', lambda inner: f'{{"must_not":[{inner}]}}')
    answer = http.post(Q, content=f'{{"query":[1,2],"filter":{body}}}')
    assert answer.status_code == (200 if depth == 50 else 400 if depth < 1_000 else 413)
    told = "nested more than" if depth < 100 else "recursion" if depth < 1_000 else "too many parts"
    assert depth == 50 or told in answer.json()["status"]["error"]


def test_prefetches_are_64_deep_at_most(http):
    def level(inner):
        return {"prefetch": inner, "query": [1, 2]}

    assert http.post(Q, json=nested(60, {"query": [1, 2]}, level)).status_code == 200
    refused(http.post(Q, json=nested(66, {"query": [1, 2]}, level)), 400, "")
    refused(http.post(Q, content=json.dumps({"query": 1, "prefetch": 1})), 400, "prefetch")


def test_ten_thousand_prefetches_are_too_many():
    body = {"query": {"fusion": "rrf"}, "prefetch": [{"query": [1, 2]}] * 10_000}
    with serving() as roomy:
        roomy.engine.create_collection("c", models.VectorParams(size=2, distance="Dot"))
        answer = httpx.post(f"{roomy.url}{Q}", json=body, timeout=60)
        refused(answer, 400, "prefetches")
        searches = {"searches": [{"query": [1, 2]}] * 5_000}
        batch = httpx.post(f"{roomy.url}{Q}/batch", json=searches, timeout=60)
        refused(batch, 400, "5000")


def test_a_megabyte_of_wrong_filters_is_told_briefly():
    wrong = {"query": [1, 2], "filter": {"must": [{"key": "a", "match": {"value": 1.5}}] * 20_000}}
    with serving() as roomy:
        answer = httpx.post(f"{roomy.url}{Q}", json=wrong, timeout=60)
    refused(answer, 400, "filter.must")
    assert len(answer.text) < 500


# ----------------------------------------------------------------------------- numbers

HUGE = 10**30


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("points/query", {"query": [1, 2], "limit": HUGE}),
        ("points/query", {"query": [1, 2], "offset": HUGE}),
        ("points/query", {"query": {"fusion": "rrf"}, "prefetch": {"query": 1, "limit": HUGE}}),
        ("points/query/batch", {"searches": [{"query": [1, 2], "limit": HUGE}]}),
        ("points/query/groups", {"query": [1, 2], "group_by": "a", "limit": HUGE}),
        ("points/query/groups", {"query": [1, 2], "group_by": "a", "group_size": HUGE}),
        ("points/search/matrix/pairs", {"sample": HUGE}),
        ("points/search/matrix/offsets", {"limit": HUGE}),
        ("points/scroll", {"limit": HUGE}),
        ("facet", {"key": "a", "limit": HUGE}),
    ],
)
def test_huge_numbers_are_refused(http, path, body):
    answer = http.post(f"/collections/c/{path}", json=body)
    assert answer.status_code in {400, 422}, answer.text
    assert str(HUGE) in answer.text or "integer" in answer.text


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("points/query", {"query": [1, 2], "limit": -1}, "internal.limit"),
        ("points/query", {"query": [1, 2], "offset": -1}, "internal.offset"),
        ("points/scroll", {"limit": -1}, "scroll_request.limit"),
        ("points/search/matrix/pairs", {"sample": -1}, "search_request.sample"),
        ("points/query/groups", {"query": 1, "group_by": "a", "group_size": -1}, "group_size"),
        ("facet", {"key": "a", "limit": 0}, "facet_request.limit"),
    ],
)
def test_small_numbers_are_refused(http, path, body, field):
    refused(http.post(f"/collections/c/{path}", json=body), 422, field)


# -------------------------------------------------------------------------------- time


class Stuck(Engine):
    """An engine whose counts wait until they are let go."""

    def __init__(self) -> None:
        super().__init__(":memory:")
        self.release = Event()

    def count(self, *arguments, **settings):
        self.release.wait(30)
        return super().count(*arguments, **settings)


@pytest.fixture
def stuck():
    with Stuck() as engine:
        engine.create_collection("c", models.VectorParams(size=2, distance="Dot"))
        with serving(Settings(seconds=0.2, threads=2), engine) as served:
            yield served
            engine.release.set()


def test_a_read_that_takes_too_long_is_answered_408_and_delays_nobody(stuck):
    answer = httpx.post(f"{stuck.url}/collections/c/points/count", json={})
    refused(answer, 408, "0.2 s")
    assert httpx.post(f"{stuck.url}{Q}", json={"query": [1, 2]}).status_code == 200
    assert httpx.get(f"{stuck.url}/healthz").status_code == 200


def test_grpc_reads_have_the_same_time_limit(stuck):
    client = QdrantClient(
        url=stuck.url, check_compatibility=False, grpc_port=stuck.grpc_port, prefer_grpc=True
    )
    with pytest.raises(grpc.RpcError) as refusal:
        client.count("c")
    assert refusal.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    client.close()


def test_when_every_thread_is_stuck_other_reads_are_told_so_and_updates_go_on(stuck):
    with httpx.Client(base_url=stuck.url) as http:
        for _ in range(3):
            refused(http.post("/collections/c/points/count", json={}), 408, "Timeout")
        refused(http.post(Q, json={"query": [1, 2]}), 408, "Timeout")
        point = {"points": [{"id": 1, "vector": [1, 2]}]}
        assert http.put("/collections/c/points", json=point).status_code == 200
        stuck.engine.release.set()
        deadline = time.monotonic() + 10
        while http.post(Q, json={"query": [1, 2]}).status_code != 200:
            assert time.monotonic() < deadline


class Slow(Engine):
    """An engine whose counts take a hundred steps of 50 ms, unless nobody waits for them."""

    def __init__(self) -> None:
        super().__init__(":memory:")
        self.begun = Event()
        self.ended = Event()

    def count(self, *_arguments, **_settings):
        self.begun.set()
        try:
            for _ in range(100):
                time.sleep(0.05)
                condition = models.HasIdCondition(has_id=[1])
                super().count("c", models.Filter(must=[condition]))
        except Abandoned:
            self.ended.set()
            raise


@pytest.fixture
def slow():
    with Slow() as engine:
        engine.create_collection("c", models.VectorParams(size=2, distance="Dot"))
        with serving(Settings(seconds=0.7, threads=1), engine) as served:
            yield served


def test_work_that_is_answered_408_ends_and_gives_its_thread_back(slow):
    refused(httpx.post(f"{slow.url}/collections/c/points/count", json={}), 408, "0.7 s")
    assert slow.engine.ended.wait(10)
    assert httpx.post(f"{slow.url}{Q}", json={"query": [1, 2]}).status_code == 200


def test_a_client_may_wait_less_than_the_server_would(slow):
    answer = httpx.post(f"{slow.url}/collections/c/points/count?timeout=1", json={})
    refused(answer, 408, "0.7 s")


def test_work_for_a_reader_who_has_gone_away_ends(slow):
    with serving(Settings(seconds=60), slow.engine) as patient:
        host, port = patient.url.removeprefix("http://").split(":")
        head = "POST /collections/c/points/count HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(head.encode())
            assert slow.engine.begun.wait(10)
        assert slow.engine.ended.wait(10)


# ------------------------------------------------------------------------- disconnects


def test_clients_that_go_away_midway_leave_nothing_behind(served, http):
    host, port = served.url.removeprefix("http://").split(":")
    head = b"PUT /collections/c/points HTTP/1.1\r\nHost: %s\r\nContent-Length: 5000\r\n\r\n"
    for _ in range(20):
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(head % host.encode() + b'{"points":[{"id":99,"vector":[1,2]}')
    assert http.post("/collections/c/points/count", json={}).json()["result"] == {"count": 5}
