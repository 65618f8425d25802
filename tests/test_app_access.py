"""Who comes in to the app: by which address, with which cookie, and what a reader cannot change."""

from __future__ import annotations

from pathlib import Path

import pytest
from qdrant_client import QdrantClient
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from streamlit.testing.v1 import AppTest

from app import main
from engine import Engine
from engine.api import Settings
from engine.api.access import settings as told
from engine.api.errors import Forbidden
from engine.api.settings import Access
from explorer.client import READS, reader
from explorer.cluster import Cluster
from pages import access, startup
from pages.serving import sign_in
from pages.serving.gate import Gate
from pages.serving.rest import api_beside
from pages.serving.sessions import LIFE, Sessions
from tests.asgi import Web

KEYS = {"SEXTANT_API_KEY": "a key of sixteen", "SEXTANT_READ_ONLY_API_KEY": "only to look"}
STREAM = "/_stcore/stream"
PAGE = {"accept": "text/html,*/*;q=0.8"}
SCRIPTS = Path(__file__).parent.parent / "pages"


@pytest.fixture(autouse=True)
def forget_settings():
    yield
    access.configure(None)


@pytest.fixture
def data_folder(tmp_path, monkeypatch):
    startup.close()
    monkeypatch.setenv("SEXTANT_DATA", str(tmp_path))
    yield
    startup.close()


async def page(_request):
    return PlainTextResponse("a page")


async def echo(websocket):
    await websocket.accept()
    async for word in websocket.iter_text():
        await websocket.send_text(word)


def browser(environment, base_url="http://localhost", peer="127.0.0.1"):
    access.configure(told(environment))
    routes = [
        *sign_in.ROUTES,
        WebSocketRoute("/_stcore/stream", echo),
        Route("/{path:path}", page, methods=["GET", "POST"]),
    ]
    app = Starlette(routes=routes, middleware=[Middleware(Gate, api=api_beside())])
    return Web(app, base_url, peer)


def sign_in_with(web, key, wanted="/"):
    return web.fetch("/sign-in", "POST", {"key": key, "next": wanted}, **PAGE)


@pytest.fixture
def hasty(monkeypatch):
    monkeypatch.setattr(sign_in, "_PAUSE", 0.0)


# --------------------------------------------------------------------------- without a key


def test_without_a_key_this_machine_comes_in():
    assert browser({}).fetch("/explore").text == "a page"


@pytest.mark.parametrize("where", [{"peer": "10.1.2.3"}, {"base_url": "http://rebound.example"}])
def test_without_a_key_other_machines_and_names_do_not(where):
    web = browser({}, **where)
    for path in ("/explore", "/_stcore/health", "/sextant/points"):
        refused = web.fetch(path)
        assert refused.status_code == 403
        assert "SEXTANT_" in refused.text
    assert web.talk(STREAM, ["hello"]) == [1008]


def test_told_so_everybody_comes_in():
    where = {"peer": "10.1.2.3", "base_url": "http://sextant.example"}
    assert browser({"SEXTANT_WITHOUT_KEY": "yes"}, **where).fetch("/explore").text == "a page"
    named = {"SEXTANT_ALLOWED_HOSTS": "sextant.example"}
    assert browser(named, base_url="http://sextant.example").fetch("/explore").text == "a page"


@pytest.mark.parametrize("origin", ["http://evil.example", "null"])
def test_foreign_pages_open_no_websocket_and_post_nothing(origin):
    web = browser({})
    headers = {"origin": origin}
    assert web.fetch("/_stcore/upload_file/x", "POST", **headers).status_code == 403
    assert web.talk(STREAM, ["hello"], **headers) == [1008]
    allowed = browser({"SEXTANT_ALLOWED_ORIGINS": "http://evil.example, null"})
    assert allowed.fetch("/explore", **headers).text == "a page"


# ------------------------------------------------------------------------------- signing in


