"""From the start command (everything installed) to a drawn first map, in a fresh data folder."""

from __future__ import annotations

import tempfile
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from benchmarks.report import Row
from benchmarks.timing import Timing
from tests.browser.running import chromium, starting_app, wait_until_drawn, wait_until_healthy

if TYPE_CHECKING:
    from playwright.sync_api import Browser

GOAL = 5.0
RUNS = 7


def run() -> list[Row]:
    """Start the app RUNS times, each on an empty folder; the browser is open already."""
    with chromium() as browser:
        times = [_first_map(browser) for _ in range(RUNS)]
    return [
        _row("start command to first answer", [answer for answer, _ in times]),
        _row("start command to drawn first map", [drawn for _, drawn in times], goal=GOAL),
    ]


def _first_map(browser: Browser) -> tuple[float, float]:
    with tempfile.TemporaryDirectory() as folder:
        start = perf_counter()
        with starting_app(Path(folder)) as (url, process):
            wait_until_healthy(f"{url}/_stcore/health", process)
            answered = perf_counter() - start
            page = browser.new_page()
            page.goto(url)
            wait_until_drawn(page)
            drawn = perf_counter() - start
            page.close()
    return answered, drawn


def _row(work: str, seconds: list[float], goal: float | None = None) -> Row:
    timing = Timing(tuple(seconds))
    return Row(
        work=work,
        ours=timing.median * 1e3,
        p95=timing.p95 * 1e3,
        goal="" if goal is None else f"< {goal:g} s",
        met=None if goal is None else timing.median < goal,
        note=f"{RUNS} starts, each on an empty data folder",
    )
