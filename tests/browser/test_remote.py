"""Journeys of one who connects to a server on the Connect page, and comes back."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Request, expect

from tests.browser.conftest import Server
from tests.browser.test_explore import Map

pytestmark = pytest.mark.browser

PATIENCE = 30_000


@pytest.fixture
def asked(page: Page) -> list[Request]:
    """Every request that the browser makes."""
    requests: list[Request] = []

    def note(request: Request) -> None:  # Playwright takes no methods of built-in types
        requests.append(request)

    page.on("request", note)
    return requests


def connect(page: Page, app_url: str, url: str, key: str) -> None:
    page.goto(f"{app_url}/connect")
    page.get_by_label("URL", exact=True).fill(url)
    page.get_by_label("API key", exact=True).fill(key)
    page.get_by_role("button", name="Connect", exact=True).click()


def explore(page: Page) -> Map:
    page.get_by_test_id("stMainBlockContainer").get_by_role("button", name="Explore").click()
    emoji = Map(page)
    emoji.ready()
    return emoji


def test_one_connects_clicks_reloads_and_comes_back(page, app_url, server: Server, asked):
    connect(page, app_url, server.url, server.key)
    expect(page.locator(".st-key-place")).to_contain_text(server.url, timeout=PATIENCE)
    emoji = explore(page)
    (first,) = emoji.spread(1)
    emoji.click(first)
    emoji.wait("hook.drawn.hits === 24")
    hits = emoji.hits()
    page.wait_for_url("**target=*", timeout=PATIENCE)
    page.reload()
    emoji.ready()
    emoji.wait("hook.drawn.hits === 24")
    assert emoji.hits() == hits
    assert f"at={server.url.replace(':', '%3A').replace('/', '%2F')}" in page.url
    page.get_by_role("link", name="Connect").first.click()
    page.get_by_role("button", name="Back to the data of this app").click()
    expect(page.locator(".st-key-place")).to_contain_text("Embedded engine", timeout=PATIENCE)
    assert server.key not in "".join(request.url for request in asked)
    hosts = {urlsplit(request.url).netloc for request in asked}  # those of blobs are empty
    assert hosts <= {"", urlsplit(app_url).netloc}


def test_a_link_to_the_server_asks_others_for_the_key(page, app_url, server: Server):
    page.goto(f"{app_url}/?v=1&collection=emoji&using=text&target=660&at={server.url}")
    expect(page.get_by_text("Connect first")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_label("URL", exact=True)).to_have_value(server.url, timeout=PATIENCE)
    page.get_by_label("API key", exact=True).fill(server.key)
    page.get_by_role("button", name="Connect", exact=True).click()
    emoji = Map(page)
    emoji.ready()
    emoji.wait("hook.drawn.hits === 24")
    assert emoji.roles() == {660: "target"}


def test_a_wrong_key_is_explained(page, app_url, server: Server):
    connect(page, app_url, server.url, "wrong")
    expect(page.get_by_text("does not accept this API key")).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".st-key-place")).to_contain_text("Embedded engine")
