"""The recorded answers and refusals, through the unmodified client over REST and over gRPC."""

from __future__ import annotations

import grpc  # type: ignore[import-untyped]  # its stubs are a package of their own
import httpx
import pytest
from qdrant_client import QdrantClient
from qdrant_client.http.exceptions import UnexpectedResponse

from tests import test_golden as golden
from tests.api_serving import serving

PATHS = {
    "query": "points/query",
    "scroll": "points/scroll",
    "retrieve": "points",
    "groups": "points/query/groups",
    "matrix/pairs": "points/search/matrix/pairs",
    "matrix/offsets": "points/search/matrix/offsets",
    "facet": "facet",
    "count": "points/count",
}
CODES = {
    400: grpc.StatusCode.INVALID_ARGUMENT,
    404: grpc.StatusCode.NOT_FOUND,
    422: grpc.StatusCode.INVALID_ARGUMENT,
}
ONLY_JSON = {"unknown_filter_clause", "field_condition_without_any"}  # clients cannot send them


@pytest.fixture(scope="module")
def served():
    with serving() as served:
        for name, fixture in golden.load("fixtures").items():
            golden.create_collection(served.engine, name, fixture)
        yield served


@pytest.fixture(scope="module", params=["rest", "grpc"])
def client(served, request):
    over_grpc = request.param == "grpc"
    client = QdrantClient(
        url=served.url, check_compatibility=False, grpc_port=served.grpc_port, prefer_grpc=over_grpc
    )
    yield client
    client.close()


@pytest.fixture(scope="module")
def http(served):
    with httpx.Client(base_url=served.url) as http:
        yield http


@pytest.mark.parametrize("case", golden.CASES, ids=[case["name"] for case in golden.CASES])
def test_answers_as_recorded(client, case):
    answer = golden.ask(client, case)
    if case["op"] == "retrieve" and client.init_options["prefer_grpc"]:
        for found, wanted in zip(answer, case["expect"]["records"], strict=True):
            if "payload" not in wanted:  # a message knows no missing payload, only an empty one
                assert found.pop("payload") == {}
    golden.check(case, answer)


@pytest.mark.parametrize("case", golden.ERRORS, ids=[case["name"] for case in golden.ERRORS])
def test_json_is_refused_with_the_recorded_status_and_message(http, case):
    answer = http.post(f"/collections/{case['fixture']}/{PATHS[case['op']]}", json=case["body"])
    assert answer.status_code == case["status"], answer.text
    assert case["message_contains"] in answer.json()["status"]["error"]
    assert "result" not in answer.json()


SENDABLE = [case for case in golden.ERRORS if case["name"] not in ONLY_JSON]


@pytest.mark.parametrize("case", SENDABLE, ids=[case["name"] for case in SENDABLE])
def test_the_client_is_refused_with_the_recorded_message(client, case):
    with pytest.raises((UnexpectedResponse, grpc.RpcError)) as refusal:
        golden.ask(client, case)
    error = refusal.value
    if isinstance(error, UnexpectedResponse):
        assert error.status_code == case["status"]
        assert case["message_contains"] in error.content.decode().replace('\\"', '"')
    else:
        assert error.code() is CODES[case["status"]]
        assert case["message_contains"] in error.details()
