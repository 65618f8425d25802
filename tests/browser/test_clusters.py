"""Journeys through the Clusters page in Chromium, on the emoji in the app and on a server."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.running import MAP, wait_until_drawn

pytestmark = pytest.mark.browser

PATIENCE = 60_000  # milliseconds, on a machine that does other things too


@pytest.fixture
def clusters(page: Page, either_app_url: str) -> Page:
    page.goto(f"{either_app_url}/clusters")
    wait_until_drawn(page)
    expect(card(page, 0)).to_be_visible(timeout=PATIENCE)
    return page


def card(page: Page, place: int) -> Locator:
    return page.locator(".sextant-clusters .cluster").nth(place)


def test_a_cluster_is_pointed_at_looked_at_and_asked_by(clusters: Page):
    # Map and list are in step: a point under the pointer lights up its cluster's card.
    card(clusters, 0).hover()
    where = clusters.evaluate(f"{MAP}.toPixel(0)")
    clusters.mouse.move(*where)
    expect(clusters.locator(".sextant-clusters .cluster.lit")).to_have_count(1)

    # A click on the card looks at the cluster, whose name can be changed.
    card(clusters, 1).click()
    back = clusters.get_by_role("button", name="All clusters")
    expect(back).to_be_visible(timeout=PATIENCE)
    name = clusters.get_by_label("Name", exact=True)
    name.fill("Mine")
    name.press("Enter")
    back.click()
    expect(card(clusters, 1)).to_contain_text("Mine", timeout=PATIENCE)

    # From the middle of a cluster to a query of Explore.
    medoid = card(clusters, 0).locator(".picture").first.get_attribute("title")
    card(clusters, 0).click()
    clusters.get_by_role("button", name="Near its centroid").click()
    chip = clusters.locator(".sextant-chips .chip")
    expect(chip).to_contain_text(re.compile("centroid of"), timeout=PATIENCE)
    first = clusters.locator(".sextant-cards .card strong").first
    expect(first).to_have_text(medoid or "", timeout=PATIENCE)


def test_points_drawn_around_become_a_cluster_and_a_graph(clusters: Page):
    frame = clusters.locator(".sextant-map").bounding_box()
    assert frame is not None
    clusters.get_by_role("button", name="Lasso").click()
    left, top = frame["x"] + frame["width"] / 4, frame["y"] + frame["height"] / 4
    right, bottom = left + frame["width"] / 2, top + frame["height"] / 2
    clusters.mouse.move(left, top)
    clusters.mouse.down()
    for corner in ((right, top), (right, bottom), (left, bottom), (left, top)):
        clusters.mouse.move(*corner, steps=4)
    clusters.mouse.up()
    told = clusters.get_by_text(re.compile(r"^[\d,]+ selected"))
    expect(told).to_be_visible(timeout=PATIENCE)
    count = told.inner_text().split()[0]

    # They are a cluster that can be named and looked at, until that is undone.
    clusters.get_by_role("button", name="Make a cluster").click()
    expect(clusters.get_by_text(f"{count} points ·")).to_be_visible(timeout=PATIENCE)
    expect(told).to_have_count(0)

    # From there to a graph of these points alone.
    clusters.get_by_role("button", name="Graph", exact=True).click()
    clusters.wait_for_function(
        f"{MAP}?.n === {count.replace(',', '')} && {MAP}.links().count > 0", timeout=PATIENCE
    )
