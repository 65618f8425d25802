"""A journey through the Clusters page in Chromium, against the real app on the emoji."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.running import MAP, wait_until_drawn

pytestmark = pytest.mark.browser

PATIENCE = 60_000  # milliseconds, on a machine that does other things too


@pytest.fixture
def clusters(page: Page, app_url: str) -> Page:
    page.goto(f"{app_url}/clusters")
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