def test_a_stranger_is_led_to_the_form_and_back(hasty):
    web = browser(KEYS, base_url="https://sextant.example", peer="10.1.2.3")
    led = web.fetch("/hybrid?v=1&limit=3", **PAGE)
    assert led.status_code == 303
    assert led.headers["location"] == "/sign-in?next=%2Fhybrid%3Fv%3D1%26limit%3D3"
    form = web.fetch(led.headers["location"])
    assert 'value="/hybrid?v=1&amp;limit=3"' in form.text
    assert "frame-ancestors 'none'" in form.headers["content-security-policy"]
    wrong = sign_in_with(web, "a guess", "/hybrid")
    assert wrong.status_code == 401
    assert "not the right one" in wrong.text
    right = sign_in_with(web, KEYS["SEXTANT_API_KEY"], "/hybrid?v=1&limit=3")
    assert right.headers["location"] == "/hybrid?v=1&limit=3"
    cookie = right.headers["set-cookie"]
    assert all(part in cookie for part in ("HttpOnly", "SameSite=strict", "Secure"))
    assert KEYS["SEXTANT_API_KEY"] not in cookie
    assert web.fetch("/hybrid", **PAGE).text == "a page"
    assert web.fetch("/sign-in?next=/hybrid").headers["location"] == "/hybrid"


@pytest.mark.parametrize(
    "path", ["/sextant/points", "/_stcore/host-config", "/media/x", "/static/x"]
)
def test_what_is_not_a_page_is_told_401(path):
    answer = browser(KEYS).fetch(path)
    assert answer.status_code == 401
    assert "/sign-in" in answer.text


def test_no_websocket_for_strangers_and_none_after_signing_out():
    web = browser(KEYS)
    assert web.talk(STREAM, ["hello"]) == [1008]
    sign_in_with(web, "only to look")
    assert web.talk(STREAM, ["hello"]) == ["hello"]
    heard = web.talk(STREAM, ["hello", lambda: web.fetch("/sign-out"), "still here?"])
    assert heard == ["hello"]
    assert web.fetch("/hybrid", **PAGE).status_code == 303


def test_a_link_on_another_site_is_followed_once_more_with_the_cookie():
    answer = browser(KEYS).fetch("/hybrid", sec_fetch_site="cross-site", **PAGE)
    assert answer.status_code == 200
    assert "refresh" in answer.text


@pytest.mark.parametrize(
    "wanted", ["//evil.example", "https://evil.example", "/\\evil.example", "/\nx", ""]
)
def test_signing_in_leads_nowhere_else(wanted):
    web = browser(KEYS)
    assert sign_in_with(web, "only to look", wanted).headers["location"] == "/"


def test_the_form_takes_no_long_bodies(hasty):
    web = browser(KEYS)
    assert sign_in_with(web, "x" * 100_000).status_code == 401
    foreign = {"origin": "http://evil.example"}
    key = {"key": "only to look"}
    assert web.fetch("/sign-in", "POST", key, **foreign).status_code == 403


def test_the_rest_interface_asks_for_the_key_not_for_the_cookie(data_folder):
    web = browser(KEYS)
    sign_in_with(web, KEYS["SEXTANT_API_KEY"])
    assert web.fetch("/collections/emoji").status_code == 401
    assert web.fetch("/collections/emoji", api_key="only to look").status_code == 200
    assert web.fetch("/healthz").status_code == 200


def test_sessions_end_in_time():
    now = 0.0
    sessions = Sessions(clock=lambda: now)
    first = sessions.begin(Access.READ)
    assert sessions.access(first) is Access.READ
    assert sessions.access("guess") is sessions.access(None) is Access.NONE
    now = LIFE + 1.0
    assert sessions.access(first) is Access.NONE
    second = sessions.begin(Access.WRITE)
    assert sessions.access(second) is Access.WRITE
    sessions.end(second)
    assert sessions.access(second) is Access.NONE


# -------------------------------------------------------------------------------- settings


