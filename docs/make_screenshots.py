"""Renew the pictures of the app in `docs/`: `make screenshots`."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlencode

from engine import Engine
from explorer import catalog, permalink
from explorer.draft import Draft
from explorer.graph import permalink as graph_permalink
from explorer.graph.view import Look, Sample, View
from explorer.starters import started
from tests.browser.running import MAP, chromium, running_app, wait_until_drawn

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

DOCS = Path(__file__).parent
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
WIDE, NARROW = (1440, 900), (420, 860)


def pictures() -> dict[str, tuple[str, tuple[int, int]]]:
    """Return the path and the window size of each picture."""
    return {
        "explore": (_starter("emoji", "recommend"), WIDE),
        "discover": (_starter("airports", "discover"), WIDE),
        "narrow": (_starter("digits", "context"), NARROW),
        "graph": (_graph("digits", "pixels"), WIDE),
        "clusters": (_page("clusters", "digits", "pixels"), WIDE),
        "matrix": (_page("matrix", "digits", "pixels"), WIDE),
        "collections": ("/collections", WIDE),
    }


def _page(page: str, name: str, using: str) -> str:
    """Return the link to a page on a collection."""
    return f"/{page}?" + urlencode(permalink.encode(Draft(name, using)))


def _graph(name: str, using: str) -> str:
    """Return the link to the graph of a collection's sample."""
    view = View(name, using, Sample(500))
    return "/graph?" + urlencode(graph_permalink.encode(view, Look()))


def _starter(name: str, mode: str) -> str:
    """Return the link to a bundled set's example query of a mode."""
    hints = catalog.find(name).card.hints
    starter = next(one for one in hints.starters if one.mode == mode)
    return "/?" + urlencode(permalink.encode(started(Draft(name, hints.vector or ""), starter)))


def main() -> None:
    """Start the app on all bundled sets and photograph each picture in both themes."""
    with tempfile.TemporaryDirectory() as folder:
        with Engine(folder) as engine:
            for name in catalog.ORDER:
                catalog.load(engine, name)
        with running_app(Path(folder)) as url, chromium() as browser:
            for theme in THEMES:
                for name, (path, size) in pictures().items():
                    _photograph(browser, url + path, size, theme, DOCS / f"{name}-{theme}.png")


def _photograph(
    browser: Browser, url: str, size: tuple[int, int], theme: Literal["light", "dark"], path: Path
) -> None:
    width, height = size
    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=theme)
    page.goto(url)
    _wait_until_settled(page)
    page.screenshot(path=path)
    page.close()
    print(path.name)


def _wait_until_settled(page: Page) -> None:
    if "/collections" in page.url:
        page.get_by_text("Import a file").wait_for()
    else:
        wait_until_drawn(page)
        page.wait_for_function(f"{MAP}.overlay().pending === 0")
    page.wait_for_timeout(6_000)  # jobs, fonts, pictures and style sheets


if __name__ == "__main__":
    main()
