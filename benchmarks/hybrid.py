"""Exact queries in stages at two sizes, through query_points: ours, real engine, local mode."""

from __future__ import annotations

import tempfile
import warnings
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import qdrant_edge as edge
from qdrant_client import QdrantClient, models

from benchmarks.data import clustered, payloads
from benchmarks.timing import compared, interleaved
from engine import Engine
from tests.edge_requests import query_core

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from benchmarks.report import Row

    Request: TypeAlias = models.QueryRequest | models.QueryGroupsRequest
    Ask: TypeAlias = Callable[[Request], list[models.ExtendedPointId]]

SIZES = (10_000, 100_000)
DIMENSIONS, SHORT, TOKENS, WORDS, VOCABULARY = 384, 64, 8, 24, 20_000
LIMIT, CANDIDATES = 10, 100
EXACT = models.SearchParams(exact=True)
GOALS = {"local mode": 20.0, "real engine": 1.0}
NAME = "hybrid"


def run() -> list[Row]:
    """Measure every kind of query at every size; all contenders hold the same points."""
    return [row for size in SIZES for row in _measured(size)]


def _measured(size: int) -> Iterator[Row]:
    points = Points(size)
    with tempfile.TemporaryDirectory() as folder:
        everyone: dict[str, Ask] = {
            "ours": _ours(points, Path(folder) / "ours"),
            "real engine": _real_engine(points, Path(folder) / "edge"),
            "local mode": _local_mode(points),
        }
        for work, request in requests(points).items():
            yield from _compared(f"{size:,}: {work}", request, everyone)


class Points:
    """Made-up points, each with a long, a short, a sparse and a token vector.

    Attributes:
        dense: float32 (n, 384), unit vectors.
        short: uint8 (n, 64), a projection of `dense`.
        tokens: float32 (n, 8, 64), noisy copies of that projection.
        words: int64 (n, 24), indices of the sparse vectors, small ones in many points.
        weights: float32 (n, 24), of the words.
        payloads: those of `benchmarks.data.payloads`, with `rank` 0..n-1 in no order.

    """

    def __init__(self, size: int, seed: int = 11) -> None:
        rng = np.random.default_rng(seed)
        self.dense = clustered(size, DIMENSIONS)
        low = self.dense @ rng.standard_normal((DIMENSIONS, SHORT), dtype=np.float32)
        self.short = np.clip(low * 30 + 128, 0, 255).astype(np.uint8)
        noise = rng.standard_normal((size, TOKENS, SHORT), dtype=np.float32)
        self.tokens = low[:, None, :] + np.float32(0.7) * noise
        bounds = np.floor(VOCABULARY * np.linspace(0, 1, WORDS + 1) ** 3) + np.arange(WORDS + 1)
        self.words = (bounds[:-1] + np.diff(bounds) * rng.random((size, WORDS))).astype(np.int64)
        self.weights = rng.random((size, WORDS), dtype=np.float32) + np.float32(0.1)
        ranks = rng.permutation(size).tolist()
        self.payloads = [
            {**payload, "rank": rank} for payload, rank in zip(payloads(size), ranks, strict=True)
        ]

    def __len__(self) -> int:
        return len(self.dense)

    def sparse(self, place: int) -> models.SparseVector:
        """Return one point's sparse vector."""
        indices, values = self.words[place].tolist(), self.weights[place].tolist()
        return models.SparseVector(indices=indices, values=values)

    def vectors(self, place: int) -> dict[str, Any]:
        """Return one point's vectors by name."""
        return {
            "dense": self.dense[place].tolist(),
            "short": self.short[place].tolist(),
            "sparse": self.sparse(place),
            "tokens": self.tokens[place].tolist(),
        }


def requests(points: Points) -> dict[str, Request]:
    """Return what is asked; the long vectors lie between points."""
    asked = (points.dense[7] + points.dense[8]).tolist()
    other = (points.dense[1234] + points.dense[7]).tolist()
    tokens = points.tokens[7].tolist()

    def source(vector: Any, using: str, **more: Any) -> models.Prefetch:
        more = {"limit": CANDIDATES, "params": EXACT, **more}
        return models.Prefetch(query=models.NearestQuery(nearest=vector), using=using, **more)

    def ask(query: Any, *sources: models.Prefetch, **more: Any) -> models.QueryRequest:
        return models.QueryRequest(
            query=query, prefetch=list(sources), limit=LIMIT, with_payload=True, **more
        )

    dense, short = source(asked, "dense"), source(points.short[7].tolist(), "short")
    sparse, second = source(points.sparse(7), "sparse"), source(other, "dense")
    rrf = models.RrfQuery(rrf=models.Rrf())
    nearest = models.NearestQuery(nearest=asked)
    by_rank = models.OrderByQuery(
        order_by=models.OrderBy(key="rank", direction=models.Direction.DESC)
    )
    mmr = models.NearestQuery(nearest=asked, mmr=models.Mmr(candidates_limit=CANDIDATES))
    cheap = source(points.short[7].tolist(), "short", limit=10 * CANDIDATES)
    return {
        "dense + sparse, RRF": ask(rrf, dense, sparse),
        "dense + dense, RRF": ask(rrf, dense, second),
        "dense + sparse, DBSF": ask(models.FusionQuery(fusion=models.Fusion.DBSF), dense, sparse),
        "short, rescored by dense": ask(nearest, short, using="dense"),
        "short, dense, tokens": ask(
            models.NearestQuery(nearest=tokens),
            source(asked, "dense", prefetch=cheap),
            using="tokens",
        ),
        "order_by": ask(by_rank),
        "dense, order_by": ask(by_rank, dense),
        "MMR of 100": ask(mmr, using="dense"),
        "5 groups of 3": models.QueryGroupsRequest(
            query=asked, using="dense", group_by="group", limit=5, group_size=3, with_payload=True
        ),
    }


