"""A journey over the Graph page in Chromium, on the emoji in the app and on a server."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from explorer.graph import permalink
from explorer.graph.view import Look, Sample, View
from tests.browser.running import MAP

pytestmark = pytest.mark.browser

PATIENCE = 60_000  # milliseconds, on a machine that does other things too


def hook(page: Page, expression: str) -> Any:
    return page.evaluate(f"{MAP}.{expression}")


def wait_for(page: Page, condition: str) -> None:
    page.wait_for_function(f"{MAP}?.{condition}", timeout=PATIENCE)


def click(page: Page, index: int) -> None:
    page.mouse.click(*hook(page, f"toPixel({index})"))


def in_the_open(page: Page, points: int) -> int:
    """Return a point that nothing covers: no other point, no legend, no button."""
    for index in range(points):
        left, top = hook(page, f"toPixel({index})")
        covered = page.evaluate(
            "([x, y]) => { let e = document.elementFromPoint(x, y);"
            " while (e?.shadowRoot) e = e.shadowRoot.elementFromPoint(x, y);"
            " return !e || e.tagName !== 'CANVAS'; }",
            [left, top],
        )
        if not covered and hook(page, f"pick({left}, {top})") == index:
            return index
    raise AssertionError("every point is covered")


@pytest.fixture
def graph(page: Page, either_app_url: str) -> Page:
    """A graph of 60 emoji."""
    page.goto(either_app_url)
    wait_for(page, "ready")
    link = permalink.encode(View("emoji", "text", Sample(60)), Look())
    page.goto(f"{either_app_url}/graph?" + "&".join(f"{k}={v}" for k, v in link.items()))
    wait_for(page, "links().count > 0")
    return page


def test_a_graph_is_looked_at_and_grown_by_clicking(graph: Page):
    # A click shows the neighbours: ringed on the map and as cards, in the same order.
    chosen = in_the_open(graph, 60)
    click(graph, chosen)
    wait_for(graph, "overlay().hits.length > 0")
    hits = hook(graph, "overlay().hits")
    assert hook(graph, "overlay().roles")[0]["index"] == chosen
    cards = graph.locator(".sextant-cards .card")
    expect(cards).to_have_count(len(hits), timeout=PATIENCE)
    expect(cards.first).to_contain_text(f"{hits[0]['score']:.4f}")

    # The graph begins anew around that point, and a click on a neighbour adds its own neighbours.
    graph.get_by_role("button", name="Start here").click()
    wait_for(graph, "n === 9")
    neighbour = in_the_open(graph, 9)
    click(graph, neighbour)
    wait_for(graph, "n > 9")
    wait_for(graph, "overlay().hits.length >= 8")

    # Undo takes them away again, by the key and with the map in focus.
    graph.keyboard.press("Control+z")
    wait_for(graph, "n === 9")
    # For a moment the slider is still that of the graph before.
    app = graph.get_by_test_id("stApp")
    expect(app).to_have_attribute("data-test-script-state", "notRunning", timeout=PATIENCE)

    # A stricter cut-off hides links at once.
    shown = hook(graph, "links().shown")
    slider = graph.get_by_role("slider").first
    slider.focus()
    for _ in range(60):
        slider.press("ArrowRight")
    wait_for(graph, f"links().shown < {shown}")
    wait_for(graph, "links().count > 0")

    # The address brings the same graph back.
    graph.wait_for_timeout(500)
    kept = hook(graph, "links().shown")
    graph.goto(graph.url)
    wait_for(graph, f"links().shown === {kept}")
    assert hook(graph, "n") == 9
