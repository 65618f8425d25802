"""From the start command (everything installed) to a drawn first map, in a fresh data folder."""

from __future__ import annotations

from time import perf_counter

from benchmarks.browser import Server, chromium, wait_until_drawn
from benchmarks.report import Row
from benchmarks.timing import Timing

GOAL = 5.0
RUNS = 5


def run() -> list[Row]:
    """Start the app RUNS times on an empty folder; the browser is already open."""
    with chromium() as browser:
        timing = Timing(tuple(_first_map(browser) for _ in range(RUNS)))
    return [
        Row(
            work="start command to first map",
            ours=timing.median * 1e3,
            p95=timing.p95 * 1e3,
            goal=f"< {GOAL:g} s",
            met=timing.median < GOAL,
            note=f"{RUNS} starts, empty data folder, emoji loaded, page cache warm",
        )
    ]
