"""The server as it is started from the command line, and the API beside other pages on one port."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import httpx
import pytest
from qdrant_client import QdrantClient, models
from starlette.responses import PlainTextResponse

from engine import Engine
from engine.api import Service
from engine.api.__main__ import main
from engine.api.beside import ROOTS, ApiBeside
from engine.api.rest import make_api
from tests.api_serving import wait_for_version_checks
from tests.asgi import fetch
from tests.browser.running import free_port

ROOT = Path(__file__).parent.parent
START_LIMIT = 60.0  # seconds, on a machine that does other things too


@pytest.mark.filterwarnings("ignore:Api key is used with an insecure connection")
def test_the_command_serves_a_folder_over_both_and_stops_cleanly(tmp_path):
    rest, grpc = free_port(), free_port()
    command = [sys.executable, "-m", "engine.api", "--path", str(tmp_path), "--port", str(rest)]
    command += ["--grpc-port", str(grpc), "--compat", "1.19", "--api-key", "k"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            wait_until_served(f"http://127.0.0.1:{rest}", process)
            for over_grpc in (False, True):
                client = QdrantClient(
                    url=f"http://127.0.0.1:{rest}",
                    grpc_port=grpc,
                    prefer_grpc=over_grpc,
                    api_key="k",
                )
                name = f"made-{over_grpc}"
                client.create_collection(name, models.VectorParams(size=1, distance="Dot"))
                client.upsert(name, [models.PointStruct(id=1, vector=[1.0])])
                client.close()
            wait_for_version_checks()
        finally:
            process.terminate()
            assert process.wait(30) == 0
    with Engine(tmp_path) as engine:
        assert [engine.count(f"made-{over}").count for over in (False, True)] == [1, 1]


def wait_until_served(url, process):
    deadline = time.monotonic() + START_LIMIT
    while time.monotonic() < deadline:
        assert process.poll() is None, f"ended with {process.returncode}"
        try:
            httpx.get(f"{url}/healthz").raise_for_status()
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"no answer from {url}")


def test_a_folder_in_use_is_told_and_nothing_starts(tmp_path, capsys):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(SystemExit):
        main(["--path", str(tmp_path / "file"), "--grpc-port", "0"])
    assert "file" in capsys.readouterr().err


def test_a_port_in_use_is_told(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        with pytest.raises(SystemExit, match=f"--grpc-port {port} cannot be bound"):
            main(["--path", str(tmp_path), "--grpc-port", port])
    with Engine(tmp_path) as engine:
        assert engine.get_collections().collections == []


# ------------------------------------------------------------------- beside other pages


@pytest.fixture
def beside():
    """An application of pages, and the API beside them."""
    with Engine(":memory:") as engine:
        engine.create_collection("c", models.VectorParams(size=1, distance="Dot"))
        api = ApiBeside(lambda: make_api(Service(engine)))

        async def app(scope, receive, send):
            shown = api if api.owns(scope) else PlainTextResponse("a page")
            await shown(scope, receive, send)

        yield partial(fetch, app)


@pytest.mark.parametrize("path", ["/", "/collections"])
def test_browsers_get_the_page_and_programs_the_json(beside, path):
    browser = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    assert beside(path, **browser).text == "a page"
    assert beside(path, accept="*/*").json()


def test_all_other_paths_stay_the_pages(beside):
    assert beside("/other").text == "a page"
    assert beside("/_stcore/health").text == "a page"
    assert beside("/nothing").text == "a page"


def test_what_is_no_path_stays_the_pages():
    api = ApiBeside(lambda: PlainTextResponse("never made"))
    assert not api.owns({"type": "http", "path": "*", "headers": []})
    assert not api.owns({"type": "websocket", "path": "/collections", "headers": []})


def test_the_api_begins_with_no_other_words():
    with Engine(":memory:") as engine:
        paths = make_api(Service(engine)).openapi()["paths"]
    assert {path.split("/")[1] for path in paths} == {"", *ROOTS - {"docs", "openapi.json"}}


def test_the_api_answers_its_own_paths(beside):
    assert beside("/collections/c").json()["result"]["points_count"] == 0
    assert beside("/collections/c/points/1").status_code == 404
    assert beside("/collections/c", method="DELETE").json()["result"] is True
    assert beside("/collections", method="DELETE").status_code == 405
    assert beside("/docs", accept="text/html").status_code == 200
