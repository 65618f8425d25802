"""Journeys across the pages in Chromium: what a link asked for, and what messages leave alone."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from qdrant_client import QdrantClient, models

pytestmark = pytest.mark.browser

PATIENCE = 40_000  # milliseconds, on a machine that does other things too
PAGES = ("Matrix", "Graph", "Clusters", "Outliers", "Cleaning", "Hybrid", "Explore")
WITHOUT_VECTOR = ("Cleaning", "Hybrid")


@pytest.fixture
def shelf(app_url: str) -> Iterator[str]:
    """The second of two collections: a picker that was told nothing shows the first."""
    client = QdrantClient(url=app_url, check_compatibility=False, timeout=60)
    names = ("a shelf", "another shelf")
    params = models.VectorParams(size=2, distance=models.Distance.DOT)
    points = [
        models.PointStruct(id=i, vector={"cover": [i, 1], "words": [1, i]}, payload={"row": i % 3})
        for i in range(12)
    ]
    for name in names:
        client.create_collection(name, {"cover": params, "words": params})
        client.upsert(name, points)
    yield names[1]
    for name in names:
        client.delete_collection(name)
    client.close()


def test_what_a_link_asks_for_is_shown_on_every_page(page: Page, app_url: str, shelf: str) -> None:
    page.goto(f"{app_url}/?v=1&collection={shelf}&using=words&mode=recommend&text=folio")
    for name in ("Explore", *PAGES):
        page.get_by_role("link", name=name, exact=True).click()
        collection = page.get_by_role("combobox", name="Collection", exact=True)
        expect(collection).to_have_value(shelf, timeout=PATIENCE)
        if name not in WITHOUT_VECTOR:
            vector = page.get_by_role("combobox", name="Vector", exact=True)
            expect(vector).to_have_value("words", timeout=PATIENCE)
    expect(page.get_by_role("textbox", name="Search by text")).to_have_value("folio")
    expect(page.get_by_role("radio", name="Recommend", exact=True)).to_be_checked()


def test_a_message_and_a_dialog_leave_the_look_of_the_page_alone(
    page: Page, app_url: str, shelf: str
) -> None:
    page.goto(f"{app_url}/explore?collection={shelf}")
    room = page.locator(".stMainBlockContainer")
    page.get_by_role("button", name="Help").click()
    expect(page.get_by_role("dialog", name="Keys and gestures")).to_be_visible(timeout=PATIENCE)
    page.keyboard.press("Escape")
    expect(room).to_have_css("padding-left", "14px")
    page.get_by_role("link", name="Hybrid", exact=True).click()
    page.get_by_role("textbox", name="Question").fill("#many")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("stToast")).to_contain_text("'many' is no id", timeout=PATIENCE)
    expect(room).to_have_css("padding-left", "14px")


_ROWS = """() => {
    const tools = document.querySelectorAll(
        "[class*='st-key-explore-'] :is([role=radio], [role=combobox], input, button)");
    const seen = [...tools].filter((tool) => tool.checkVisibility());
    const boxes = seen.map((tool) => tool.getBoundingClientRect());
    if (boxes.some(({left, right}) => left < 0 || right > innerWidth)) return "cut off";
    const middles = boxes.map(({top, bottom}) => (top + bottom) / 2).sort((a, b) => a - b);
    return middles.filter((middle, i) => i === 0 || middle - middles[i - 1] > 10).length; }"""


def test_the_tools_of_explore_stand_in_as_many_rows_as_their_window_needs(
    page: Page, app_url: str, shelf: str
) -> None:
    page.goto(f"{app_url}/?v=1&collection={shelf}&using=words")
    expect(page.get_by_role("button", name="Help", exact=True)).to_be_visible(timeout=PATIENCE)
    wanted = {420: 4, 600: 4, 640: 2, 900: 2, 1100: 1, 1280: 1, 1900: 1}
    rows = {}
    for width in wanted:
        page.set_viewport_size({"width": width, "height": 768})
        rows[width] = page.evaluate(_ROWS)
    assert rows == wanted
