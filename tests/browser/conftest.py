"""A running app on a folder of its own, and Chromium to look at it."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page

from engine import Engine
from explorer import catalog
from tests.browser.running import chromium, running_app, running_server


@pytest.fixture(scope="session")
def embedded_app_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the app, started as users start it, on an empty data folder."""
    with running_app(tmp_path_factory.mktemp("data")) as url:
        yield url


@pytest.fixture
def app_url(embedded_app_url: str) -> str:
    """The app that a journey is made through, unless its module says otherwise."""
    return embedded_app_url


@dataclass(frozen=True)
class Server:
    """A second process that serves the emoji over HTTP, to those who have the key."""

    url: str
    key: str


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    data, key = tmp_path_factory.mktemp("served"), "a key of sixteen"
    with Engine(data) as engine:
        catalog.load(engine, "emoji")
    with running_server(data, key) as url:
        yield Server(url, key)


@pytest.fixture(scope="session")
def connected_app_url(tmp_path_factory: pytest.TempPathFactory, server: Server) -> Iterator[str]:
    """The address of an app that looks at the server from the start."""
    told = {"SEXTANT_CLUSTER": server.url, "SEXTANT_CLUSTER_KEY": server.key}
    with running_app(tmp_path_factory.mktemp("data"), **told) as url:
        yield url


@pytest.fixture(scope="session", params=["embedded", "server"])
def either_app_url(request: pytest.FixtureRequest) -> str:
    """An app with the data in it, then one whose data is in another process, over HTTP."""
    fixtures = {"embedded": "embedded_app_url", "server": "connected_app_url"}
    return str(request.getfixturevalue(fixtures[request.param]))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh browser profile of 1440 x 900 pixels whose script errors fail the test."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert errors == []
