"""Bringing 100,000 points in, without an index: through columns and through point models."""

from __future__ import annotations

import os
import shutil
import tempfile
import warnings
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import qdrant_edge as edge
from qdrant_client import QdrantClient, models

from benchmarks.data import clustered, payloads
from benchmarks.report import Row
from benchmarks.timing import Timing, interleaved
from engine import Engine, warm_up

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np
    from numpy.typing import NDArray

    Payloads = list[dict[str, object]] | None

POINTS, DIMENSIONS = 100_000, 384
MODELS = 20_000  # a hundred thousand lists of floats would be 1.2 GB
REPEATS = 3
GOAL = 200_000
"""Points a second, of arrays, with payload or without."""
NAME = "load"


def run() -> list[Row]:
    """Load the same points into each contender, every time into an empty folder."""
    warm_up(wait=True)
    vectors, payload = clustered(POINTS, DIMENSIONS), payloads(POINTS)
    with tempfile.TemporaryDirectory() as folder:
        return [
            *_columns("array, no payload", vectors, None, Path(folder)),
            *_columns("array and payload", vectors, payload, Path(folder)),
            *_models(vectors[:MODELS], payload[:MODELS], Path(folder)),
        ]


def _columns(work: str, vectors: NDArray[np.float32], payload: Payloads, folder: Path) -> list[Row]:
    contenders = {
        "ours": partial(_emptied, folder, partial(_upload, vectors, payload)),
        "a plain file": partial(_emptied, folder, partial(_write, vectors)),
        "real engine": partial(_emptied, folder, partial(_upsert_core, vectors, payload)),
        "local mode": partial(_upload_local, vectors, payload),
    }
    return _rows(f"{len(vectors):,} points: {work}", len(vectors), contenders, GOAL)


def _models(
    vectors: NDArray[np.float32], payload: list[dict[str, object]], folder: Path
) -> list[Row]:
    points = [
        models.PointStruct(id=place, vector=vector, payload=payload[place])
        for place, vector in enumerate(vectors.tolist())
    ]
    contenders = {
        "ours": partial(_emptied, folder, partial(_upsert, points)),
        "real engine": partial(_emptied, folder, partial(_upsert_core, vectors, payload)),
    }
    return _rows(f"{len(vectors):,} points: models in one upsert", len(vectors), contenders, None)


def _rows(
    work: str, count: int, contenders: Mapping[str, Callable[[], None]], goal: float | None
) -> list[Row]:
    timings = interleaved(contenders, repeats=REPEATS, warm_up=0, budget=30.0)
    ours = timings.pop("ours")
    return [_row(work, count, ours, name, peer, goal) for name, peer in timings.items()]


def _row(work: str, count: int, ours: Timing, name: str, peer: Timing, goal: float | None) -> Row:
    rate = count / ours.median
    return Row(
        work=work,
        ours=ours.median * 1e3,
        against=name,
        peer=peer.median * 1e3,
        ratio=peer.median / ours.median,
        goal="" if goal is None else f">= {goal:,.0f} points/s",
        met=None if goal is None else rate >= goal,
        note=f"{rate:,.0f} points/s against {count / peer.median:,.0f}",
    )


def _emptied(folder: Path, load: Callable[[Path], None]) -> None:
    path = folder / NAME
    load(path)
    shutil.rmtree(path)


def _upload(vectors: NDArray[np.float32], payload: Payloads, folder: Path) -> None:
    with Engine(folder) as engine:
        engine.create_collection(NAME, _params())
        engine.upload_collection(NAME, vectors, payload=payload, ids=range(len(vectors)))


def _upsert(points: list[models.PointStruct], folder: Path) -> None:
    with Engine(folder) as engine:
        engine.create_collection(NAME, _params())
        engine.upsert(NAME, points)


def _upload_local(vectors: NDArray[np.float32], payload: Payloads) -> None:
    client = QdrantClient(":memory:")
    with warnings.catch_warnings(action="ignore"):  # of slowness beyond 20,000 points
        client.create_collection(NAME, _params())
        client.upload_collection(NAME, vectors, payload=payload, ids=range(len(vectors)))


def _upsert_core(vectors: NDArray[np.float32], payload: Payloads, folder: Path) -> None:
    folder.mkdir()
    params = edge.EdgeVectorParams(DIMENSIONS, edge.Distance.Cosine)
    shard = edge.EdgeShard.create(str(folder), edge.EdgeConfig(vectors=params))
    for start in range(0, len(vectors), 1000):
        part = vectors[start : start + 1000].tolist()
        shard.update(
            edge.UpdateOperation.upsert_points(
                [
                    edge.Point(place, vector, {} if payload is None else payload[place])
                    for place, vector in enumerate(part, start)
                ]
            )
        )
    shard.flush()
    shard.close()


def _write(vectors: NDArray[np.float32], folder: Path) -> None:
    """Write the bare numbers and flush them to the disk: no store that keeps them is faster."""
    folder.mkdir()
    with (folder / "vectors").open("wb") as file:
        file.write(vectors.data)
        file.flush()
        os.fsync(file.fileno())


def _params() -> models.VectorParams:
    return models.VectorParams(size=DIMENSIONS, distance=models.Distance.COSINE)
