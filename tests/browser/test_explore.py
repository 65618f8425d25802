"""Journeys through the Explore page in Chromium, against the real app on the emoji.

Each is made twice: with the data in the app, and with the data in another process, over HTTP.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Error, Page, expect
from qdrant_client import models

from engine import Engine
from explorer import catalog, permalink

pytestmark = pytest.mark.browser

FIND = """
const find = (root) => {
  for (const one of root.querySelectorAll('*')) {
    if (one.__sextant) return one.__sextant;
    const inner = one.shadowRoot && find(one.shadowRoot);
    if (inner) return inner;
  }
  return null;
};
"""

PLAYS = "hook.overlay().roles.some((entry) => entry.index === given && !entry.pending)"


class Map:
    """The map of a page, by its test hook."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def ask(self, expression: str, argument: Any = None) -> Any:
        """Evaluate an expression over `hook` (the map) and `given` (the argument)."""
        body = f"(given) => {{ {FIND} const hook = find(document); return {expression}; }}"
        return self.page.evaluate(body, argument)

    def wait(self, expression: str, argument: Any = None) -> None:
        asked = f"const hook = find(document); return hook && ({expression});"
        try:
            self.page.wait_for_function(f"(given) => {{ {FIND} {asked} }}", arg=argument)
        except Error as error:
            seen = self.ask("({roles: hook.overlay().roles, drawn: hook.drawn})")
            raise AssertionError(f"never {expression} ({argument}); there is {seen}") from error

    def ready(self) -> None:
        self.wait("hook.ready && hook.n > 0")
        # Fonts and sheets may still move the map a little: two equal measures and it stands.
        before = None
        while before != (before := self.place(0)):
            self.page.wait_for_timeout(150)

    def place(self, index: int) -> list[float]:
        return self.ask("hook.toPixel(given)", index)

    def click(self, index: int, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.down(key)
        self.page.mouse.click(*self.place(index))
        for key in keys:
            self.page.keyboard.up(key)

    def roles(self) -> dict[int, str]:
        settled = "hook.overlay().roles.filter((entry) => !entry.pending)"
        return {entry["index"]: entry["role"] for entry in self.ask(settled)}

    def hits(self) -> list[int]:
        ordered = sorted(self.ask("hook.overlay().hits"), key=lambda hit: hit["rank"])
        return [hit["index"] for hit in ordered]

    def wait_for_roles(self, count: int) -> None:
        self.wait(
            "hook.overlay().roles.length === given"
            " && hook.overlay().roles.every((entry) => !entry.pending)",
            count,
        )

    def spread(self, count: int) -> list[int]:
        """Return points that stand apart and are the ones that a click on their place hits."""
        return self.ask(
            """(() => {
              const found = [], taken = [];
              for (let i = 0; i < hook.n && found.length < given; i += 7) {
                const [x, y] = hook.toPixel(i);
                const apart = taken.every(([a, b]) => Math.hypot(a - x, b - y) > 24);
                if (apart && hook.pick(x, y) === i && document.elementFromPoint(x, y)) {
                  found.push(i);
                  taken.push([x, y]);
                }
              }
              return found;
            })()""",
            count,
        )


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """The same collection in an engine of the test's own: what right answers are."""
    with Engine(":memory:") as engine:
        catalog.load(engine, "emoji")
        yield engine


@pytest.fixture
def app_url(either_app_url: str) -> str:
    return either_app_url


@pytest.fixture
def emoji(page: Page, app_url: str) -> Map:
    page.goto(app_url)
    emoji = Map(page)
    emoji.ready()
    return emoji


def choose_mode(emoji: Map, name: str) -> None:
    """Choose a mode; its roles show that the answer has come."""
    page = emoji.page
    page.get_by_role("radio", name=name, exact=True).click()
    role = "Positive" if name == "Recommend" else "Pair +"
    expect(page.get_by_role("radio", name=role, exact=True)).to_be_visible()
    emoji.ready()


def answer(engine: Engine, query: models.Query) -> list[int]:
    found = engine.query_points("emoji", query=query, using="text", limit=24)
    return [int(point.id) for point in found.points]


def drag(page: Page, *corners: tuple[float, float]) -> None:
    page.mouse.move(*corners[0])
    page.mouse.down()
    for corner in corners[1:]:
        page.mouse.move(*corner, steps=4)
    page.mouse.up()


def test_two_positives_and_a_negative_find_what_the_engine_finds(page, emoji, engine):
    choose_mode(emoji, "Recommend")
    liked, also, disliked = emoji.spread(3)
    emoji.click(liked)
    emoji.click(also)
    emoji.click(disliked, "Alt")
    emoji.wait_for_roles(3)
    assert emoji.roles() == {liked: "positive", also: "positive", disliked: "negative"}
    examples = models.RecommendInput(positive=[liked, also], negative=[disliked])
    assert emoji.hits() == answer(engine, models.RecommendQuery(recommend=examples))
    titles = page.locator(".sextant-cards .card")
    assert titles.count() == 24


def test_twenty_fast_clicks_are_all_counted(page, emoji):
    choose_mode(emoji, "Recommend")
    chosen = emoji.spread(20)
    assert len(chosen) == 20
    for index in chosen:
        emoji.click(index)
    emoji.wait_for_roles(20)
    assert set(emoji.roles()) == set(chosen)
    draft = permalink.decode(
        query_of(page, lambda query: query.get("positive", "").count(".") == 19)
    )
    assert draft.examples.positives == tuple(chosen)


def test_discover_with_a_pair(page, emoji, engine):
    choose_mode(emoji, "Discover")
    target, positive, negative = emoji.spread(3)
    for index in (target, positive, negative):
        emoji.click(index)
    emoji.wait_for_roles(3)
    assert emoji.roles() == {
        target: "target", positive: "pair_positive", negative: "pair_negative"
    }  # fmt: skip
    pair = models.ContextPair(positive=positive, negative=negative)
    query = models.DiscoverQuery(discover=models.DiscoverInput(target=target, context=[pair]))
    assert emoji.hits() == answer(engine, query)


def test_a_reload_of_the_link_restores_everything(page, emoji):
    choose_mode(emoji, "Recommend")
    liked, disliked = emoji.spread(2)
    emoji.click(liked)
    emoji.click(disliked, "Alt")
    emoji.wait_for_roles(2)
    query_of(page, lambda query: "negative" in query)
    roles, hits = emoji.roles(), emoji.hits()
    page.goto(page.url)
    emoji.ready()
    emoji.wait_for_roles(2)
    assert (emoji.roles(), emoji.hits()) == (roles, hits)
    expect(page.get_by_role("radio", name="Recommend", exact=True)).to_be_checked()


def test_a_drawn_around_selection_becomes_positives(page, emoji):
    (centre,) = emoji.spread(1)
    x, y = emoji.place(centre)
    page.keyboard.down("Shift")
    drag(page, (x - 14, y - 14), (x + 14, y - 14), (x + 14, y + 14), (x - 14, y + 14))
    page.keyboard.up("Shift")
    more = page.get_by_role("button", name="More like these")
    expect(more).to_be_in_viewport(ratio=1)
    more.click()
    emoji.wait("hook.overlay().roles.length > 0 && hook.drawn.hits === 24")
    assert centre in emoji.roles()
    assert set(emoji.roles().values()) == {"positive"}


def test_undo_and_redo_by_keys(page, emoji):
    first, second = emoji.spread(2)
    emoji.click(first)
    emoji.click(second)
    emoji.wait(
        "hook.overlay().roles.some((entry) => entry.index === given && !entry.pending)", second
    )
    page.keyboard.press("Control+z")
    emoji.wait(
        "hook.overlay().roles.some((entry) => entry.index === given && !entry.pending)", first
    )
    page.keyboard.press("Control+z")
    emoji.wait_for_roles(0)
    page.keyboard.press("Control+Shift+z")
    emoji.wait_for_roles(1)


def test_the_browser_goes_back_and_forward_through_the_query(page, emoji):
    first, second = emoji.spread(2)
    for index in (first, second):
        emoji.click(index)
        emoji.wait(PLAYS, index)
        query_of(page, lambda query, index=index: query.get("target") == str(index))
        page.wait_for_timeout(1_100)  # at once a visitor cannot be told from a slow browser
    page.go_back()
    emoji.wait(PLAYS, first)
    page.go_forward()
    emoji.wait(PLAYS, second)


def test_a_card_is_an_example_too(page, emoji):
    (first,) = emoji.spread(1)
    emoji.click(first)
    emoji.wait("hook.drawn.hits === 24")
    best = emoji.hits()[0]
    card = page.locator(".sextant-cards .card").first
    card.hover()
    card.get_by_role("button", name=re.compile("less like", re.IGNORECASE)).click()
    emoji.wait_for_roles(2)
    assert emoji.roles() == {first: "positive", best: "negative"}


def test_a_typed_text_finds_by_words_or_meaning(page, emoji):
    page.get_by_label("Search by text").fill("pizza")
    page.keyboard.press("Enter")
    emoji.wait("hook.drawn.hits > 0")
    expect(page.locator(".sextant-cards .card").first).to_contain_text("pizza")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_both_themes(browser, app_url, scheme):
    context = browser.new_context(color_scheme=scheme)
    page = context.new_page()
    page.goto(app_url)
    Map(page).ready()
    colour = page.evaluate("getComputedStyle(document.querySelector('.stApp')).backgroundColor")
    brightness = sum(map(int, re.findall(r"\d+", colour)[:3])) / 3
    assert (brightness > 128) == (scheme == "light")
    assert page.locator(".sextant-map.dark").count() == (scheme == "dark")
    context.close()


def test_on_a_narrow_window_the_cards_follow_the_map(browser, app_url):
    context = browser.new_context(viewport={"width": 420, "height": 860})
    page = context.new_page()
    page.goto(app_url)
    Map(page).ready()
    chart = page.locator(".sextant-map").bounding_box()
    cards = page.locator(".sextant-cards").bounding_box()
    assert chart is not None
    assert cards is not None
    assert cards["y"] >= chart["y"] + chart["height"]
    assert chart["width"] > 380
    assert chart["y"] < 300  # the controls are few rows
    width = page.evaluate("document.scrollingElement.scrollWidth")
    assert width <= 420
    context.close()


def query_of(page: Page, arrived: Any) -> dict[str, str]:
    """Return the address's parameters once they are as expected."""
    for _ in range(100):
        pairs = page.evaluate("[...new URL(location.href).searchParams]")
        if arrived(dict(pairs)):
            return dict(pairs)
        page.wait_for_timeout(100)
    pytest.fail(f"the address did not follow: {page.url}")
