"""Searches on a graph through query_points, with recall, beside the real engine's and libraries.

The real engine is in its best configuration: one segment, its graph built before the payload
indexes, with and without vectors in 8 bits. All graphs have m 16 and ef_construct 100, and all
searches keep 100 candidates. Each measured call asks the next of a round of requests.

Three sets: clusters within 48 dimensions; the docstrings' vectors, tiled with noise; and fewer
points without any structure, for which graphs are hard. Libraries are measured on the first only.
"""

from __future__ import annotations

import tempfile
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from qdrant_client import models

from benchmarks.data import clustered
from benchmarks.libraries import LIBRARIES
from benchmarks.peers import NAME, Ours, Peer, RealEngine
from benchmarks.report import Row
from benchmarks.timing import interleaved
from engine.index import loops

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from numpy.typing import NDArray

    from benchmarks.libraries import Find

    Vectors = NDArray[np.float32]
    Ask = Callable[[models.QueryRequest], list[int]]

POINTS, HARD, DIMENSIONS, LIMIT, ROUND = 100_000, 20_000, 384, 10, 24
SHARES = {"half": 0.5, "tenth": 0.1, "hundredth": 0.01}
DOCSTRINGS = Path(__file__).parents[1] / "datasets" / "docstrings" / "vectors"
GOALS = {
    "nearest": 1.5,
    "best_score 4+4": 2.5,
    "sum_scores 4+4": 3.0,
    "discover, 4 related pairs": 4.0,
    "context, 4 related pairs": 2.0,
    "discover, 4 scattered pairs": 1.0,
}


def run() -> list[Row]:
    """Measure every kind of query on each set."""
    loops.warm_up(wait=True)
    rows = _measured("clusters", clustered(POINTS, DIMENSIONS), LIBRARIES)
    rows += _measured("docstrings tiled", tiled_docstrings(POINTS))
    return rows + _measured("no structure", unstructured(HARD))


def unstructured(count: int, *, seed: int = 7) -> Vectors:
    """Return unit vectors in directions drawn at random."""
    drawn = np.random.default_rng(seed).standard_normal((count, DIMENSIONS), dtype=np.float32)
    return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True), np.float32)


def tiled_docstrings(count: int, *, seed: int = 7) -> Vectors:
    """Return unit vectors: those of the docstrings set, each repeated with noise of norm 0.4."""
    stored, scale = np.load(DOCSTRINGS / "dense.npy"), np.load(DOCSTRINGS / "dense.scale.npy")
    real = stored.astype(np.float32) * scale
    real /= np.linalg.norm(real, axis=1, keepdims=True)
    rng = np.random.default_rng(seed)
    noise = rng.standard_normal((count, real.shape[1]), dtype=np.float32)
    noise *= np.float32(0.4 / np.sqrt(real.shape[1]))
    noise += real[rng.integers(len(real), size=count)]
    return np.asarray(noise / np.linalg.norm(noise, axis=1, keepdims=True), np.float32)


def _measured(
    data: str,
    vectors: Vectors,
    libraries: Mapping[str, Callable[[Vectors, int], Find]] | None = None,
) -> list[Row]:
    points = _payloads(vectors)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        ours = Ours(Path(folder))
        indexed = (*SHARES, "beyond")
        peers: dict[str, Peer] = {
            "real engine": RealEngine(Path(folder), graph=True, indexed=indexed),
            "real engine, int8": RealEngine(Path(folder), graph=True, int8=True, indexed=indexed),
        }
        for peer in (ours, *peers.values()):
            peer.load(vectors, points, models.Distance.COSINE)
        ours.client.wait_for_index(NAME)
        finds = {name: make(vectors, LIMIT) for name, make in (libraries or {}).items()}
        for kind, requests in _requests(vectors).items():
            asks: dict[str, Ask] = {name: peer.query for name, peer in peers.items()}
            if kind == "nearest":
                asks |= {name: _plain(find) for name, find in finds.items()}
                rows.append(_batch(f"{data}: batch of {ROUND} nearest", ours, requests))
            rows += _rows(f"{data}: {kind}", kind, ours, asks, requests)
        ours.client.close()
    return rows


def _payloads(vectors: Vectors) -> list[dict[str, object]]:
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


def _requests(vectors: Vectors) -> dict[str, list[models.QueryRequest]]:
    """Return a round of requests per kind; examples are raw vectors."""
    rng = np.random.default_rng(3)
    noise = rng.standard_normal((ROUND, vectors.shape[1]), dtype=np.float32) * np.float32(0.01)
    queries = vectors[rng.integers(len(vectors), size=ROUND)] + noise
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


def _plain(find: Find) -> Ask:
    """Return a library's search for the vector of a request."""
    return lambda request: [int(row) for row in find(np.array(request.query, np.float32))]


def _batch(work: str, ours: Ours, requests: list[models.QueryRequest]) -> Row:
    """Measure a batch beside the same requests one by one."""
    batch = [request.model_copy(update={"with_payload": True}) for request in requests]

    def together() -> object:
        return ours.client.query_batch_points(NAME, batch)

    def alone() -> object:
        return [ours.query(request) for request in requests]

    taken = interleaved({"ours": together, "alone": alone}, repeats=50, budget=6.0)
    ratio = taken["alone"].median / taken["ours"].median
    return Row(
        work=work,
        ours=taken["ours"].median * 1e3,
        p95=taken["ours"].p95 * 1e3,
        against="ours, one by one",
        peer=taken["alone"].median * 1e3,
        ratio=ratio,
        goal=">= 1x",
        met=ratio >= 1,
    )


def _rows(
    work: str, kind: str, ours: Ours, peers: Mapping[str, Ask], requests: list[models.QueryRequest]
) -> list[Row]:
    asks: dict[str, Ask] = {"ours": ours.query, **peers}
    best = [_exact(ours, request) for request in requests]
    recalls = {name: _recall(ours, ask, requests, best) for name, ask in asks.items()}
    taken = interleaved(
        {name: partial(_next, ask, cycle(requests)) for name, ask in asks.items()},
        repeats=200,
        budget=6.0,
    )
    goal = GOALS.get(kind, 1.5)
    own = taken["ours"]
    return [
        Row(
            work=work,
            ours=own.median * 1e3,
            p95=own.p95 * 1e3,
            against=name,
            peer=taken[name].median * 1e3,
            ratio=taken[name].median / own.median,
            goal=f">= {goal:g}x",
            met=taken[name].median / own.median >= goal and recalls["ours"] >= 0.95,
            note=f"recall {recalls['ours']:.3f}, theirs {recalls[name]:.3f}",
        )
        for name in peers
    ]


def _next(ask: Ask, requests: Iterable[models.QueryRequest]) -> list[int]:
    return ask(next(iter(requests)))


def _exact(ours: Ours, request: models.QueryRequest) -> dict[int, float]:
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


def _recall(
    ours: Ours, ask: Ask, requests: list[models.QueryRequest], best: list[dict[int, float]]
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
