"""Journeys of visitors to an app that asks for a key."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Request, expect

from tests.browser.running import running_app
from tests.browser.test_explore import Map

pytestmark = pytest.mark.browser

KEY, READ_ONLY = "a key of sixteen", "only to look"
PATIENCE = 30_000
LINK = "/?v=1&collection=emoji&using=text&target=660"


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    keys = {"SEXTANT_API_KEY": KEY, "SEXTANT_READ_ONLY_API_KEY": READ_ONLY}
    with running_app(tmp_path_factory.mktemp("data"), **keys) as url:
        yield url


def sign_in(page: Page, key: str) -> None:
    page.get_by_label("Key", exact=True).fill(key)
    page.keyboard.press("Enter")


def test_a_link_asks_for_the_key_and_then_shows_what_it_is_about(page: Page, guarded: str):
    asked: list[Request] = []

    def note(request: Request) -> None:  # Playwright takes no methods of built-in types
        asked.append(request)

    page.on("request", note)
    page.goto(f"{guarded}{LINK}")
    sign_in(page, "a guess")
    expect(page.get_by_role("alert")).to_contain_text("not the right one")
    sign_in(page, KEY)
    emoji = Map(page)
    emoji.ready()
    emoji.wait("hook.drawn.hits === 24")
    assert emoji.roles() == {660: "target"}
    assert KEY.replace(" ", "+") not in "".join(request.url for request in asked)
    page.goto(f"{guarded}/connect")
    expect(page.get_by_text("Your key allows everything")).to_be_visible(timeout=PATIENCE)
    page.get_by_role("link", name="Sign out").click()
    expect(page.get_by_text("You are signed out")).to_be_visible(timeout=PATIENCE)
    page.goto(f"{guarded}{LINK}")
    expect(page.get_by_label("Key", exact=True)).to_be_visible()


def test_a_reader_looks_and_changes_nothing(page: Page, guarded: str):
    page.goto(f"{guarded}/collections")
    sign_in(page, READ_ONLY)
    card = page.locator(".st-key-card-emoji")
    expect(card.get_by_text("1,7")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_text("Your key only allows reading")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_text("Import a file")).to_have_count(0)
    expect(card.get_by_role("button", name="Delete")).to_have_count(0)
    card.get_by_role("button", name="Explore").click()
    emoji = Map(page)
    emoji.ready()
    (first,) = emoji.spread(1)
    emoji.click(first)
    emoji.wait("hook.drawn.hits === 24")