def test_keys_come_from_files_too(tmp_path):
    file = tmp_path / "key"
    file.write_text("from a file\n")
    assert told({"SEXTANT_API_KEY_FILE": str(file)}).api_key == "from a file"
    assert told({"SEXTANT_API_KEY_FILE": str(file), "SEXTANT_API_KEY": "told"}).api_key == "told"
    file.write_text(" \n")
    with pytest.raises(ValueError, match="empty"):
        told({"SEXTANT_API_KEY_FILE": str(file)})
    with pytest.raises(ValueError, match="nowhere"):
        told({"SEXTANT_READ_ONLY_API_KEY_FILE": str(tmp_path / "nowhere")})


def test_it_does_not_listen_to_others_without_a_key(monkeypatch, capsys):
    for variable in KEYS:
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr("sys.argv", ["app.py", "--host", "0.0.0.0"])
    with pytest.raises(SystemExit):
        main()
    assert "--without-key" in capsys.readouterr().err


# --------------------------------------------------------------------------------- readers


WRITES = {
    *("batch_update_points", "build_index", "cancel_index", "clear_payload", "close"),
    *("create_collection", "create_payload_index", "create_vector_name", "delete"),
    *("delete_collection", "delete_payload", "delete_payload_index", "delete_vector_name"),
    *("delete_vectors", "overwrite_payload", "recreate_collection", "set_payload"),
    *("update_collection", "update_collection_aliases", "update_vectors"),
    *("upload_collection", "upload_points", "upsert"),
}


def test_each_method_of_the_engine_is_known_to_read_or_to_write():
    methods = {
        name for name in dir(Engine) if not name.startswith("_") and callable(getattr(Engine, name))
    }
    assert methods - READS == WRITES, "a method that only reads belongs into explorer.client.READS"


@pytest.mark.parametrize("kind", [Engine, QdrantClient])
def test_every_method_but_the_reading_ones_is_refused(kind):
    client = kind(":memory:")
    face = reader(client)
    for name in dir(kind):
        if name.startswith("_") or name in READS | {"close"} or not callable(getattr(kind, name)):
            continue
        with pytest.raises(Forbidden, match="only allows reading"):
            getattr(face, name)("c")
    face.close()
    assert face.get_collections().collections == []
    client.close()


def test_a_reader_sees_why_nothing_can_be_changed(data_folder, monkeypatch):
    access.configure(Settings(api_key="k", read_only_api_key="r"))
    monkeypatch.setattr(access, "granted", lambda _cookies: Access.READ)
    app = AppTest.from_file(str(SCRIPTS / "catalog/page.py"), default_timeout=30).run()
    assert not app.exception
    assert any("only allows reading" in text.value for text in app.markdown)
    labels = {button.label for button in app.button}
    assert "Explore" in labels
    assert not labels & {"Delete", "Load", "Import"}
    connect = AppTest.from_file(str(SCRIPTS / "connect/page.py"), default_timeout=30).run()
    assert not connect.exception
    assert {button.label for button in connect.button} == {"Explore"}


PAGES = ["explore", "hybrid", "matrix", "graph", "clusters", "outliers", "cleaning"]


@pytest.mark.parametrize("name", PAGES)
def test_every_page_works_for_a_reader(name, data_folder, monkeypatch):
    monkeypatch.setattr(access, "may_write", lambda: False)
    app = AppTest.from_file(str(SCRIPTS / f"{name}/page.py"), default_timeout=60).run()
    assert not app.exception
    assert not app.error


def test_a_reader_cannot_be_led_to_another_place(data_folder, monkeypatch):
    monkeypatch.setattr(access, "may_write", lambda: False)
    with pytest.raises(Forbidden, match="only allows reading"):
        startup.connect(Cluster.at("http://localhost:6333"))
    connection = startup.connection()
    with pytest.raises(Forbidden):
        connection.workspace.client.delete_collection("emoji")
    assert connection.workspace.summary("emoji").points > 1_500
    assert connection.reader is not startup.home()
    assert startup.home().reader is connection
