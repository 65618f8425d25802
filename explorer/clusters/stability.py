"""How stable clusters are: whether other points and other seeds give the same ones.

Each round leaves out a fifth of the points, finds clusters anew with another seed, and looks how
much of each cluster is found again (Hennig, "Cluster-wise assessment of cluster stability", 2007,
with subsets): the Jaccard index, shared points over all points of both, of the cluster and the most
similar one of the round. Whole clusterings are compared by the adjusted Rand index (Hubert and
Arabie, "Comparing partitions", 1985).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from explorer.clusters.ground import NOISE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from explorer.clusters.study import Study
    from explorer.jobs import Report, Stopped

ROUNDS = 10
"""Rounds that are looked at by default."""

KEPT = 0.8
"""The share of points in each round."""


@dataclass(frozen=True, slots=True)
class Stability:
    """How much of a clustering is found again.

    Attributes:
        rounds: how often clusters were found anew.
        agreement: mean adjusted Rand index with the clustering, at most 1; 0 is chance. Noise
            counts as one cluster.
        jaccard: by cluster, the mean Jaccard index with what is most similar in each round.

    """

    rounds: int
    agreement: float
    jaccard: Mapping[int, float]


def stability(study: Study, report: Report, stopped: Stopped, rounds: int = ROUNDS) -> Stability:
    """Return how stable the clusters of a study are; raises Cancelled when stopped."""
    from sklearn.metrics import adjusted_rand_score  # noqa: PLC0415 - slow to import

    labels, question = study.clusters.labels, study.question
    found = [portrait.cluster for portrait in study.clusters.portraits]
    overlaps = np.zeros((rounds, len(found)))
    agreements = np.zeros(rounds)
    for round_ in range(rounds):
        report(round_, rounds, "Finding clusters anew")
        rng = np.random.default_rng((question.seed, round_))
        rows = np.flatnonzero(rng.random(len(labels)) < KEPT)
        seed = question.seed + 1 + round_
        anew = question.method.labels(study.ground.among(rows), seed, stopped)
        agreements[round_] = adjusted_rand_score(labels[rows], anew)
        overlaps[round_] = [_best_jaccard(labels[rows] == c, anew) for c in found]
    means = dict(zip(found, overlaps.mean(axis=0).tolist(), strict=True))
    return Stability(rounds, float(agreements.mean()), means)


def verdict(jaccard: float) -> str:
    """Return what a mean Jaccard index says, in Hennig's steps.

    What he calls a pattern, but not yet a stable cluster, is fairly stable here.
    """
    steps = ((0.85, "very stable"), (0.75, "stable"), (0.6, "fairly stable"), (0.5, "doubtful"))
    return next((word for least, word in steps if jaccard >= least), "dissolves")


def _best_jaccard(inside: NDArray[np.bool_], anew: NDArray[np.int32]) -> float:
    """Return the largest Jaccard index of a cluster with one found anew."""
    shared = np.bincount(anew[inside & (anew != NOISE)])
    if not shared.size:
        return 0.0
    sizes = np.bincount(anew[anew != NOISE])[: len(shared)]
    return float((shared / (sizes + inside.sum() - shared)).max())
