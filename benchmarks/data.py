"""Data for benchmarks: clusters in a subspace, real embeddings repeated, directions at random."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

DATASETS = Path(__file__).parents[1] / "datasets"
EMBEDDINGS = {"docstrings": "dense", "emoji": "text"}
"""Bundled sets, with the name of what a language model made of each of their points."""

GROUPS = ("red", "green", "blue", "grey")


def clustered(n: int, dim: int, *, seed: int = 7) -> NDArray[np.float32]:
    """Return unit vectors (n, dim) float32 of n / 200 clusters within 48 dimensions."""
    rng = np.random.default_rng(seed)
    basis = rng.standard_normal((48, dim), dtype=np.float32)
    centres = rng.standard_normal((max(2, n // 200), 48), dtype=np.float32)
    low = centres[rng.integers(len(centres), size=n)]
    low += 0.5 * rng.standard_normal((n, 48), dtype=np.float32)
    vectors = low @ basis + 0.5 * rng.standard_normal((n, dim), dtype=np.float32)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


def tiled(name: str, n: int, *, seed: int = 7) -> NDArray[np.float32]:
    """Return n unit vectors: those of a bundled set, each repeated with noise of norm 0.4."""
    path = DATASETS / name / "vectors" / EMBEDDINGS[name]
    stored, scale = np.load(f"{path}.npy"), np.load(f"{path}.scale.npy")
    real = stored.astype(np.float32) * scale
    real /= np.linalg.norm(real, axis=1, keepdims=True)
    rng = np.random.default_rng(seed)
    noise = rng.standard_normal((n, real.shape[1]), dtype=np.float32)
    noise *= np.float32(0.4 / np.sqrt(real.shape[1]))
    noise += real[rng.integers(len(real), size=n)]
    return np.asarray(noise / np.linalg.norm(noise, axis=1, keepdims=True), np.float32)


def unstructured(n: int, dim: int, *, seed: int = 7) -> NDArray[np.float32]:
    """Return unit vectors (n, dim) float32 in directions drawn at random."""
    drawn = np.random.default_rng(seed).standard_normal((n, dim), dtype=np.float32)
    return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True), np.float32)


def payloads(n: int, *, seed: int = 7) -> list[dict[str, object]]:
    """Return n payloads: `half` is yes for 50%, `tenth` for 10%; `group` has four values."""
    rng = np.random.default_rng(seed)
    draws = rng.random(n)
    return [
        {
            "half": "yes" if draw < 0.5 else "no",
            "tenth": "yes" if draw < 0.1 else "no",
            "group": GROUPS[i % len(GROUPS)],
            "rank": i,
        }
        for i, draw in enumerate(draws)
    ]
