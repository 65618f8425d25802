"""The application: it starts in every promised way, serves its data, and survives a bad folder."""

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import httpx
import numpy as np
import pytest
from starlette.applications import Starlette
from streamlit.testing.v1 import AppTest

from engine import Engine
from explorer import filling
from explorer.export import Export, ExportFormat, export_file
from pages import startup
from pages.serving import routes
from tests.asgi import fetch
from tests.browser.running import free_port, wait_until_healthy

ROOT = Path(__file__).parent.parent
SCRIPT = ROOT / "pages" / "main.py"
BIN = Path(sys.executable).parent


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty data folder that the app will use."""
    startup.close()
    startup.close()
    monkeypatch.setenv("SEXTANT_DATA", str(tmp_path))
    yield tmp_path
    startup.close()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEXTANT_DATA", str(tmp_path_factory.mktemp("data")))
        yield
        startup.close()


class Web:
    """Gets from our routes without a server."""

    def get(self, path: str) -> httpx.Response:
        return fetch(Starlette(routes=routes.ROUTES), path)


@pytest.fixture
def web(shared: None) -> Web:
    return Web()


@pytest.fixture
def points(shared: None):
    return startup.point_maps().points("emoji", "text")


@pytest.mark.parametrize(
    "command",
    [
        [sys.executable, "app.py", "--port", "{port}", "--data", "{data}"],
        [str(BIN / "uvicorn"), "app:app", "--port", "{port}", "--log-level", "warning"],
        [str(BIN / "streamlit"), "run", "app.py", "--server.port", "{port}"],
    ],
    ids=["python", "uvicorn", "streamlit"],
)
def test_every_promised_command_starts_it(command, folder):
    port = free_port()
    filled = [part.format(port=port, data=folder) for part in command]
    with subprocess.Popen(filled, cwd=ROOT) as process:
        url = f"http://127.0.0.1:{port}"
        try:
            wait_until_healthy(f"{url}/_stcore/health", process)
            module = urllib.request.urlopen(f"{url}{routes.module_url('map.js')}", timeout=10)
            assert b"export default" in module.read()
        finally:
            process.terminate()
            assert process.wait(20) is not None
    with Engine(folder) as engine:
        assert engine.count("emoji").count > 1_500


def test_frontend_modules_are_kept_for_good_under_their_hash(web):
    served = web.get(routes.module_url("map.js"))
    assert served.status_code == 200
    assert served.headers["content-type"].startswith("text/javascript")
    assert "immutable" in served.headers["cache-control"]
    stale = web.get("/sextant/frontend/0000/map.js")
    assert stale.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "path", ["%2e%2e/points.py", "..%2Fpoints.py", "none.js", "__init__.py", ""]
)
def test_only_frontend_files_are_served(web, path):
    assert web.get(f"/sextant/frontend/{routes.frontend_hash()}/{path}").status_code == 404


def test_points_and_colours_are_served_packed(web, points):
    served = web.get(routes.points_url(points))
    assert served.headers["content-encoding"] == "identity"
    assert np.frombuffer(served.content, "<u4", count=1)[0] == len(points)
    assert len(served.content) == 4 + 8 * len(points)
    colouring = startup.point_maps().colouring(points, "group")
    coloured = web.get(routes.colours_url(points, colouring))
    assert len(coloured.content) == 8 + len(points)


def test_an_exported_file_is_served_from_the_disk_while_it_is_kept(web, points):
    jobs, client = startup.jobs(), startup.workspace().client
    export = Export("emoji", ExportFormat.CSV, vectors=False)
    job = jobs.start("an export", "Exporting", partial(export_file, client, export))
    assert job.wait(60)
    served = web.get(routes.job_file_url("an export"))
    assert served.headers["content-disposition"] == 'attachment; filename="emoji.csv"'
    assert served.content == job.result.path.read_bytes()
    jobs.dismiss("an export")
    assert web.get(routes.job_file_url("an export")).status_code == 410
    assert web.get(routes.job_file_url("an export").replace("at=", "at=x")).status_code == 410


def test_details_and_glyphs_are_json(web, points):
    looks = web.get(routes.details_url(points).replace("{index}", "660")).json()
    assert looks["id"] == "660"
    assert looks["title"] == "cookie"
    assert dict(looks["fields"])["group"] == "Food & Drink"
    glyphs = web.get(routes.glyphs_url(points, "glyph")).json()
    assert len(glyphs) == len(points)
    assert glyphs[660] == looks["picture"]["text"]


@pytest.mark.parametrize("query", ["", "?collection=emoji&mode=recommend"])
def test_the_first_page_is_found_under_its_name_too(web, query):
    answer = web.get(f"/explore{query}")
    assert (answer.status_code, answer.headers["location"]) == (307, f"./{query}")


def test_what_is_no_more_answers_with_a_sentence(web, points):
    old = routes.points_url(points).replace(points.version, "0" * 16)
    assert web.get(old).status_code == 410
    assert "reload" in web.get(old).text
    at = startup.connection().token
    assert web.get(f"/sextant/mask?at={at}&collection=emoji&version=0").status_code == 410
    assert web.get("/sextant/points").status_code == 400
    gone = f"/sextant/points?at={at}&collection=gone&using=&version=0"
    assert web.get(gone).status_code == 404
    assert "gone" in web.get(gone).text
    beyond = routes.details_url(points).replace("{index}", "999999")
    assert web.get(beyond).status_code == 404


def test_a_locked_folder_is_told_by_the_page_and_a_reload_tries_again(folder):
    program = (
        "import sys, time; from engine import Engine; e = Engine(sys.argv[1]);"
        "print('open', flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(folder)], cwd=ROOT, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"open\n"
        app = AppTest.from_file(str(SCRIPT), default_timeout=30).run()
        assert not app.exception
        assert str(folder) in app.error[0].value
        other.kill()
        other.wait()
    deadline = time.monotonic() + 10
    while app.error and time.monotonic() < deadline:
        app.run()
    assert not app.error
    assert app.get("bidi_component")


def test_a_folder_that_cannot_be_made_is_told_by_the_page(folder, monkeypatch):
    occupied = folder / "file"
    occupied.write_text("in the way")
    monkeypatch.setenv("SEXTANT_DATA", str(occupied))
    app = AppTest.from_file(str(SCRIPT), default_timeout=30).run()
    assert not app.exception
    assert str(occupied) in app.error[0].value


def test_an_empty_workspace_leads_to_the_collections_page(folder):
    startup.workspace().client.delete_collection("emoji")
    app = AppTest.from_file(str(SCRIPT), default_timeout=30).run()
    assert not app.exception
    assert "no collection" in app.info[0].value


def test_a_first_set_cut_short_is_loaded_anew(folder):
    with Engine(folder) as engine:
        engine.create_collection("emoji", {}, metadata=filling.begun("Emoji"))
    assert startup.workspace().summary("emoji").points > 1_500
    assert startup.workspace().summary("emoji").unfinished is None


def test_a_deleted_collection_is_left_behind(folder):
    app = AppTest.from_file(str(SCRIPT), default_timeout=30).run()
    assert json.loads(app.get("bidi_component")[0].proto.json)
    startup.workspace().client.delete_collection("emoji")
    app.run()
    assert not app.exception
