"""A journey over the Matrix page in Chromium: a pair, a block, a layout by the matrix."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.running import MAP

pytestmark = pytest.mark.browser

PATIENCE = 40_000  # milliseconds, on a machine that does other things too
HEAT = MAP.replace("__sextant", "__sextantHeat")


@pytest.fixture
def matrix(page: Page, app_url: str) -> Page:
    page.goto(f"{app_url}/matrix")
    page.wait_for_function(f"{HEAT}?.view.cells.value && {MAP}?.ready", timeout=2 * PATIENCE)
    return page


def heat(page: Page, expression: str) -> Any:
    return page.evaluate(f"(() => {{ const heat = {HEAT}; return {expression}; }})()")


def test_a_pair_is_shown_a_block_selected_and_the_matrix_laid_out(matrix: Page) -> None:
    # Shaded by rank, as many cells are darker than the middle shade as are lighter.
    expect(matrix.locator(".sextant-heat .scale")).to_contain_text("far")
    shades = heat(matrix, "[...heat.view.cells.value.shades].sort((a, b) => a - b)")
    assert 120 <= shades[len(shades) // 2] <= 136
    assert len(set(shades)) > 200

    # The filled cell under the pointer names its two points, here and on the map.
    row, column = heat(
        matrix, "[100, heat.view.cells.value.columns[heat.view.cells.value.starts[100]]]"
    )
    score = heat(matrix, f"heat.view.cells.value.score({row}, {column})")
    matrix.mouse.move(*heat(matrix, f"heat.toPixel({row}, {column})"))
    pair = matrix.locator(".sextant-heat .pair")
    expect(pair.locator(".half")).to_have_count(2, timeout=PATIENCE)
    expect(pair.locator(".score")).to_have_text(f"{score:.4f}")

    # A kept pair stays while the pointer goes on; Escape lets it go.
    names = pair.inner_text()
    matrix.mouse.down()
    matrix.mouse.up()
    matrix.mouse.move(*heat(matrix, "heat.toPixel(10, 250)"))
    matrix.wait_for_timeout(300)
    assert pair.inner_text() == names
    matrix.keyboard.press("Escape")
    expect(pair).to_contain_text("Point at a cell")

    # Arrow keys walk along the filled cells of a row.
    matrix.keyboard.press("ArrowRight")
    assert heat(matrix, "heat.view.cells.value.score(...heat.view.cell)") is not None

    # A block drawn on the heat map becomes the selection, which then is compared alone.
    matrix.mouse.move(*heat(matrix, "heat.toPixel(20, 20)"))
    matrix.mouse.down()
    matrix.mouse.move(*heat(matrix, "heat.toPixel(59, 59)"), steps=4)
    matrix.mouse.up()
    expect(matrix.get_by_text("40 selected")).to_be_visible(timeout=PATIENCE)
    matrix.get_by_role("radio", name="Selection (40)").click()
    matrix.wait_for_function(f"{HEAT}?.view.cells.value?.n === 40", timeout=PATIENCE)

    # These points are laid out by their distances; the others follow.
    before = matrix.evaluate(f"{MAP}.toPixel(7)")
    matrix.get_by_role("button", name="Layout").click()
    matrix.get_by_text("By the matrix of 40 points").click()
    matrix.get_by_role("button", name="Lay out").click()
    expect(matrix.get_by_text("has its new layout")).to_be_visible(timeout=2 * PATIENCE)
    expect(matrix.get_by_text("placed among their neighbours").first).to_be_visible()
    matrix.wait_for_function(f"{MAP}?.ready", timeout=PATIENCE)
    assert matrix.evaluate(f"{MAP}.toPixel(7)") != before
