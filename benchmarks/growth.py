"""The same queries of ten thousand, a hundred thousand and a million points, ours only.

Points come in parts, each with clusters of its own, as a collection grows by new subjects. Each
measured call asks the next of a round of requests.
"""

from __future__ import annotations

import tempfile
from itertools import cycle
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from qdrant_client import models

from benchmarks.data import clustered
from benchmarks.peers import NAME, Ours
from benchmarks.recall import exact, recall
from benchmarks.report import Row
from benchmarks.rounds import filtered_payloads, requests_of
from benchmarks.timing import Timing, interleaved
from engine import warm_up

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SIZES, PART, DIMENSIONS = (10_000, 100_000, 1_000_000), 10_000, 384
KINDS = ("nearest", "best_score 4+4", "context, 4 related pairs", "nearest, filter keeps 10%")


def run() -> list[Row]:
    """Measure each size in a collection of its own, beside the smallest."""
    warm_up(wait=True)
    rows: list[Row] = []
    smallest: dict[str, Timing] = {}
    for size in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            ours = Ours(Path(folder))
            rows += _measured(size, ours, smallest)
            ours.client.close()
    return rows


def _measured(size: int, ours: Ours, smallest: dict[str, Timing]) -> list[Row]:
    began = perf_counter()
    part = _load(size, ours)
    loaded = perf_counter()
    ours.client.wait_for_index(NAME)
    rows = [
        Row(work=f"{size:,}: load", ours=loaded - began, unit="s"),
        Row(work=f"{size:,}: wait for its graph", ours=perf_counter() - loaded, unit="s"),
    ]
    asked = {kind: each for kind, each in requests_of(part).items() if kind in KINDS}
    return rows + [_asked(size, kind, asked[kind], ours, smallest) for kind in KINDS]


def _asked(
    size: int,
    kind: str,
    requests: list[models.QueryRequest],
    ours: Ours,
    smallest: dict[str, Timing],
) -> Row:
    found = recall(ours, ours.query, requests, [exact(ours, each) for each in requests])
    following = cycle(requests)
    taken = interleaved({"": lambda: ours.query(next(following))}, repeats=400, budget=6.0)[""]
    first = smallest.setdefault(kind, taken)
    return _row(f"{size:,}: {kind}", taken, first, found)


def _load(size: int, ours: Ours) -> NDArray[np.float32]:
    """Load so many points and return those of the first part."""
    params = models.VectorParams(size=DIMENSIONS, distance=models.Distance.COSINE)
    ours.client.create_collection(NAME, params)
    for start in range(0, size, PART):
        part = clustered(PART, DIMENSIONS, seed=start + 1)
        ids = range(start, start + PART)
        ours.client.upload_collection(NAME, part, payload=filtered_payloads(part), ids=ids)
        if start == 0:
            first = part
    return first


def _row(work: str, taken: Timing, first: Timing, found: float) -> Row:
    return Row(
        work=work,
        ours=taken.median * 1e3,
        p95=taken.p95 * 1e3,
        recall=found,
        against=f"{SIZES[0]:,} points",
        peer=first.median * 1e3,
        ratio=first.median / taken.median,
    )
