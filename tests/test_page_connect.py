"""The Connect page, and all pages while they look at a server or at another folder."""

import asyncio
import gc
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import numpy as np
import pytest
from qdrant_client import models
from starlette.applications import Starlette
from streamlit.testing.v1 import AppTest

from engine import Engine
from engine.api import Settings
from pages import reading, startup
from pages.serving import routes
from tests.api_serving import Served, serving

SCRIPT = Path(__file__).parent.parent / "pages" / "main.py"
LIMIT = 30  # seconds, on a machine that does other things too
KEY = "a key of sixteen"


def fill(engine: Engine, name: str, count: int) -> None:
    engine.create_collection(name, models.VectorParams(size=2, distance=models.Distance.EUCLID))
    names = [{"name": f"{name} {n}", "kind": "ab"[n % 2]} for n in range(count)]
    rows = np.random.default_rng(0).normal(size=(count, 2))
    engine.upload_collection(name, rows, payload=names, ids=range(count))


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    with serving(Settings(api_key=KEY, read_only_api_key="read only")) as served:
        fill(served.engine, "pears", 40)
        yield served


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A data folder with one small collection, so that no first start loads the emoji."""
    startup.close()
    monkeypatch.setenv("SEXTANT_DATA", str(tmp_path / "data"))
    with Engine(tmp_path / "data") as engine:
        fill(engine, "apples", 30)
    yield tmp_path / "data"
    startup.close()


@pytest.fixture
def app() -> AppTest:
    app = AppTest.from_file(str(SCRIPT), default_timeout=LIMIT).run()
    return shown(app.switch_page("connect/page.py").run())


def shown(app: AppTest) -> AppTest:
    assert not app.exception
    return app


def press(app: AppTest, key: str) -> AppTest:
    return shown(next(b for b in app.button if b.key and b.key.startswith(key)).click().run())


def connected(app: AppTest, url: str, key: str = "") -> AppTest:
    app.text_input(key="connect.url").set_value(url)
    app.text_input(key="connect.key").set_value(key)
    return press(app, "FormSubmitter:connect.server")


def page(app: AppTest, name: str) -> AppTest:
    return shown(app.switch_page(name).run())


def texts(app: AppTest) -> str:
    kinds = (app.markdown, app.caption, app.error, app.info, app.warning, app.title, app.subheader)
    return "\n".join(element.value for elements in kinds for element in elements)


def data(app: AppTest, name: str) -> dict:
    components = app.get("bidi_component")
    found = next(c for c in components if c.proto.component_name == f"sextant_{name}")
    return json.loads(found.proto.json)


def get(path: str) -> httpx.Response:
    async def answer() -> httpx.Response:
        transport = httpx.ASGITransport(app=Starlette(routes=routes.ROUTES))
        async with httpx.AsyncClient(transport=transport, base_url="http://app") as client:
            return await client.get(path)

    with ThreadPoolExecutor(1) as apart:
        return apart.submit(asyncio.run, answer()).result()


def test_the_page_says_what_is_looked_at(app, data_folder):
    assert str(data_folder) in texts(app)
    assert "1 collection: apples" in texts(app)
    assert not any(button.key == "connect.own" for button in app.button)


def test_a_server_is_looked_at_and_left_again(app, server):
    app = connected(app, server.url, KEY)
    assert server.url in texts(app)
    assert "1 collection: pears" in texts(app)
    assert "#### pears" in texts(page(app, "catalog/page.py"))
    assert data(page(app, "explore/page.py"), "map")["points"]["version"]
    assert app.query_params["collection"] == "pears"
    app = press(page(app, "connect/page.py"), "connect.own")
    assert "1 collection: apples" in texts(app)
    page(app, "explore/page.py")
    assert app.query_params["collection"] == "apples"


def test_a_key_is_nowhere_to_be_read(app, server, caplog):
    app = page(connected(app, server.url, KEY), "explore/page.py")
    told = [data(app, name) for name in ("map", "cards", "chips")]
    assert KEY not in f"{told} {dict(app.query_params)} {texts(app)} {caplog.text}"
    assert "connect.key" not in app.session_state


@pytest.mark.parametrize(
    ("key", "told"), [("", "wants an API key"), ("wrong", "does not accept this API key")]
)
def test_a_wrong_key_is_told_and_nothing_changes(app, server, key, told):
    app = connected(app, server.url, key)
    assert told in app.error[0].value
    assert "1 collection: apples" in texts(app)


def test_a_wrong_address_is_told(app):
    assert "not an address" in connected(app, "ftp://pears").error[0].value
    assert "does not answer" in connected(app, "http://127.0.0.1:9").error[0].value


def test_another_folder_is_opened(app, tmp_path):
    with Engine(tmp_path / "other") as engine:
        fill(engine, "plums", 5)
    app.segmented_control(key="connect.kind").set_value("Folder on this machine").run()
    app.text_input(key="connect.path").set_value(str(tmp_path / "none"))
    app = press(app, "FormSubmitter:connect.folder")
    assert "There is no folder" in app.error[0].value
    app.text_input(key="connect.path").set_value(str(tmp_path / "other"))
    app = press(app, "FormSubmitter:connect.folder")
    assert "1 collection: plums" in texts(app)


def test_visitors_look_at_different_places(app, server):
    other = AppTest.from_file(str(SCRIPT), default_timeout=LIMIT).run()
    app = page(connected(app, server.url, KEY), "explore/page.py")
    assert app.query_params["collection"] == "pears"
    assert shown(other.run()).query_params["collection"] == "apples"
    assert "#### apples" in texts(page(other, "catalog/page.py"))


def test_what_the_browser_fetches_is_the_visitors(app, server):
    app = page(connected(app, server.url, KEY), "explore/page.py")
    url = data(app, "map")["points"]["url"]
    assert get(url).status_code == 200
    token = parse_qs(urlsplit(url).query)["at"][0]
    assert get(url.replace(token, startup.home().token)).status_code == 404
    assert get(url.replace(token, "guessed")).status_code == 410
    details = data(app, "map")["details_url"].replace("{index}", "3")
    assert get(details).json()["title"] == "pears 3"


def test_a_server_that_goes_away_is_told_on_every_page(app):
    with serving() as served:
        fill(served.engine, "pears", 40)
        app = page(connected(app, served.url), "explore/page.py")
    assert "does not answer" in shown(app.run()).error[0].value
    assert "does not answer" in page(app, "catalog/page.py").error[0].value
    app = press(page(app, "connect/page.py"), "connect.own")
    assert "1 collection: apples" in texts(app)


def test_what_a_read_only_key_may_not_is_told(app, server):
    app = page(connected(app, server.url, "read only"), "catalog/page.py")
    app = press(app, "delete pears")
    app.text_input(key="delete confirmation").set_value("pears")
    app = press(app, "delete pears")
    app.button(key="delete pears").click()
    app = press(app, "delete now")
    assert "only allows reading" in texts(app)
    assert server.engine.collection_exists("pears")


def test_a_server_offers_its_own_formulas_only(app, server):
    app.switch_page("explore/page.py").run()
    app.session_state["options"] = True
    formulas = [c.label for c in shown(app.run()).segmented_control]
    assert "Formulas" in formulas
    app = page(connected(page(app, "connect/page.py"), server.url, KEY), "explore/page.py")
    app.session_state["options"] = True
    formulas = [c.label for c in shown(app.run()).segmented_control]
    assert "Formulas" not in formulas


def test_a_large_map_is_read_with_progress(app, server, monkeypatch):
    monkeypatch.setattr(reading, "AT_ONCE", 10)
    monkeypatch.setattr(reading, "PATIENCE", 0.0)
    app = page(connected(app, server.url, KEY), "explore/page.py")
    app.session_state["colour"] = "kind"
    for _ in range(20):
        jobs = list(app.session_state["visit.connection"].jobs.running().values())
        assert all(job.wait(LIMIT) for job in jobs)
        shown(app.run())
        if app.get("bidi_component") and data(app, "map")["colour"]:
            break
    assert data(app, "map")["colour"]["names"] == ["a", "b"]
    server.engine.upsert("pears", [models.PointStruct(id=99, vector=[0, 0], payload={})])
    assert "41 now" in texts(shown(app.run()))
    server.engine.delete("pears", [99])


def test_a_server_of_the_environment_is_home(server, monkeypatch):
    startup.close()
    monkeypatch.setenv("SEXTANT_CLUSTER", server.url)
    monkeypatch.setenv("SEXTANT_CLUSTER_KEY", KEY)
    app = shown(AppTest.from_file(str(SCRIPT), default_timeout=LIMIT).run())
    assert app.query_params["collection"] == "pears"
    app = press(page(app, "connect/page.py"), "connect.own")
    assert "1 collection: apples" in texts(app)
    gc.collect()


def test_servers_of_the_secrets_file_are_offered(app, server):
    app.secrets["clusters"] = {"orchard": {"url": server.url, "api_key": KEY}}
    app = press(shown(app.run()), "connect.known.orchard")
    assert "1 collection: pears" in texts(app)


def test_a_link_leads_to_its_place(app, server):
    app = page(connected(app, server.url, KEY), "explore/page.py")
    link = dict(app.query_params)
    assert link["at"] == server.url
    again = AppTest.from_file(str(SCRIPT), default_timeout=LIMIT)
    for name, value in link.items():
        again.query_params[name] = value
    again = shown(again.run())
    assert "Connect first" in again.info[0].proto.title
    assert again.text_input(key="connect.url").value == server.url
    again = connected(again, server.url, KEY)
    assert again.query_params["collection"] == "pears"
    assert again.query_params["at"] == server.url


def test_who_follows_a_link_may_stay(app):
    app = AppTest.from_file(str(SCRIPT), default_timeout=LIMIT)
    app.query_params["at"] = "http://elsewhere:6333"
    app = press(shown(app.run()), "connect.stay")
    assert app.query_params["collection"] == "apples"
    assert "at" not in app.query_params


def test_a_link_leads_to_a_server_of_the_secrets_file(server):
    app = AppTest.from_file(str(SCRIPT), default_timeout=LIMIT)
    app.secrets["clusters"] = {"orchard": {"url": server.url, "api_key": KEY}}
    app.query_params["at"] = server.url
    assert shown(app.run()).query_params["collection"] == "pears"


def test_the_browser_is_given_a_cookie_to_come_back_by(app, server):
    app = page(connected(app, server.url, KEY), "explore/page.py")
    cookie = get(data(app, "map")["points"]["url"]).headers["set-cookie"]
    connection = app.session_state["visit.connection"]
    assert cookie.startswith(f"{connection.cookie}={connection.token};")
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
