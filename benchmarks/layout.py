"""Layouts: how far they can be trusted, and how long until the first and the final picture."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
import warnings
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from qdrant_client import models

from benchmarks.data import clustered
from benchmarks.report import Row
from engine import Engine
from explorer import catalog
from explorer.layout import Settings, VectorTable, layout_for, read_vectors, umap_layout
from explorer.layout.pairs import comparable, distances_between
from explorer.layout.quality import measured

if TYPE_CHECKING:
    from numpy.typing import NDArray

SETS = ("emoji", "digits", "airports", "cars", "docstrings")
NEIGHBOURS = 15
LARGE = 100_000
DIMENSIONS = 384


def run() -> list[Row]:
    """Measure the bundled sets, 100,000 made-up points, and 1,000 in a fresh process."""
    rows = [row for name in SETS for row in _trust(name)]
    return [*rows, *_large(), _fresh()]


def _trust(name: str) -> list[Row]:
    """Compare our trustworthiness with umap-learn's on the vectors, and on scores fed to it."""
    with Engine(":memory:") as engine:
        catalog.load(engine, name)
        vector = catalog.find(name).card.hints.vector or ""
        table = read_vectors(engine, name, vector)
    began = time.perf_counter()
    ours = umap_layout(table, Settings(), _quiet, _never)
    seconds = time.perf_counter() - began
    X = comparable(np.asarray(table.X), table.distance)
    metric = "cosine" if table.distance in (models.Distance.COSINE, models.Distance.DOT) else None
    began = time.perf_counter()
    theirs = _umap_learn(X, metric or "euclidean")
    their_seconds = time.perf_counter() - began
    scores = 1 - distances_between(X, X, table.distance) if metric else None
    fed = None if scores is None else _umap_learn(np.maximum(scores, 0), "precomputed")
    assert ours.quality is not None
    own = ours.quality.trustworthiness
    rows = []
    for against, places, time_taken in (
        ("umap-learn on the vectors", theirs, their_seconds),
        ("umap-learn fed with scores", fed, None),
    ):
        if places is not None:
            trust = _trustworthiness(table, X, places)
            rows.append(_trust_row(name, seconds, own, against, trust, time_taken))
    return rows


def _trust_row(
    name: str, ours: float, own: float, against: str, trust: float, seconds: float | None
) -> Row:
    is_goal = against.endswith("vectors")
    return Row(
        work=f"layout of {name}",
        ours=ours * 1e3,
        against=against,
        peer=None if seconds is None else seconds * 1e3,
        ratio=None if seconds is None else seconds / ours,
        goal="within 0.005" if is_goal else "",
        met=own >= trust - 0.005 if is_goal else None,
        note=f"trustworthiness@15 {own:.4f}, theirs {trust:.4f}",
    )


def _umap_learn(X: NDArray[np.float32], metric: str) -> NDArray[np.float32]:
    with warnings.catch_warnings(action="ignore"):
        import umap  # noqa: PLC0415 - takes seconds to import

        made = umap.UMAP(n_neighbors=NEIGHBOURS, metric=metric, random_state=0).fit_transform(X)
    return np.asarray(made, np.float32)


def _trustworthiness(
    table: VectorTable, X: NDArray[np.float32], places: NDArray[np.float32]
) -> float:
    found = measured(X, places, table.distance, _quiet, _never)
    assert found is not None
    return found.trustworthiness


def _large() -> list[Row]:
    """Time the first and the final picture of 100,000 points against umap-learn alone."""
    vectors = clustered(LARGE, DIMENSIONS)
    with tempfile.TemporaryDirectory() as folder, Engine(Path(folder)) as engine:
        params = models.VectorParams(size=DIMENSIONS, distance=models.Distance.COSINE)
        engine.create_collection("c", params)
        engine.upload_collection("c", vectors, ids=range(LARGE))
        began = time.perf_counter()
        first = layout_for(engine, "c", "", None)
        _ = first.key
        first_seconds = time.perf_counter() - began
        table = read_vectors(engine, "c", "")
        began = time.perf_counter()
        final = umap_layout(table, Settings(), _quiet, _never)
        final_seconds = time.perf_counter() - began
    began = time.perf_counter()
    theirs = _umap_learn(vectors, "cosine")
    their_seconds = time.perf_counter() - began
    whole = replace(table, X=vectors)
    ours_trust = _trustworthiness(whole, vectors, final.places)
    their_trust = _trustworthiness(whole, vectors, theirs)
    return [
        Row(
            work=f"first picture of {LARGE:,}",
            ours=first_seconds * 1e3,
            goal="< 2 s",
            met=first_seconds < 2,
            note="PCA, from the rows on disk",
        ),
        Row(
            work=f"final picture of {LARGE:,}",
            ours=final_seconds * 1e3,
            against="umap-learn alone",
            peer=their_seconds * 1e3,
            ratio=their_seconds / final_seconds,
            note=f"trustworthiness@15 {ours_trust:.4f}, theirs {their_trust:.4f}; ours lays out "
            "50,000 and places the others",
        ),
    ]


_FRESH = """
import numpy as np
from qdrant_client.models import Distance
from explorer.layout import Settings, VectorTable, umap_layout
X = np.random.default_rng(0).normal(size=(1000, 384)).astype(np.float32)
table = VectorTable(tuple(range(1000)), X, np.ones(1000, bool), Distance.COSINE)
umap_layout(table, Settings(), lambda *_: None, lambda: False)
"""


def _fresh() -> Row:
    """Time a process from its start to the final layout of 1,000 points, imports included."""
    seconds = []
    for _ in range(3):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", _FRESH], check=True)
        seconds.append(time.perf_counter() - began)
    return Row(
        work="1,000 points in a fresh process",
        ours=float(np.median(seconds)) * 1e3,
        goal="< 5 s",
        met=float(np.median(seconds)) < 5,
        note="imports included; compiled kernels come from their cache",
    )


def _quiet(*_progress: object) -> None:
    """Report to nobody."""


def _never() -> bool:
    return False
