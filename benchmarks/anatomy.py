"""Where the time of one query goes: its parts by the clock, when new and when asked again.

A query that was just asked finds its rows in the processor's caches; one that differs from the last
ones does not. The difference is what waiting for memory costs.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from contextlib import ExitStack
from functools import wraps
from importlib import import_module
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING
from unittest.mock import patch

import numpy as np
from qdrant_client import models

from benchmarks.data import clustered
from benchmarks.peers import NAME, Ours
from benchmarks.report import Row
from benchmarks.rounds import filtered_payloads, requests_of
from engine import warm_up

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DIMENSIONS, QUERIES, TURNS = 384, 200, 3
KINDS = (
    *("nearest", "best_score 4+4", "sum_scores 4+4", "context, 4 related pairs"),
    *("nearest, filter keeps 50%", "nearest, filter keeps 1%"),
)
PARTS = {
    "plan, vectors packed": ["engine.query.plain.resolve"],
    "filter": ["engine.query.plain.searched_rows"],
    "query in 8 bits": ["engine.query.access.asked_of"],
    "start": ["engine.query.covered.entry_rows"],
    "walk": ["engine.query.covered.walk"],
    "scan": ["engine.query.proposals.possible"],
    "exact scores, order": ["engine.query.plain.best_of"],
    "points of the answer": ["engine.query.run.scored_points"],
}
"""Functions of plain queries, by what they do; none calls another."""


def run() -> list[Row]:
    """Take queries of 10,000 points, which are scanned, and of 100,000 apart."""
    warm_up(wait=True)
    return [row for count in (10_000, 100_000) for row in _of_collection(count)]


def _of_collection(count: int) -> Iterator[Row]:
    vectors = clustered(count, DIMENSIONS)
    with tempfile.TemporaryDirectory() as folder:
        ours = Ours(Path(folder))
        ours.load(vectors, filtered_payloads(vectors), models.Distance.COSINE)
        ours.client.wait_for_index(NAME)
        every = requests_of(vectors, QUERIES)
        for kind in KINDS:
            new, again = _parts(ours, every[kind], 1), _parts(ours, every[kind], TURNS)
            for part, seconds in new.items():
                if seconds:
                    yield Row(
                        work=f"{count:,}: {kind}: {part}",
                        ours=seconds * 1e6,
                        against="asked again",
                        peer=again[part] * 1e6,
                        unit="µs",
                    )
        ours.client.close()


def _parts(ours: Ours, requests: list[models.QueryRequest], turns: int) -> dict[str, float]:
    """Return median seconds of each part, of the last of `turns` times that a query is asked."""
    taken: dict[str, list[float]] = defaultdict(list)
    lasted: dict[str, float] = {}
    with ExitStack() as stack:
        for part, places in PARTS.items():
            for place in places:
                module, _, name = place.rpartition(".")
                function = getattr(import_module(module), name)
                stack.enter_context(patch(place, _timed(function, part, lasted)))
        for request in requests:
            for _ in range(turns):
                lasted.clear()
                start = perf_counter()
                ours.query(request)
                whole = perf_counter() - start
            taken["all of it"].append(whole)
            for part in PARTS:
                taken[part].append(lasted.get(part, 0.0))
            taken["what is between them"].append(whole - sum(lasted.values()))
    return {part: float(np.median(seconds)) for part, seconds in taken.items()}


def _timed(
    function: Callable[..., object], part: str, lasted: dict[str, float]
) -> Callable[..., object]:
    @wraps(function)
    def timed(*given: object, **named: object) -> object:
        start = perf_counter()
        result = function(*given, **named)
        lasted[part] = lasted.get(part, 0.0) + perf_counter() - start
        return result

    return timed
