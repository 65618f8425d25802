"""Importing in a real browser: a file becomes a map; a bad file is explained.

Each journey is made twice: into the app itself, and into another process, over HTTP.
"""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

PATIENCE = 90_000


@pytest.fixture
def app_url(either_app_url: str) -> str:
    return either_app_url


def collections(page: Page, app_url: str) -> None:
    page.goto(f"{app_url}/collections")
    expect(page.get_by_role("heading", name="Import a file")).to_be_visible(timeout=PATIENCE)


def upload(page: Page, name: str, content: bytes) -> None:
    page.locator("input[type=file]").set_input_files(
        {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    )


def test_an_uploaded_file_becomes_a_map_and_can_be_deleted(page: Page, app_url: str) -> None:
    rows = "".join(f'{n},pear {n},"[{n % 10},{n // 10},1]"\n' for n in range(1, 61))
    collections(page, app_url)
    upload(page, "pears.csv", f"id,name,vec\n{rows}".encode())
    expect(page.get_by_text("pears.csv: 60 rows")).to_be_visible(timeout=PATIENCE)
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text("60 points in")).to_be_visible(timeout=PATIENCE)
    card = page.locator(".st-key-card-pears")
    expect(card.get_by_text("60 points")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_text("The map of pears has its new layout")).to_be_visible(timeout=PATIENCE)
    card.get_by_role("button", name="Explore").click()
    page.wait_for_url("**collection=pears**", timeout=PATIENCE)
    expect(page.locator("canvas").first).to_be_visible(timeout=PATIENCE)
    collections(page, app_url)
    card.locator(".st-key-delete-pears button").click()
    page.get_by_label("Type its name to confirm").fill("pears")
    page.get_by_role("button", name="Delete for good").click()
    expect(card).to_have_count(0, timeout=PATIENCE)


def test_a_bad_file_is_explained_and_the_app_goes_on(page: Page, app_url: str) -> None:
    collections(page, app_url)
    upload(page, "cut.parquet", b"PAR1 and no more")
    expect(page.get_by_text("cut.parquet cannot be read as parquet")).to_be_visible(
        timeout=PATIENCE
    )
    page.get_by_role("link", name="Explore").first.click()
    expect(page.locator("canvas").first).to_be_visible(timeout=PATIENCE)


def test_what_is_stored_survives_looking_at_it(page: Page, app_url: str, tmp_path: Path) -> None:
    """The exported file is the collection, and becomes it again."""
    collections(page, app_url)
    card = page.locator(".st-key-card-emoji")
    card.get_by_role("button", name="Export").click()
    page.get_by_role("button", name="Prepare the file").click()
    button = card.get_by_role("link", name="Download emoji.parquet")
    expect(button).to_be_visible(timeout=PATIENCE)
    with page.expect_download() as downloaded:
        button.click()
    file = tmp_path / downloaded.value.suggested_filename
    downloaded.value.save_as(file)
    assert file.name == "emoji.parquet"
    assert file.read_bytes()[:4] == file.read_bytes()[-4:] == b"PAR1"
    upload(page, file.name, file.read_bytes())
    expect(page.get_by_text("emoji.parquet: 1,747 rows")).to_be_visible(timeout=PATIENCE)
    page.get_by_role("button", name="Import", exact=True).click()
    again = page.locator(".st-key-card-emoji-2")
    for badge in ("1,747 points", "text · 384 d · Cosine", "ngrams · sparse", "emoji of Unicode"):
        expect(again.get_by_text(badge)).to_be_visible(timeout=PATIENCE)
    again.locator(".st-key-delete-emoji-2 button").click()
    page.get_by_label("Type its name to confirm").fill("emoji-2")
    page.get_by_role("button", name="Delete for good").click()
    expect(again).to_have_count(0, timeout=PATIENCE)