def _ours(points: Points, folder: Path) -> Ask:
    client = Engine(folder)
    client.create_collection(NAME, _dense_vectors(), sparse_vectors_config=_sparse_vectors())
    client.upload_collection(
        NAME,
        (points.vectors(place) for place in range(len(points))),
        payload=points.payloads,
        ids=range(len(points)),
    )
    client.create_payload_index(NAME, "rank", "integer")
    return partial(_ask, client)


def _local_mode(points: Points) -> Ask:
    client = QdrantClient(":memory:")
    with warnings.catch_warnings(action="ignore"):  # of slowness beyond 20,000 points
        client.create_collection(NAME, _dense_vectors(), sparse_vectors_config=_sparse_vectors())
        client.upload_points(
            NAME,
            [
                models.PointStruct(id=place, vector=points.vectors(place), payload=payload)
                for place, payload in enumerate(points.payloads)
            ],
        )
    return partial(_ask, client)


def _real_engine(points: Points, folder: Path) -> Ask:
    folder.mkdir()
    dot, cosine = edge.Distance.Dot, edge.Distance.Cosine
    best_token = edge.MultiVectorConfig(edge.MultiVectorComparator.MaxSim)
    config = edge.EdgeConfig(
        vectors={
            "dense": edge.EdgeVectorParams(DIMENSIONS, cosine),
            "short": edge.EdgeVectorParams(SHORT, dot, datatype=edge.VectorStorageDatatype.Uint8),
            "tokens": edge.EdgeVectorParams(SHORT, cosine, multivector_config=best_token),
        },
        sparse_vectors={"sparse": edge.EdgeSparseVectorParams()},
    )
    shard = edge.EdgeShard.create(str(folder), config)
    for start in range(0, len(points), 1000):
        part = range(start, min(start + 1000, len(points)))
        loaded = [edge.Point(place, _core(points, place), points.payloads[place]) for place in part]
        shard.update(edge.UpdateOperation.upsert_points(loaded))
    index = edge.PayloadSchemaType.Integer
    shard.update(edge.UpdateOperation.create_field_index("rank", index))
    shard.flush()

    def ask(asked: Request) -> list[models.ExtendedPointId]:
        assert isinstance(asked, models.QueryRequest)
        found = [(point.id, point.payload) for point in query_core(shard, asked, with_payload=True)]
        return [point for point, payload in found if payload]

    return ask


def _core(points: Points, place: int) -> dict[str, Any]:
    vectors = points.vectors(place)
    given = vectors["sparse"]
    return {**vectors, "sparse": edge.SparseVector(given.indices, given.values)}


def _dense_vectors() -> dict[str, models.VectorParams]:
    dot, cosine = models.Distance.DOT, models.Distance.COSINE
    best_token = models.MultiVectorConfig(comparator=models.MultiVectorComparator.MAX_SIM)
    return {
        "dense": models.VectorParams(size=DIMENSIONS, distance=cosine),
        "short": models.VectorParams(size=SHORT, distance=dot, datatype=models.Datatype.UINT8),
        "tokens": models.VectorParams(size=SHORT, distance=cosine, multivector_config=best_token),
    }


def _sparse_vectors() -> dict[str, models.SparseVectorParams]:
    return {"sparse": models.SparseVectorParams()}


def _ask(client: Engine | QdrantClient, asked: Request) -> list[models.ExtendedPointId]:
    shared: dict[str, Any] = {
        "query": asked.query,
        "using": asked.using,
        "limit": asked.limit,
        "with_payload": True,
        "search_params": EXACT,
    }
    if isinstance(asked, models.QueryGroupsRequest):
        size = asked.group_size or LIMIT
        found = client.query_points_groups(NAME, asked.group_by, group_size=size, **shared)
        return [hit.id for group in found.groups for hit in group.hits]
    return [
        point.id for point in client.query_points(NAME, prefetch=asked.prefetch, **shared).points
    ]


def _compared(work: str, request: Request, everyone: Mapping[str, Ask]) -> Iterator[Row]:
    able = {
        name: partial(ask, request)
        for name, ask in everyone.items()
        if name != "real engine" or isinstance(request, models.QueryRequest)  # it has no groups
    }
    found = {name: ask() for name, ask in able.items()}
    timings = interleaved(able, repeats=40, budget=4.0)
    ours = timings.pop("ours")
    for name, peer in timings.items():
        agree = len({*found["ours"]} & {*found[name]}) / len(found[name])
        note = f"p95 of the peer {peer.p95 * 1e3:.3g} ms"
        yield compared(work, ours, name, peer, GOALS[name], note, agree=agree)
