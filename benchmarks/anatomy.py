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
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import numpy as np
from qdrant_client import models

from benchmarks.data import clustered
from benchmarks.peers import NAME, Ours
from benchmarks.report import Row
from engine import warm_up

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    Request = models.QueryRequest

DIMENSIONS, QUERIES, TURNS = 384, 200, 3
PARTS = {
    "plan": ["engine.query.run.make_plan", "engine.query.plain.resolve"],
    "query in 8 bits": ["engine.query.access.asked_of", "engine.query.plain.ask"],
    "walk": ["engine.query.covered.walk"],
    "scan": ["engine.query.proposals.possible"],
    "exact scores": ["engine.query.search.best_of", "engine.query.plain.best_of"],
    "points of the answer": ["engine.query.run.scored_points"],
}
"""Functions, by what they do, those of plans and of plain queries; none calls another."""


def run() -> list[Row]:
    """Take queries of 10,000 points, which are scanned, and of 100,000 apart."""
    warm_up(wait=True)
    return [row for count in (10_000, 100_000) for row in _of_collection(count)]


def _of_collection(count: int) -> Iterator[Row]:
    vectors = clustered(count, DIMENSIONS)
    with tempfile.TemporaryDirectory() as folder:
        ours = Ours(Path(folder))
        payloads: list[dict[str, object]] = [{"number": number} for number in range(count)]
        ours.load(vectors, payloads, models.Distance.COSINE)
        ours.client.wait_for_index(NAME)
        for kind, requests in _requests(vectors).items():
            new, again = _parts(ours, requests, 1), _parts(ours, requests, TURNS)
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


def _requests(vectors: np.ndarray[Any, np.dtype[np.float32]]) -> dict[str, list[Request]]:
    drawn = np.random.default_rng(3).integers(len(vectors), size=(QUERIES, 8))
    best = models.RecommendStrategy.BEST_SCORE

    def recommend(rows: Sequence[int]) -> models.RecommendQuery:
        positive, negative = vectors[rows[:4]].tolist(), vectors[rows[4:]].tolist()
        given = models.RecommendInput(positive=positive, negative=negative, strategy=best)
        return models.RecommendQuery(recommend=given)

    return {
        "nearest": [models.QueryRequest(query=vectors[row].tolist()) for row, *_ in drawn],
        "best_score 4+4": [models.QueryRequest(query=recommend(rows)) for rows in drawn.tolist()],
    }


def _parts(ours: Ours, requests: list[Request], turns: int) -> dict[str, float]:
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
