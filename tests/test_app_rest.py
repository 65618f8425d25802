"""The REST interface beside the pages: who may use it, and what it leaves to the pages."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from engine import Engine
from engine.api.access import settings
from pages import access, startup
from pages.serving.gate import Gate
from pages.serving.rest import api_beside
from tests.api_serving import serving
from tests.asgi import Web


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    startup.close()
    monkeypatch.setenv("SEXTANT_DATA", str(tmp_path))
    with Engine(tmp_path) as engine:
        engine.create_collection("fruit", {})
    yield
    startup.close()
    access.configure(None)


async def page(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("a page")


def asked(path, environment, peer="127.0.0.1", host="localhost:8501", **headers):
    """Ask an application whose own page takes every path that the API leaves."""
    access.configure(settings(environment))
    gate = Middleware(Gate, api=api_beside())
    app = Starlette(routes=[Route("/{path:path}", page)], middleware=[gate])
    return Web(app, f"http://{host}", peer).fetch(path, **headers)


def test_programs_of_this_machine_are_answered():
    assert asked("/collections", {}).json()["result"] == {"collections": [{"name": "fruit"}]}
    assert asked("/", {}).json()["title"].startswith("qdrant")


@pytest.mark.parametrize("path", ["/", "/collections"])
def test_browsers_get_the_page(path):
    assert asked(path, {}, accept="text/html,*/*").text == "a page"


@pytest.mark.parametrize("path", ["/collections", "/collections/fruit", "/aliases"])
@pytest.mark.parametrize("caller", [{"peer": "10.1.2.3"}, {"host": "rebound.example"}])
def test_without_a_key_only_this_machine_by_its_own_names_is_answered(path, caller):
    refused = asked(path, {}, **caller)
    assert refused.status_code == 403
    assert "SEXTANT_" in refused.json()["status"]["error"]


def test_a_key_opens_it_to_all_who_have_it():
    environment = {"SEXTANT_API_KEY": "a key of sixteen"}
    far = {"peer": "10.1.2.3", "host": "sextant.example"}
    assert asked("/collections", environment, **far).status_code == 401
    assert asked("/collections", environment, **far, api_key="wrong").status_code == 401
    right = asked("/collections", environment, **far, api_key="a key of sixteen")
    assert right.json()["result"]["collections"] == [{"name": "fruit"}]


def test_an_app_that_looks_at_a_server_has_no_data_to_serve(monkeypatch):
    with serving() as served:
        monkeypatch.setenv("SEXTANT_CLUSTER", served.url)
        refused = asked("/collections", {})
    assert refused.status_code == 501
    assert "ask that one" in refused.json()["status"]["error"]
