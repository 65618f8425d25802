"""Journeys through the Hybrid page in Chromium, against the real app on the emoji.

Each is made twice: with the data in the app, and with the data in another process, over HTTP.
"""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from engine import Engine
from explorer import catalog

pytestmark = pytest.mark.browser


PATIENCE = 30_000  # milliseconds, on a machine that does other things too


@pytest.fixture
def app_url(either_app_url: str) -> str:
    return either_app_url


@pytest.fixture
def hybrid(page: Page, app_url: str) -> Page:
    page.goto(f"{app_url}/hybrid")
    expect(stage(page, "")).to_be_visible(timeout=2 * PATIENCE)
    settled(page)
    return page


def stage(page: Page, place: str) -> Locator:
    return page.locator(f'.sextant-stages .stage[data-place="{place}"]')


def cards(page: Page) -> Locator:
    return page.locator(".sextant-cards .card")


def settled(page: Page) -> None:
    """Wait until the answer to the last action is drawn."""
    page.wait_for_timeout(200)
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0, timeout=PATIENCE)


def example(page: Page, title: str) -> None:
    page.get_by_role("button", name="Examples").click()
    page.get_by_text(title, exact=True).click()
    settled(page)


def test_a_pipeline_is_opened_looked_into_and_changed(hybrid: Page):
    with Engine(":memory:") as engine:
        catalog.load(engine, "emoji")
        near = [hit.id for hit in engine.query_points("emoji", 1065, using="text", limit=30).points]
    expect(hybrid.locator(".sextant-stages .stage")).to_have_count(3)
    expect(hybrid.locator(".sextant-stages .edge")).to_have_count(2)

    # A point that one source drops is followed to that place.
    hybrid.get_by_placeholder("Follow an id").fill(str(near[22]))
    hybrid.keyboard.press("Enter")
    expect(stage(hybrid, "0")).to_contain_text("rank 23 of limit 20", timeout=PATIENCE)

    # The stage that dropped it is chosen in the graph and lets more pass.
    stage(hybrid, "0").click()
    expect(stage(hybrid, "0")).to_have_attribute("aria-pressed", "true")
    limit = hybrid.get_by_label("Limit", exact=True)
    limit.fill("30")
    limit.press("Enter")
    expect(stage(hybrid, "0")).to_contain_text("rank 23 of 30", timeout=PATIENCE)
    expect(stage(hybrid, "0")).to_contain_text("→ 30")

    # The address bar holds it all.
    hybrid.reload()
    expect(stage(hybrid, "0")).to_contain_text("→ 30", timeout=PATIENCE)


def test_a_card_is_followed_and_asked_by(hybrid: Page):
    best = cards(hybrid).first
    title = best.locator("strong").inner_text()
    place = best.bounding_box()
    best.click()
    expect(stage(hybrid, "")).to_contain_text("rank 1 of 12", timeout=PATIENCE)
    expect(hybrid.get_by_text("is a result: rank 1 of 12")).to_be_visible()
    assert best.bounding_box() == place, "cards moved under the pointer"
    best.hover()
    best.get_by_role("button", name=re.compile("^more like")).click()
    expect(hybrid.get_by_text(f"like {title}").first).to_be_visible(timeout=PATIENCE)
    expect(cards(hybrid).first.locator("strong")).not_to_have_text(title)


def test_examples_fusions_groups_and_undo(hybrid: Page):
    hybrid.get_by_role("tab", name="RRF against DBSF").click()
    expect(hybrid.get_by_text("Of the same candidates")).to_be_visible(timeout=PATIENCE)
    expect(hybrid.get_by_test_id("stEChartsChart").locator("canvas").first).to_be_visible()
    hybrid.get_by_role("tab", name="Results").click()
    example(hybrid, "Grouping by group")
    expect(hybrid.locator(".sextant-cards")).to_have_count(6, timeout=PATIENCE)
    expect(stage(hybrid, "")).to_contain_text("by group")
    hybrid.get_by_role("button", name="Undo").click()
    expect(hybrid.locator(".sextant-stages .stage")).to_have_count(3, timeout=PATIENCE)
    hybrid.get_by_role("tab", name="Code").click()
    expect(hybrid.get_by_text("models.Prefetch(").first).to_be_visible(timeout=PATIENCE)


def test_on_a_narrow_window_the_stages_stand_below_each_other(hybrid: Page):
    hybrid.set_viewport_size({"width": 420, "height": 860})
    boxes = [stage(hybrid, place).bounding_box() for place in ("1", "0", "")]
    assert all(box is not None and box["x"] + box["width"] <= 420 for box in boxes)
    tops = [box["y"] for box in boxes if box is not None]
    assert tops == sorted(tops)
