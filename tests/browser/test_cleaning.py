"""A journey from outliers to the cleaning desk in Chromium, embedded and over HTTP."""

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

PATIENCE = 60_000  # milliseconds, on a machine that does other things too


@pytest.fixture
def app_url(either_app_url: str) -> str:
    return either_app_url


def test_findings_are_dropped_undone_and_restored(page: Page, app_url: str):
    page.goto(f"{app_url}/outliers?collection=emoji&using=text")
    cards = page.locator(".sextant-cards .card")
    expect(cards).to_have_count(20, timeout=2 * PATIENCE)
    cards.nth(2).click()
    expect(page.get_by_text("half of all points have theirs within")).to_be_visible()
    page.keyboard.press("Escape")
    cards.nth(2).click()
    page.get_by_role("button", name="Send 20 findings").click()
    expect(page.get_by_text("20 new in the queue of Cleaning")).to_be_visible(timeout=PATIENCE)

    page.get_by_role("link", name="20 in Cleaning").click()
    decided(page, "0 of 20 decided")
    expect(cards.first).not_to_have_text("", timeout=PATIENCE)
    first = cards.first.inner_text()
    page.keyboard.press("d")
    decided(page, "1 of 20 decided; 1 in the trash")
    expect(cards.first).not_to_have_text(first.replace("\n", ""), timeout=PATIENCE)
    page.keyboard.press("u")
    decided(page, "0 of 20 decided")
    expect(cards.first).to_have_text(first.replace("\n", ""), timeout=PATIENCE)

    page.keyboard.press("k")
    decided(page, "1 of 20 decided")
    page.keyboard.press("d")
    decided(page, "2 of 20 decided; 1 in the trash")
    page.keyboard.press("d")
    decided(page, "3 of 20 decided; 2 in the trash")

    # All of it survives a reload; nothing goes for good unless it is confirmed.
    page.reload()
    decided(page, "3 of 20 decided; 2 in the trash")
    page.get_by_role("tab", name="Trash").click()
    page.get_by_role("button", name="Delete all 2 for good").click()
    expect(page.get_by_text("neither undo nor the trash")).to_be_visible(timeout=PATIENCE)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Restore all 2").click()
    expect(page.get_by_text("The trash is empty.")).to_be_visible(timeout=PATIENCE)

    # The other 17 in one step, and back in one.
    page.get_by_role("tab", name="Many at once").click()
    page.get_by_role("button", name="Drop 17 points").click()
    expect(page.get_by_text("17 points will go to the trash.")).to_be_visible(timeout=PATIENCE)
    page.get_by_role("button", name="Move to the trash").click()
    expect(page.get_by_text("No finding waits")).to_be_visible(timeout=PATIENCE)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("button", name="Drop 17 points")).to_be_visible(timeout=PATIENCE)
    page.get_by_role("tab", name="Keep a copy").click()
    expect(page.get_by_text("The 1,747 points that are kept")).to_be_visible(timeout=PATIENCE)


def decided(page: Page, text: str) -> None:
    expect(page.get_by_text(text, exact=True)).to_be_visible(timeout=PATIENCE)
