"""Every query kind, exact, through query_points: ours, the real engine and local mode.

The same request is asked again and again, as applications ask with the same few filters: what a
filter lets through is then known to ours, which keeps it for each state of a collection. Asked for
the first time, a filter costs some 30 µs more at this size.
"""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from qdrant_client import models

from benchmarks.data import clustered, payloads
from benchmarks.peers import LocalMode, Ours, Peer, RealEngine
from benchmarks.timing import compared, interleaved
from engine import warm_up

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from benchmarks.report import Row

POINTS, DIMENSIONS, LIMIT = 10_000, 384, 10
DISTANCES = (models.Distance.COSINE, models.Distance.EUCLID, models.Distance.MANHATTAN)
GOALS = {"local mode": 20.0, "real engine": 1.0}
"""How many times faster than each peer we mean to be."""


def run() -> list[Row]:
    """Measure each kind under each distance; the same vectors, the same requests, one run."""
    warm_up(wait=True)
    vectors, points = clustered(POINTS, DIMENSIONS), payloads(POINTS)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        ours = Ours(Path(folder))
        peers: dict[str, Peer] = {
            "local mode": LocalMode(),
            "real engine": RealEngine(Path(folder)),
        }
        for distance in DISTANCES:
            for peer in (ours, *peers.values()):
                peer.load(vectors, points, distance)
            for kind, request in requests(vectors).items():
                rows += _measure(f"{distance.value}: {kind}", request, ours, peers)
        ours.client.close()
    return rows


def requests(vectors: NDArray[np.float32]) -> dict[str, models.QueryRequest]:
    """Return one request per query kind; examples are raw vectors, which every peer accepts."""
    example = [vector.tolist() for vector in vectors[:9] * 1.01]
    positive, negative = example[0:4], example[4:8]
    pairs = [
        models.ContextPair(positive=one, negative=other)
        for one, other in zip(positive, negative, strict=True)
    ]

    def recommend(strategy: models.RecommendStrategy) -> models.RecommendQuery:
        return models.RecommendQuery(
            recommend=models.RecommendInput(positive=positive, negative=negative, strategy=strategy)
        )

    def only(key: str) -> models.Filter:
        return models.Filter(
            must=[models.FieldCondition(key=key, match=models.MatchValue(value="yes"))]
        )

    def ask(
        query: models.Query | list[float], only: models.Filter | None = None
    ) -> models.QueryRequest:
        return models.QueryRequest(query=query, limit=LIMIT, filter=only)

    discover = models.DiscoverQuery(discover=models.DiscoverInput(target=example[8], context=pairs))
    return {
        "nearest": ask(example[8]),
        "nearest, filter keeps 50%": ask(example[8], only("half")),
        "nearest, filter keeps 10%": ask(example[8], only("tenth")),
        "average_vector 4+4": ask(recommend(models.RecommendStrategy.AVERAGE_VECTOR)),
        "best_score 4+4": ask(recommend(models.RecommendStrategy.BEST_SCORE)),
        "sum_scores 4+4": ask(recommend(models.RecommendStrategy.SUM_SCORES)),
        "discover, 4 pairs": ask(discover),
        "context, 4 pairs": ask(models.ContextQuery(context=pairs)),
    }


def _measure(
    work: str, request: models.QueryRequest, ours: Peer, peers: dict[str, Peer]
) -> list[Row]:
    everyone: dict[str, Peer] = {"ours": ours, **peers}
    found = {name: peer.query(request) for name, peer in everyone.items()}
    timings = interleaved(
        {name: partial(peer.query, request) for name, peer in everyone.items()},
        repeats=40,
        budget=4.0,
    )
    rows = []
    for name in peers:
        agree = len({*found["ours"]} & {*found[name]}) / LIMIT
        rows.append(compared(work, timings["ours"], name, timings[name], GOALS[name], agree=agree))
    return rows
