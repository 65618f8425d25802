"""Who may come in: API keys over REST and gRPC, pages of foreign origins, foreign host names."""

from __future__ import annotations

import grpc  # type: ignore[import-untyped]  # its stubs are a package of their own
import httpx
import pytest
from qdrant_client import QdrantClient, models
from qdrant_client.http.exceptions import UnexpectedResponse

from engine.api import Settings
from engine.api.settings import Access
from tests.api_serving import serving

KEYS = Settings(api_key="secret", read_only_api_key="lookonly", allowed_origins=("http://good",))
READS = [
    ("GET", "/collections"),
    ("GET", "/collections/c"),
    ("GET", "/collections/c/exists"),
    ("GET", "/aliases"),
    ("POST", "/collections/c/points/query"),
    ("POST", "/collections/c/points/count"),
    ("POST", "/collections/c/points/scroll"),
]
WRITES = [
    ("PUT", "/collections/new"),
    ("DELETE", "/collections/c"),
    ("PATCH", "/collections/c"),
    ("POST", "/collections/aliases"),
    ("PUT", "/collections/c/index"),
    ("PUT", "/collections/c/points"),
    ("POST", "/collections/c/points/delete"),
    ("POST", "/collections/c/points/payload"),
    ("POST", "/collections/c/points/batch"),
    ("PUT", "/collections/c/vectors/v"),
]


@pytest.fixture(scope="module")
def served():
    with serving(KEYS) as served:
        served.engine.create_collection("c", models.VectorParams(size=2, distance="Dot"))
        yield served


def send(served, method, path, **headers):
    body: dict[str, str] | None = {} if method in {"POST", "PUT", "PATCH"} else None
    with httpx.Client(base_url=served.url) as http:
        return http.request(method, path, json=body, headers=headers)


# ---------------------------------------------------------------------------------- keys


@pytest.mark.parametrize(
    ("settings", "key", "access"),
    [
        (Settings(), None, Access.WRITE),
        (Settings(), "whatever", Access.WRITE),
        (KEYS, None, Access.NONE),
        (KEYS, "", Access.NONE),
        (KEYS, "secre", Access.NONE),
        (KEYS, "sécret", Access.NONE),
        (KEYS, "lookonly", Access.READ),
        (KEYS, "secret", Access.WRITE),
        (Settings(read_only_api_key="r"), "r", Access.READ),
        (Settings(read_only_api_key="r"), None, Access.NONE),
    ],
)
def test_a_key_grants(settings, key, access):
    assert settings.access(key) is access


def test_keys_do_not_show_in_logs():
    assert "secret" not in repr(KEYS)
    assert "lookonly" not in str(KEYS)


@pytest.mark.parametrize(("method", "path"), READS + WRITES)
def test_without_a_key_nothing_is_answered(served, method, path):
    for headers in ({}, {"api-key": "wrong"}, {"authorization": "Bearer wrong"}):
        answer = send(served, method, path, **headers)
        assert answer.status_code == 401
        assert "API key" in answer.json()["status"]["error"]


@pytest.mark.parametrize(("method", "path"), READS)
def test_a_read_only_key_reads(served, method, path):
    assert send(served, method, path, **{"api-key": "lookonly"}).status_code == 200
    assert send(served, method, path, authorization="Bearer lookonly").status_code == 200


@pytest.mark.parametrize(("method", "path"), WRITES)
def test_a_read_only_key_changes_nothing(served, method, path):
    answer = send(served, method, path, **{"api-key": "lookonly"})
    assert answer.status_code == 403
    assert answer.json()["status"]["error"].startswith("Forbidden: ")
    assert served.engine.collection_exists("c")


def test_health_needs_no_key(served):
    for path in ("/", "/healthz", "/livez", "/readyz"):
        assert send(served, "GET", path).status_code == 200


def client(served, key, over_grpc):
    return QdrantClient(
        url=served.url,
        api_key=key,
        grpc_port=served.grpc_port,
        prefer_grpc=over_grpc,
        check_compatibility=False,
    )


@pytest.mark.filterwarnings("ignore:Api key is used with an insecure connection")
@pytest.mark.parametrize("over_grpc", [False, True], ids=["rest", "grpc"])
def test_clients_give_their_key(served, over_grpc):
    refused = (UnexpectedResponse, grpc.RpcError)
    full, reader, stranger = (client(served, key, over_grpc) for key in ("secret", "lookonly", "x"))
    assert full.upsert("c", [models.PointStruct(id=1, vector=[1, 2])]).status == "completed"
    assert reader.count("c").count == 1
    with pytest.raises(refused, match=r"403|PERMISSION_DENIED"):
        reader.delete_collection("c")
    with pytest.raises(refused, match=r"401|UNAUTHENTICATED"):
        stranger.count("c")
    for one in (full, reader, stranger):
        one.close()


# ------------------------------------------------------------------------- web browsers


def test_pages_of_foreign_origins_are_refused_even_where_browsers_do_not_ask(served):
    for origin in ("http://evil", "null", "http://127.0.0.1:1"):
        answer = send(
            served, "POST", "/collections/c/points/delete", origin=origin, **{"api-key": "secret"}
        )
        assert answer.status_code == 403, origin
        assert "access-control-allow-origin" not in answer.headers


def test_pages_of_its_own_and_of_allowed_origins_may_call(served):
    for origin in (served.url, "http://good"):
        answer = send(served, "GET", "/collections", origin=origin, **{"api-key": "secret"})
        assert answer.status_code == 200, origin
    assert answer.headers["access-control-allow-origin"] == "http://good"


def test_browsers_may_ask_first(served):
    asks = {"access-control-request-method": "PUT", "access-control-request-headers": "api-key"}
    allowed = httpx.options(
        f"{served.url}/collections/c", headers={"origin": "http://good", **asks}
    )
    assert allowed.status_code == 200
    assert "PUT" in allowed.headers["access-control-allow-methods"]
    foreign = httpx.options(
        f"{served.url}/collections/c", headers={"origin": "http://evil", **asks}
    )
    assert "access-control-allow-origin" not in foreign.headers


def test_a_star_allows_every_origin():
    with serving(Settings(allowed_origins=("*",))) as served:
        assert send(served, "GET", "/collections", origin="http://any").status_code == 200


def test_only_its_own_names_are_answered():
    with serving(Settings(allowed_hosts=("127.0.0.1", "localhost"))) as served:
        assert send(served, "GET", "/collections").status_code == 200
        rebound = send(served, "GET", "/collections", host="rebound.example:6333")
        assert rebound.status_code == 403
        assert "rebound.example" in rebound.json()["status"]["error"]
        for strange in ("[", "[::", "@", "a b"):
            assert send(served, "GET", "/collections", host=strange).status_code in {400, 403}
            assert (
                send(served, "GET", "/collections", origin=f"http://{strange}").status_code == 403
            )
