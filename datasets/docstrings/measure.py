"""Measure how well each vector, and stages of several, find what a docstring's authors point to.

The "See Also" section of a docstring names what belongs with it: a judgement of relevance by the
libraries' own authors. Run from the repository's root: `python -m datasets.docstrings.measure`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from qdrant_client import models

from engine import Engine
from explorer import catalog

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

LIMIT, STAGE = 10, 100
"""Hits that are judged, and candidates of an earlier stage."""


def main() -> None:
    payload = catalog.find("docstrings").payload()
    ids = {point["name"]: number for number, point in enumerate(payload)}
    asked = [number for number, point in enumerate(payload) if "see_also" in point]
    wanted = [{ids[name] for name in payload[number]["see_also"]} for number in asked]
    with Engine(":memory:") as engine:
        catalog.load(engine, "docstrings")
        for title, request in REQUESTS.items():
            answers = engine.query_batch_points("docstrings", [request(point) for point in asked])
            gains = [
                ndcg([hit.id for hit in answer.points if hit.id != point], relevant)
                for point, answer, relevant in zip(asked, answers, wanted, strict=True)
            ]
            print(f"| {title} | {np.mean(gains):.3f} |")


def ndcg(found: Sequence[models.ExtendedPointId], relevant: Collection[int]) -> float:
    """Return the normalised discounted cumulative gain of the first `LIMIT`, 0..1.

    Source: Järvelin and Kekäläinen 2002; a point is relevant or it is not.
    """
    discounts = 1 / np.log2(np.arange(LIMIT) + 2)
    gained = sum(discounts[rank] for rank, point in enumerate(found[:LIMIT]) if point in relevant)
    return float(gained / discounts[: len(relevant)].sum())


def near(point: int, using: str) -> models.Prefetch:
    return models.Prefetch(query=point, using=using, limit=STAGE)


def by(using: str) -> Callable[[int], models.QueryRequest]:
    return lambda point: models.QueryRequest(query=point, using=using, limit=LIMIT)


def fused(query: models.Query, *vectors: str) -> Callable[[int], models.QueryRequest]:
    return lambda point: models.QueryRequest(
        prefetch=[near(point, using) for using in vectors], query=query, limit=LIMIT + 1
    )


def staged(first: str, second: str) -> Callable[[int], models.QueryRequest]:
    return lambda point: models.QueryRequest(
        prefetch=near(point, first), query=point, using=second, limit=LIMIT
    )


RRF = models.FusionQuery(fusion=models.Fusion.RRF)
DBSF = models.FusionQuery(fusion=models.Fusion.DBSF)
REQUESTS = {
    "`dense`": by("dense"),
    "`short`": by("short"),
    "`bm25`": by("bm25"),
    "`tokens`": by("tokens"),
    "`short`, best 100 rescored by `dense`": staged("short", "dense"),
    "`dense`, best 100 rescored by `tokens`": staged("dense", "tokens"),
    "`dense` and `bm25`, 100 each, RRF": fused(RRF, "dense", "bm25"),
    "`dense` and `bm25`, 100 each, DBSF": fused(DBSF, "dense", "bm25"),
    "`dense`, `bm25` and `tokens`, 100 each, DBSF": fused(DBSF, "dense", "bm25", "tokens"),
}
"""What is measured: a title, and the request for a point's neighbours."""


if __name__ == "__main__":
    main()
