"""Fusion: several ranked lists become one, by rank (RRF) or by normalised score (DBSF)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from engine.query.candidates import Candidates, best, joined

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.scoring.strategy import Scores
    from engine.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class RankFusion:
    """Reciprocal rank fusion (Cormack, Clarke and Büttcher, 2009), as Qdrant weights it.

    A source of weight w gives its point at place i, from 0: 1 / ((i + 1) / w + k - 1).

    Attributes:
        k: flattens the difference between the first places, at least 1.
        weights: of each source; None is 1 for all, and a weight of 0 or less gives nothing.

    """

    k: int = 2
    weights: tuple[float, ...] | None = None

    @property
    def name(self) -> str:
        """As traces and requests call it."""
        return "rrf"

    def contributions(self, number: int, scores: Scores) -> Scores:
        """Return what source `number` gives to each of its points; only their places count."""
        weight = 1.0 if self.weights is None else self.weights[number]
        if weight <= 0:
            return np.zeros(len(scores), np.float32)
        places = np.arange(1, len(scores) + 1)
        return (1 / (places / weight + (self.k - 1))).astype(np.float32)


@dataclass(frozen=True, slots=True)
class ScoreFusion:
    """Distribution-based score fusion: each source's mean ± 3 standard deviations become 0 and 1.

    Scores outside are not cut. Shown scores are taken as they are, so a source of distances rewards
    the farthest points, as in Qdrant.
    """

    @property
    def name(self) -> str:
        """As traces and requests call it."""
        return "dbsf"

    def contributions(self, number: int, scores: Scores) -> Scores:  # noqa: ARG002 - as of RankFusion
        """Return the source's normalised scores; 0.5 for all where they do not differ."""
        if len(scores) < 2:
            return np.full(len(scores), 0.5, np.float32)
        mean, spread = scores.mean(dtype=np.float64), 3 * scores.std(ddof=1, dtype=np.float64)
        low, high = np.float32(mean - spread), np.float32(mean + spread)
        if low == high:
            return np.full(len(scores), 0.5, np.float32)
        normalised: Scores = (scores - low) / (high - low)
        return normalised


Fusion: TypeAlias = RankFusion | ScoreFusion


def fuse(snapshot: Snapshot, fusion: Fusion, sources: Sequence[Candidates]) -> Candidates:
    """Return every point of the sources, scored by the sum of what the sources give it.

    A point keeps the order value of the first source that has it. Score fusion puts points with an
    order value first, largest value first, as Qdrant does; rank fusion pays no heed to it.
    """
    every = joined(sources)
    given = [fusion.contributions(number, source.scores) for number, source in enumerate(sources)]
    rows, firsts, places = np.unique(every.rows, return_index=True, return_inverse=True)
    sums = np.bincount(places, weights=np.concatenate(given), minlength=len(rows))
    fused = best(snapshot, rows, sums.astype(np.float32), len(rows))
    if every.order_values is None:
        return fused
    values = every.order_values[firsts][np.searchsorted(rows, fused.rows)]
    fused = Candidates(fused.rows, fused.scores, values)
    return _by_order_value(fused) if isinstance(fusion, ScoreFusion) else fused


def _by_order_value(found: Candidates) -> Candidates:
    """Return points with an order value first, largest first; the others as they are."""
    values = np.asarray(found.order_values, np.float64)  # None becomes NaN, which sorts last
    return found.take(np.argsort(-values, kind="stable"))
