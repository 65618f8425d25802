"""Rounds of requests of every kind, and the payloads that their filters ask for."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from qdrant_client import models

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

LIMIT, ROUND = 10, 24
SHARES = {"half": 0.5, "tenth": 0.1, "hundredth": 0.01}
FIELDS = (*SHARES, "beyond")


def filtered_payloads(vectors: Vectors) -> list[dict[str, object]]:
    """Return fields that filters keep a share of; `beyond` keeps points far from most queries."""
    draws = np.random.default_rng(7).random(len(vectors))
    far = vectors @ vectors[: len(vectors) // 10].mean(axis=0)
    lowest = float(np.quantile(far, 0.1))
    shown: dict[bool, object] = {True: "yes", False: "no"}
    return [
        {key: shown[draw < share] for key, share in SHARES.items()}
        | {"beyond": shown[likeness < lowest]}
        for draw, likeness in zip(draws.tolist(), far.tolist(), strict=True)
    ]


def requests_of(vectors: Vectors, count: int = ROUND) -> dict[str, list[models.QueryRequest]]:
    """Return so many requests of each kind; examples are raw vectors."""
    rng = np.random.default_rng(3)
    noise = rng.standard_normal((count, vectors.shape[1]), dtype=np.float32) * np.float32(0.01)
    queries = vectors[rng.integers(len(vectors), size=count)] + noise
    related = [vectors[np.argsort(-(vectors[:5000] @ query))[:9]] * 1.01 for query in queries]
    scattered = [vectors[rng.integers(len(vectors), size=9)] for _ in queries]

    def each(make: Callable[[list[list[float]]], Any], sets: Iterable[Vectors]) -> list[Any]:
        return [models.QueryRequest(query=make(one.tolist()), limit=LIMIT) for one in sets]

    def only(field: str) -> list[models.QueryRequest]:
        condition = models.FieldCondition(key=field, match=models.MatchValue(value="yes"))
        kept = models.Filter(must=[condition])
        return [
            models.QueryRequest(query=query.tolist(), limit=LIMIT, filter=kept) for query in queries
        ]

    best = partial(_recommend, models.RecommendStrategy.BEST_SCORE)
    total = partial(_recommend, models.RecommendStrategy.SUM_SCORES)
    return {
        "nearest": each(lambda one: one[0], queries[:, None]),
        "best_score 4+4": each(best, related),
        "sum_scores 4+4": each(total, related),
        "discover, 4 related pairs": each(_discover, related),
        "context, 4 related pairs": each(_context, related),
        "discover, 4 scattered pairs": each(_discover, scattered),
        "nearest, filter keeps 50%": only("half"),
        "nearest, filter keeps 10%": only("tenth"),
        "nearest, filter keeps 1%": only("hundredth"),
        "nearest, filter keeps 10% far away": only("beyond"),
    }


def _recommend(
    strategy: models.RecommendStrategy, examples: list[list[float]]
) -> models.RecommendQuery:
    given = models.RecommendInput(
        positive=[*examples[:4]], negative=[*examples[4:8]], strategy=strategy
    )
    return models.RecommendQuery(recommend=given)


def _pairs(examples: list[list[float]]) -> list[models.ContextPair]:
    return [models.ContextPair(positive=examples[i], negative=examples[i + 4]) for i in range(4)]


def _discover(examples: list[list[float]]) -> models.DiscoverQuery:
    given = models.DiscoverInput(target=examples[8], context=_pairs(examples))
    return models.DiscoverQuery(discover=given)


def _context(examples: list[list[float]]) -> models.ContextQuery:
    return models.ContextQuery(context=_pairs(examples))
