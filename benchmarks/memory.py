"""Memory of a process that loads and asks: ours, the real engine and local mode, each in its own.

`python -m benchmarks.memory CONTENDER POINTS FOLDER` is one such process.
"""

from __future__ import annotations

import os
import resource
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from qdrant_client import models

from benchmarks.data import clustered, payloads
from benchmarks.peers import NAME, LocalMode, Ours, Peer, RealEngine
from benchmarks.report import Row
from engine import Engine

if TYPE_CHECKING:
    from collections.abc import Callable

POINTS, MANY, DIMENSIONS = 100_000, 1_000_000, 384
CHUNK = 50_000
LIMIT = 4 << 30
"""Bytes of address space in which the large collection has to be opened and searched."""


def run() -> list[Row]:
    """Start one process for each contender and read its peak from the system."""
    with tempfile.TemporaryDirectory() as folder:
        peaks = {name: _peak(name, POINTS, f"{folder}/{name}") for name in CONTENDERS}
        many = f"{folder}/many"
        loaded, opened = (_peak(name, MANY, many) for name in ("load many", "open many"))
    ours = peaks.pop("ours")
    return [
        *(
            _row(f"{POINTS:,} x {DIMENSIONS}: load, 20 queries", ours, *peer)
            for peer in peaks.items()
        ),
        _row(f"{MANY:,} x {DIMENSIONS}: load", loaded),
        _row(f"{MANY:,} x {DIMENSIONS}: open, 20 queries within {LIMIT >> 30} GiB", opened),
    ]


def _row(work: str, ours: float, name: str = "", peer: float | None = None) -> Row:
    return Row(
        work=work,
        ours=ours,
        against=name,
        peer=peer,
        ratio=None if peer is None else peer / ours,
        unit="MB",
        note="peak resident memory, mapped files that the system may drop included",
    )


def _peak(contender: str, points: int, folder: str) -> float:
    """Return the peak resident memory of one process in megabytes."""
    Path(folder).mkdir(exist_ok=True)
    command = [sys.executable, "-m", "benchmarks.memory", contender, str(points), folder]
    process = os.posix_spawn(command[0], command, os.environ)
    _, status, usage = os.wait4(process, 0)
    if status:
        raise RuntimeError(f"{' '.join(command)} ended with {os.waitstatus_to_exitcode(status)}")
    return usage.ru_maxrss / 1024


def _nothing(points: int, folder: Path) -> None:  # noqa: ARG001 - as the contenders
    """Make the points and keep them nowhere: what every contender pays for this measurement."""
    clustered(points, DIMENSIONS)
    payloads(points)


def _load_and_ask(make: Callable[[Path], Peer], points: int, folder: Path) -> None:
    vectors = clustered(points, DIMENSIONS)
    peer = make(folder)
    peer.load(vectors, payloads(points), models.Distance.COSINE)
    for vector in vectors[:20].tolist():
        peer.query(models.QueryRequest(query=vector, limit=10))


def _load_many(points: int, folder: Path) -> None:
    with Engine(folder) as engine:
        params = models.VectorParams(size=DIMENSIONS, distance=models.Distance.COSINE)
        engine.create_collection(NAME, params)
        for start in range(0, points, CHUNK):
            part = clustered(CHUNK, DIMENSIONS, seed=start)
            engine.upload_collection(NAME, part, ids=range(start, start + CHUNK))


def _open_many(points: int, folder: Path) -> None:  # noqa: ARG001 - as the contenders
    resource.setrlimit(resource.RLIMIT_AS, (LIMIT, LIMIT))
    with Engine(folder) as engine:
        for vector in clustered(20, DIMENSIONS).tolist():
            engine.query_points(NAME, vector, limit=10)


CONTENDERS: dict[str, Callable[[int, Path], None]] = {
    "ours": partial(_load_and_ask, Ours),
    "real engine": partial(_load_and_ask, RealEngine),
    "local mode": partial(_load_and_ask, lambda _: LocalMode()),
    "the points alone": _nothing,
}
_LARGE: dict[str, Callable[[int, Path], None]] = {
    "load many": _load_many,
    "open many": _open_many,
}

if __name__ == "__main__":
    contender, size, place = sys.argv[1:]
    (CONTENDERS | _LARGE)[contender](int(size), Path(place))
