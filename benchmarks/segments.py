"""Graphs at rest: building them, opening a collection with one, the first query after that."""

from __future__ import annotations

import tempfile
from functools import partial
from importlib import import_module
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np
from qdrant_client import models

from benchmarks.data import clustered
from benchmarks.report import Row
from benchmarks.timing import Timing, interleaved
from engine import Engine
from engine.index import loops
from engine.index.build import Members, build_segment
from engine.index.parameters import graph_parameters
from engine.schema import VectorKind, VectorSpec
from engine.vectors import DenseRows

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

NAME, DIMENSIONS = "c", 384
BUILT, SIZES = 20_000, (10_000, 100_000)


def run() -> list[Row]:
    """Measure building beside hnswlib, then opening at two sizes."""
    loops.warm_up(wait=True)
    vectors = clustered(max(SIZES), DIMENSIONS)
    with tempfile.TemporaryDirectory() as folder:
        rows = [_building(vectors[:BUILT], Path(folder))]
        for size in SIZES:
            rows += _opening(vectors[:size], Path(folder) / str(size))
    return rows


def _building(vectors: NDArray[np.float32], folder: Path) -> Row:
    """Build the same graph by hnswlib alone, and as a segment in our own arrays."""
    spec = VectorSpec("", VectorKind.DENSE, DIMENSIONS, models.Distance.COSINE)
    present = np.ones(len(vectors), np.bool_)
    rows = DenseRows(spec, vectors, present)
    members = Members.of(present, present, compact=False)
    parameters = graph_parameters({}, "")
    taken = interleaved(
        {
            "ours": partial(build_segment, rows, members, parameters, folder, _unwatched),
            "hnswlib": partial(_hnswlib, vectors, folder),
        },
        repeats=5,
        warm_up=0,
        budget=120.0,
    )
    return _row(f"build, {len(vectors):,}", taken["ours"], "hnswlib", taken["hnswlib"])


def _unwatched(done: int, total: int) -> None:
    """Let a build go on."""


def _hnswlib(vectors: NDArray[np.float32], folder: Path) -> None:
    shape = graph_parameters({}, "").shape
    index = import_module("hnswlib").Index("ip", DIMENSIONS)
    index.init_index(len(vectors), shape.m, shape.ef_construct)
    index.add_items(vectors)
    index.save_index(str(folder / "peer.bin"))


def _opening(vectors: NDArray[np.float32], folder: Path) -> list[Row]:
    """Open a collection with its graph, and hnswlib's own file of it; ask both once."""
    query, name = vectors[0] * 1.01, f"{len(vectors):,}"
    with Engine(folder) as engine:
        params = models.VectorParams(size=DIMENSIONS, distance=models.Distance.COSINE)
        engine.create_collection(NAME, params)
        engine.upload_collection(NAME, vectors, ids=range(len(vectors)))
        engine.build_index(NAME)
    _hnswlib(vectors, folder)
    opened, asked, peer = [], [], []
    for _ in range(15):
        engine = Engine(folder)
        opened.append(_seconds(partial(engine.snapshot, NAME)))
        asked.append(_seconds(partial(engine.query_points, NAME, query)))
        engine.close()
        peer.append(_seconds(partial(_load, folder)))
    return [
        _row(f"open, {name}", Timing(tuple(opened)), "hnswlib", Timing(tuple(peer))),
        _row(f"first query after it, {name}", Timing(tuple(asked))),
    ]


def _load(folder: Path) -> None:
    import_module("hnswlib").Index("ip", DIMENSIONS).load_index(str(folder / "peer.bin"))


def _seconds(call: Callable[[], object]) -> float:
    began = perf_counter()
    call()
    return perf_counter() - began


def _row(work: str, ours: Timing, name: str = "", peer: Timing | None = None) -> Row:
    ratio = None if peer is None else peer.median / ours.median
    return Row(
        work=f"{work} x {DIMENSIONS}",
        ours=ours.median * 1e3,
        p95=ours.p95 * 1e3,
        against=name,
        peer=None if peer is None else peer.median * 1e3,
        ratio=ratio,
        goal="" if ratio is None else ">= 1x",
        met=None if ratio is None else ratio >= 1,
        note="the same threads, links and ef_construct" if peer is not None else "",
    )
