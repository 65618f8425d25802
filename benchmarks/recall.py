"""How many of the best scores an answer has, counted against our own exact search."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from qdrant_client import models

from benchmarks.peers import NAME, Ours
from benchmarks.rounds import LIMIT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Ask = Callable[[models.QueryRequest], list[int]]


def exact(ours: Ours, request: models.QueryRequest) -> dict[int, float]:
    """Return the exactly best points with their scores, and those that tie with the last."""
    points = _scored(ours, request, limit=LIMIT + 200)
    last = list(points.values())[LIMIT - 1]
    return {point: score for point, score in points.items() if score >= last - 1e-6}


def _scored(ours: Ours, request: models.QueryRequest, limit: int) -> dict[int, float]:
    found = ours.client.query_points(
        NAME,
        query=request.query,
        query_filter=request.filter,
        limit=limit,
        with_payload=False,
        search_params=models.SearchParams(exact=True),
    )
    return {int(point.id): point.score for point in found.points}


def recall(
    ours: Ours, ask: Ask, requests: Sequence[models.QueryRequest], best: list[dict[int, float]]
) -> float:
    """Return the share of the best scores that was found; a tie counts as found.

    Where more points tie for the best score than an exact answer lists, any of them will do.
    """
    shares = []
    for request, exactly in zip(requests, best, strict=True):
        found = ask(request)
        listed = sum(point in exactly for point in found)
        if listed < LIMIT and len(exactly) > LIMIT:
            listed = _ties(ours, request, found, exactly)
        shares.append(listed / LIMIT)
    return float(np.mean(shares))


def _ties(
    ours: Ours, request: models.QueryRequest, found: list[int], exactly: Mapping[int, float]
) -> int:
    only = models.Filter(must=[models.HasIdCondition(has_id=[*found])])
    asked = request.model_copy(update={"filter": only})
    last = list(exactly.values())[LIMIT - 1]
    return sum(score >= last - 1e-6 for score in _scored(ours, asked, LIMIT).values())
