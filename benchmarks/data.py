"""Made-up data with the shape of real embeddings: clusters in a subspace, plus noise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

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
