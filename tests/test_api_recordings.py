"""What clients of another version than the installed one send, recorded and asked anew.

`recordings/client_1.18.json` holds every request of qdrant-client 1.18.0, over REST and gRPC, that
a script of all its methods makes; 1.19.1 sends the same ones.
"""

from __future__ import annotations

import json
from base64 import b64decode
from pathlib import Path

import grpc  # type: ignore[import-untyped]  # its stubs are a package of their own
import httpx
import pytest
from qdrant_client import QdrantClient

from tests.api_serving import serving, wait_for_version_checks

RECORDED = json.loads((Path(__file__).parent / "recordings" / "client_1.18.json").read_text())
LEFT = 10  # points, when all is done


@pytest.fixture
def served():
    with serving() as served:
        yield served


def test_every_rest_request_of_an_older_client_is_answered(served):
    with httpx.Client(base_url=served.url) as http:
        for asked in RECORDED["rest"]:
            answer = http.request(asked["method"], asked["path"], json=asked["body"])
            assert answer.status_code == 200, (asked, answer.text)
            assert answer.json()["status"] == "ok"
    assert served.engine.count("t").count == LEFT


def test_every_message_of_an_older_client_is_answered(served):
    with grpc.insecure_channel(f"127.0.0.1:{served.grpc_port}") as channel:
        for asked in RECORDED["grpc"]:
            assert channel.unary_unary(asked["method"])(b64decode(asked["message"])), asked
    assert served.engine.count("t").count == LEFT


def test_an_older_client_hears_of_a_version_that_it_accepts(served, recwarn):
    client = QdrantClient(url=served.url)
    assert client.info().version == "1.19.0"
    wait_for_version_checks()
    client.close()
    assert not [warning for warning in recwarn if "incompatible" in str(warning.message)]
