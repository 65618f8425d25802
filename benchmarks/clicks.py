"""From a click on a map's point to its results on the screen, in headless Chromium.

And the memory of the app's process after that.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from qdrant_client import models

from benchmarks.data import clustered, payloads
from benchmarks.report import Row
from benchmarks.timing import Timing
from engine import Engine
from explorer import catalog
from tests.browser.running import (
    MAP,
    chromium,
    starting_app,
    wait_until_drawn,
    wait_until_healthy,
)

if TYPE_CHECKING:
    from playwright.sync_api import Page

GOAL = 0.2
CLICKS = 40
SIZES = {"emoji": 1_747, "hundred_thousand": 100_000}
DIMENSIONS = 384

LAST_CLICK = "performance.getEntriesByName('sextant:click').at(-1)"
RESULTS = "performance.getEntriesByName('sextant:results').at(-1)"
CARDS = "performance.getEntriesByName('sextant:cards').at(-1)"


def run() -> list[Row]:
    """Click CLICKS points on the emoji map and on one of 100,000 points."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        _prepare(Path(folder))
        with starting_app(Path(folder)) as (url, process), chromium() as browser:
            wait_until_healthy(f"{url}/_stcore/health", process)
            for collection, size in SIZES.items():
                page = browser.new_page(viewport={"width": 1440, "height": 900})
                page.goto(f"{url}/?collection={collection}&mode=recommend")
                wait_until_drawn(page)
                rows += _measure(page, f"{collection}, {size:,} points")
                rows.append(_memory(process.pid, f"{collection}, {size:,} points"))
                page.close()
    return rows


def _prepare(folder: Path) -> None:
    size = SIZES["hundred_thousand"]
    with Engine(folder) as engine:
        catalog.load(engine, "emoji")
        engine.create_collection(
            "hundred_thousand",
            models.VectorParams(size=DIMENSIONS, distance=models.Distance.COSINE),
        )
        engine.upload_collection(
            "hundred_thousand", clustered(size, DIMENSIONS), payload=payloads(size), ids=range(size)
        )
        engine.create_payload_index("hundred_thousand", "group", "keyword")
        engine.wait_for_index("hundred_thousand")  # the app is not to be measured building it


def _measure(page: Page, where: str) -> list[Row]:
    rng = np.random.default_rng(5)
    count = int(page.evaluate(f"{MAP}.n"))
    chosen = [int(index) for index in rng.choice(count, CLICKS + 3, replace=False)]
    times = np.array([_click(page, index) for index in chosen])[3:]
    return [
        _row(f"click to results on the map: {where}", times[:, 0], GOAL),
        _row(f"click to results on the cards: {where}", times[:, 1], None),
    ]


def _memory(process: int, where: str) -> Row:
    """Read from the system what the app takes now: its own memory, and files it has mapped."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    told = dict(line.split(":", 1) for line in lines)
    own, files = (int(told[key].split()[0]) / 1024 for key in ("RssAnon", "RssFile"))
    note = f"own memory; {files:,.0f} MB of mapped files besides, which the system may drop"
    return Row(work=f"memory of the app: {where}", ours=own, unit="MB", note=note)


def _click(page: Page, index: int) -> tuple[float, float]:
    """Click a point and return seconds until the hits are drawn on the map and shown as cards."""
    x, y = page.evaluate(f"{MAP}.toPixel({index})")
    page.mouse.click(x, y)
    answered = (
        f"{LAST_CLICK} && [{RESULTS}, {CARDS}].every(e => e?.startTime > {LAST_CLICK}.startTime)"
    )
    page.wait_for_function(f"{answered} && {MAP}.overlay().pending === 0", timeout=10_000)
    page.wait_for_timeout(150)
    drawn, shown = page.evaluate(
        f"[{RESULTS}, {CARDS}].map(e => e.startTime - {LAST_CLICK}.startTime)"
    )
    return drawn / 1e3, shown / 1e3


def _row(work: str, seconds: np.ndarray, goal: float | None) -> Row:
    timing = Timing(tuple(seconds))
    return Row(
        work=work,
        ours=timing.median * 1e3,
        p95=timing.p95 * 1e3,
        goal="" if goal is None else f"< {goal * 1e3:g} ms",
        met=None if goal is None else timing.median < goal,
        note=f"{CLICKS} clicks, one after the other",
    )
