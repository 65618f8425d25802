"""The REST interface beside the pages: who may use it, and what it leaves to the pages."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from engine import Engine
from pages import startup
from pages.rest import api_route
from tests.api_serving import serving


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    startup.close()
    monkeypatch.setenv("SEXTANT_DATA", str(tmp_path))
    with Engine(tmp_path) as engine:
        engine.create_collection("fruit", {})
    yield
    startup.close()


def asked(
    path: str,
    environment: dict[str, str],
    peer: str = "127.0.0.1",
    host: str = "localhost:8501",
    **headers: str,
) -> httpx.Response:
    """Ask an application whose own page takes every path that the API leaves."""

    def page(_request: Request) -> PlainTextResponse:
        return PlainTextResponse("a page")

    app = Starlette(routes=[api_route(environment), Route("/{path:path}", page)])

    async def answer() -> httpx.Response:
        transport = httpx.ASGITransport(app=app, client=(peer, 50_000))
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as client:
            return await client.get(path, headers=headers)

    with ThreadPoolExecutor(1) as apart:  # a browser test may have left a loop running in ours
        return apart.submit(asyncio.run, answer()).result()


def test_programs_of_this_machine_are_answered():
    assert asked("/collections", {}).json()["result"] == {"collections": [{"name": "fruit"}]}
    assert asked("/", {}).json()["title"].startswith("qdrant")


@pytest.mark.parametrize("path", ["/", "/collections"])
def test_browsers_get_the_page(path):
    assert asked(path, {}, accept="text/html,*/*").text == "a page"


def test_without_a_key_other_machines_see_no_interface():
    assert asked("/collections", {}, peer="10.1.2.3").text == "a page"


def test_without_a_key_only_the_machines_own_names_are_answered():
    assert asked("/collections", {}, host="rebound.example").status_code == 400


def test_a_key_opens_it_to_all_who_have_it():
    environment = {"SEXTANT_API_KEY": "a key of sixteen"}
    far = {"peer": "10.1.2.3", "host": "sextant.example"}
    assert asked("/collections", environment, **far).status_code == 401
    assert asked("/collections", environment, **far, **{"api-key": "wrong"}).status_code == 401
    right = asked("/collections", environment, **far, **{"api-key": "a key of sixteen"})
    assert right.json()["result"]["collections"] == [{"name": "fruit"}]


def test_an_app_that_looks_at_a_server_has_no_data_to_serve(monkeypatch):
    with serving() as served:
        monkeypatch.setenv("SEXTANT_CLUSTER", served.url)
        refused = asked("/collections", {})
    assert refused.status_code == 501
    assert "ask that one" in refused.json()["status"]["error"]
