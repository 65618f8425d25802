"""Outliers: points that stand far from all others, by three readings of "far"."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, cast

import numpy as np
from qdrant_client import models

from explorer.findings.finding import Evidence, Finding, FindingKind, evidence
from explorer.results import score_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from engine.ids import PointId
    from explorer.client import Client
    from explorer.neighbours import Neighbours

SAMPLE = 256
"""Points that "most dissimilar" compares with, where none are chosen."""

_ROUNDING = np.float32(1e-10)  # mean reach of duplicates, so that their density stays finite


class OutlierMethod(StrEnum):
    """What makes a point an outlier."""

    DISTANCE = "distance"
    DENSITY = "density"
    DISSIMILAR = "dissimilar"


@dataclass(frozen=True, eq=False)
class Dissimilar:
    """The points that are least like the points they were compared with, least alike first.

    Attributes:
        hits: id and score, as the negative-only `best_score` query gives it.
        compared: how many points they were compared with.

    """

    hits: tuple[Evidence, ...]
    compared: int


def distance_scores(neighbours: Neighbours) -> NDArray[np.float32]:
    """Return how far each point's k-th neighbour is, float32 (n,): large for outliers.

    Ramaswamy, Rastogi and Shim, "Efficient algorithms for mining outliers from large data sets",
    2000. A point with fewer than k neighbours counts as far as the farthest.
    """
    if not neighbours.k:
        return np.zeros(len(neighbours), np.float32)
    return _finite_distances(neighbours)[:, -1]


def density_scores(neighbours: Neighbours) -> NDArray[np.float32]:
    """Return the local outlier factor of each point, float32 (n,): 1 in even surroundings.

    How many times denser it is around a point's neighbours than around itself: Breunig, Kriegel, Ng
    and Sander, "LOF: identifying density-based local outliers", 2000.
    """
    if not neighbours.k:
        return np.ones(len(neighbours), np.float32)
    distances = _finite_distances(neighbours)
    near = neighbours.indices
    reach = np.maximum(distances[near, -1], distances)
    density = np.reciprocal(_mean(reach, neighbours.filled) + _ROUNDING)
    around = _mean(density[near], neighbours.filled)
    return np.asarray(np.where(neighbours.filled.any(axis=1), around / density, 1), np.float32)


def strongest(
    neighbours: Neighbours, scores: NDArray[np.float32], method: OutlierMethod, limit: int
) -> tuple[Finding, ...]:
    """Return the points with the largest scores as findings, the largest first.

    Args:
        neighbours: what the scores come from.
        scores: float32 (n,), of `distance_scores` or `density_scores`.
        method: which of the two.
        limit: how many are wanted at most.

    """
    order = np.argsort(-scores, kind="stable")[:limit]
    middle = float(np.median(scores)) if len(scores) else 0.0
    return tuple(
        Finding(
            FindingKind.OUTLIER,
            (neighbours.ids[place],),
            float(scores[place]),
            _reason(method, neighbours.k, float(scores[place]), middle),
            evidence(neighbours, place),
        )
        for place in order.tolist()
    )


def most_dissimilar(
    client: Client,
    collection: str,
    using: str,
    ids: Sequence[PointId],
    limit: int,
    *,
    chosen: Sequence[PointId] = (),
    seed: int = 0,
) -> Dissimilar:
    """Return the points that are least like chosen ones, or like a sample of all.

    A recommend query with negatives only and the strategy `best_score` ranks by the most similar of
    the negatives, the least similar first. Points of a query's own examples are never found, so a
    sample is two: the points of each are compared with the other, the rest with the first.

    Args:
        client: embedded or remote.
        collection: its name.
        using: the vector, `""` for the unnamed one.
        ids: the points in question; all of them have the vector.
        limit: how many are wanted at most.
        chosen: compare with these instead of a sample.
        seed: of the sample.

    Raises what the client raises.

    """
    if chosen:
        among = [point for point in ids if point not in set(chosen)]
        hits = _least_like(client, collection, using, chosen, among, limit)
        return Dissimilar(tuple(hits[:limit]), len(chosen))
    drawn = np.random.default_rng(seed).permutation(len(ids))[: 2 * SAMPLE].tolist()
    first, second = ([ids[place] for place in drawn[start::2]] for start in (0, 1))
    inside = set(first)
    outside = [point for point in ids if point not in inside]
    hits = _least_like(client, collection, using, first, outside, limit)
    hits += _least_like(client, collection, using, second, first, limit)
    hits.sort(key=lambda hit: -hit.score)
    return Dissimilar(tuple(hits[:limit]), len(first))


def dissimilar_findings(neighbours: Neighbours, found: Dissimilar) -> tuple[Finding, ...]:
    """Return the most dissimilar points as findings, with their own neighbours as evidence."""
    places = neighbours.places
    return tuple(
        Finding(
            FindingKind.OUTLIER,
            (hit.point,),
            hit.score,
            f"Of {found.compared:,} points it was compared with, even the most similar is little "
            f"like it: best_score {score_text(hit.score)}.",
            evidence(neighbours, places[hit.point]) if hit.point in places else (),
        )
        for hit in found.hits
    )


def _least_like(
    client: Client,
    collection: str,
    using: str,
    negatives: Sequence[PointId],
    among: Sequence[PointId],
    limit: int,
) -> list[Evidence]:
    if not negatives or not among:
        return []
    best_score = models.RecommendInput(
        negative=list(negatives), strategy=models.RecommendStrategy.BEST_SCORE
    )
    answer = client.query_points(
        collection,
        query=models.RecommendQuery(recommend=best_score),
        using=using or None,
        query_filter=models.Filter(must=[models.HasIdCondition(has_id=list(among))]),
        limit=limit,
        with_payload=False,
    )
    return [Evidence(cast("PointId", hit.id), hit.score) for hit in answer.points]


def _reason(method: OutlierMethod, k: int, score: float, middle: float) -> str:
    if method is OutlierMethod.DENSITY:
        return f"It is {score:.3g} times denser around its {k} neighbours than around itself."
    return (
        f"Its neighbour number {k} is {score_text(score)} away; "
        f"half of all points have theirs within {score_text(middle)}."
    )


def _finite_distances(neighbours: Neighbours) -> NDArray[np.float32]:
    distances = neighbours.distances
    finite = np.isfinite(distances)
    return np.where(finite, distances, distances[finite].max(initial=0))


def _mean(values: NDArray[np.float32], filled: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return the mean of each row's filled cells, 0 where there is none."""
    counts = np.maximum(filled.sum(axis=1), 1)
    return np.asarray(np.where(filled, values, 0).sum(axis=1) / counts, np.float32)
