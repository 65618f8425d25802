"""The distance matrix: ours, the real engine by a query per row, local mode, and NN-descent.

Times are CPU times, summed over the cores: a matrix takes them all, and on a busy machine the clock
on the wall would say more about the others; for NN-descent that clock is told too. The real engine
is asked twice: plainly, in a collection that is the sample, and among the sample's ids, as a server
that draws a sample asks. NN-descent is asked for the neighbours that are wanted, and for twice as
many, of which the nearest half is right more often.
"""

from __future__ import annotations

import tempfile
import time
import warnings
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import qdrant_edge as edge
from qdrant_client import models

from benchmarks.data import clustered, payloads
from benchmarks.peers import NAME, LocalMode, Ours, RealEngine
from benchmarks.report import Row

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from engine.query.matrix import DistanceMatrix

T = TypeVar("T")

SIZES = (1_000, 5_000, 10_000, 50_000)
DIMENSIONS, LIMIT = 384, 20
ROWS = 30
"""Rows that the real engine is asked for; its time for all is extrapolated from them."""

LOCAL_POINTS = 100
"""Points of local mode's matrix, which takes seven minutes for 1,000."""

DESCENT = (5_000, 10_000, 50_000)
DESCENT_NAME = "pynndescent, compiled"
AMONG_IDS = "real engine, a query per row among the sample's ids"
GOALS = {AMONG_IDS: 20.0, DESCENT_NAME: 2.0}


def run() -> list[Row]:
    """Measure each size; the matrix is of all points of a collection, so nothing is drawn."""
    return [row for size in SIZES for row in _measure(size)]


def _measure(size: int) -> list[Row]:
    vectors = clustered(size, DIMENSIONS)
    with tempfile.TemporaryDirectory() as folder:
        ours = Ours(Path(folder))
        ours.load(vectors, payloads(size), models.Distance.COSINE)
        repeats = 5 if size <= 10_000 else 1
        matrix, seconds = _best(lambda: _matrix(ours, size), repeats)
        rows = _real_engine(Path(folder), vectors, matrix, seconds.processor)
        if size == SIZES[0]:
            rows.append(_local_mode(vectors, seconds.processor))
        if size in DESCENT:
            rows += [_descent(vectors, matrix, seconds, asked) for asked in (LIMIT, 2 * LIMIT)]
        ours.client.close()
    return rows


def _matrix(ours: Ours, size: int) -> DistanceMatrix:
    return ours.client.distance_matrix(NAME, limit=LIMIT, sample=size)


def _real_engine(
    folder: Path, vectors: NDArray[np.float32], matrix: DistanceMatrix, ours: float
) -> list[Row]:
    peer = RealEngine(folder)
    peer.load(vectors, payloads(len(vectors)), models.Distance.COSINE)
    asked = np.random.default_rng(0).choice(len(vectors), ROWS, replace=False).tolist()
    sample = edge.Filter(must=[edge.HasIdCondition(set(range(len(vectors))))])
    rows = []
    for name, among in (("real engine, a query per row", None), (AMONG_IDS, sample)):
        ask: Callable[[], list[list[int]]] = partial(_nearest, peer, vectors[asked], among)
        answers, seconds = _best(ask, 1)
        found = [
            len({*_neighbours(matrix, row)} & {*answer}) / LIMIT
            for row, answer in zip(asked, answers, strict=True)
        ]
        note = f"extrapolated from {ROWS} rows; {np.mean(found):.1%} of our neighbours agree"
        whole = seconds.processor * len(vectors) / ROWS
        rows.append(_row(len(vectors), name, ours, whole, note))
    return rows


def _nearest(
    peer: RealEngine, vectors: NDArray[np.float32], among: edge.Filter | None
) -> list[list[int]]:
    """Return what is nearest to each vector, by a query each."""
    assert peer.shard is not None
    found = []
    for vector in vectors:
        request = edge.QueryRequest(
            limit=LIMIT + 1,
            query=edge.Query.Nearest(vector.tolist()),
            filter=among,
            params=edge.SearchParams(exact=True),
        )
        found.append([int(hit.id) for hit in peer.shard.query(request)])
    return found


def _neighbours(matrix: DistanceMatrix, row: int) -> list[int]:
    start, end = np.searchsorted(matrix.rows, (row, row + 1))
    return [int(matrix.ids[column]) for column in matrix.columns[start:end].tolist()]


def _local_mode(vectors: NDArray[np.float32], ours: float) -> Row:
    peer = LocalMode()
    peer.load(vectors[:LOCAL_POINTS], payloads(LOCAL_POINTS), models.Distance.COSINE)
    with warnings.catch_warnings(action="ignore"):
        _, seconds = _best(
            lambda: peer.client.search_matrix_pairs(NAME, sample=LOCAL_POINTS, limit=LIMIT), 1
        )
    whole = seconds.processor * (len(vectors) / LOCAL_POINTS) ** 2
    note = f"extrapolated from {LOCAL_POINTS} points, by the square of their number"
    return _row(len(vectors), "local mode", ours, whole, note)


def _descent(
    vectors: NDArray[np.float32], matrix: DistanceMatrix, ours: Seconds, asked: int
) -> Row:
    """Compare with NN-descent, which misses some; its first run in a process compiles."""
    from pynndescent import NNDescent  # noqa: PLC0415 - takes seconds to import

    def build() -> NDArray[np.int32]:
        index = NNDescent(vectors, metric="cosine", n_neighbors=asked + 1, random_state=0)
        rows: NDArray[np.int32] = index.neighbor_graph[0]
        return rows

    with warnings.catch_warnings(action="ignore"):
        _, first = _best(build, 1)
        found, seconds = _best(build, 3)
    sampled = range(0, len(vectors), max(1, len(vectors) // 500))
    shared = [
        len({*_neighbours(matrix, row)} & {*found[row, : LIMIT + 1].tolist()}) / LIMIT
        for row in sampled
    ]
    note = (
        f"on the wall {seconds.wall * 1e3:,.0f} ms against "
        f"our {ours.wall * 1e3:,.0f}, {seconds.wall / ours.wall:.1f}x; first run {first.wall:.0f} s"
    )
    name = DESCENT_NAME if asked == LIMIT else f"{DESCENT_NAME}, asked for {asked}"
    row = _row(len(vectors), name, ours.processor, seconds.processor, note)
    return replace(row, recall=1.0, peer_recall=float(np.mean(shared)))


@dataclass(frozen=True, slots=True)
class Seconds:
    """How long some work takes at least: of the processor, and by the clock on the wall."""

    processor: float
    wall: float


def _best(work: Callable[[], T], repeats: int) -> tuple[T, Seconds]:
    """Return what the work returns, and its least times."""
    times = []
    for _ in range(repeats):
        began, began_wall = time.process_time(), time.perf_counter()
        found = work()
        times.append((time.process_time() - began, time.perf_counter() - began_wall))
    processor, wall = np.min(times, axis=0).tolist()
    return found, Seconds(processor, wall)


def _row(size: int, peer: str, ours: float, seconds: float, note: str) -> Row:
    ratio, goal = seconds / ours, GOALS.get(peer)
    is_goal = goal is not None and size == 5_000
    return Row(
        work=f"matrix of {size:,} x {LIMIT}, CPU",
        ours=ours * 1e3,
        against=peer,
        peer=seconds * 1e3,
        ratio=ratio,
        goal=f">= {goal:g}x" if is_goal else "",
        met=ratio >= goal if goal is not None and is_goal else None,
        note=note,
    )
