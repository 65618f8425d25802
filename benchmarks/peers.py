"""Contenders behind one face: load points, answer a `models.QueryRequest`."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Protocol

import numpy as np
import qdrant_edge as edge
from qdrant_client import QdrantClient, models

from engine import Engine

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

NAME = "bench"
OVERSAMPLING = 4.0


class Peer(Protocol):
    """What is measured."""

    def load(
        self,
        vectors: NDArray[np.float32],
        payloads: list[dict[str, object]],
        distance: models.Distance,
    ) -> None:
        """Make a collection of these points; ids are 0..n-1."""

    def query(self, request: models.QueryRequest) -> list[int]:
        """Return the ids of the hits, best first."""


class Ours:
    """The embedded engine, on disk."""

    def __init__(self, folder: Path) -> None:
        self.client = Engine(folder / "ours")

    def load(
        self,
        vectors: NDArray[np.float32],
        payloads: list[dict[str, object]],
        distance: models.Distance,
    ) -> None:
        """Load through the columnar bulk path."""
        self.client.delete_collection(NAME)
        self.client.create_collection(
            NAME, models.VectorParams(size=vectors.shape[1], distance=distance)
        )
        self.client.upload_collection(NAME, vectors, payload=payloads, ids=range(len(vectors)))

    def query(self, request: models.QueryRequest) -> list[int]:
        """Ask through the public query_points."""
        return _ids(_query_points(self.client, request))


class LocalMode:
    """The client's own local mode."""

    def __init__(self) -> None:
        self.client = QdrantClient(":memory:")

    def load(
        self,
        vectors: NDArray[np.float32],
        payloads: list[dict[str, object]],
        distance: models.Distance,
    ) -> None:
        """Load by upload_collection."""
        with warnings.catch_warnings(action="ignore"):
            if self.client.collection_exists(NAME):
                self.client.delete_collection(NAME)
            self.client.create_collection(
                NAME, models.VectorParams(size=vectors.shape[1], distance=distance)
            )
            self.client.upload_collection(NAME, vectors, payload=payloads, ids=range(len(vectors)))

    def query(self, request: models.QueryRequest) -> list[int]:
        """Ask through the public query_points."""
        return _ids(_query_points(self.client, request))


class RealEngine:
    """Qdrant's own core in this process, asked for exact search, or with a graph.

    Args:
        folder: where it keeps its points.
        graph: whether all points get one, with the settings that ours has.
        int8: whether that walks over vectors in 8 bits, kept in memory.
        indexed: payload fields that get an index.
        linked: whether they get it before the graph, which has links for them then.

    """

    def __init__(
        self,
        folder: Path,
        *,
        graph: bool = False,
        int8: bool = False,
        indexed: Sequence[str] = ("tenth", "half"),
        linked: bool = False,
    ) -> None:
        self.folder = folder
        self.graph, self.int8, self.indexed, self.linked = graph, int8, indexed, linked
        self.loads = 0
        self.shard: edge.EdgeShard | None = None

    def load(
        self,
        vectors: NDArray[np.float32],
        payloads: list[dict[str, object]],
        distance: models.Distance,
    ) -> None:
        """Load in batches of 1,000 and leave the storage in its best state for scanning."""
        self.loads += 1
        path = self.folder / f"edge{self.loads}-{self.graph}-{self.int8}-{self.linked}"
        path.mkdir()
        params = edge.EdgeVectorParams(vectors.shape[1], getattr(edge.Distance, distance.value))
        self.shard = edge.EdgeShard.create(str(path), self._config(params))
        for start in range(0, len(vectors), 1000):
            self.shard.update(
                edge.UpdateOperation.upsert_points(
                    [
                        edge.Point(i, vectors[i].tolist(), payloads[i])
                        for i in range(start, min(start + 1000, len(vectors)))
                    ]
                )
            )
        if self.graph and not self.linked:
            self.shard.optimize()  # payload indexes made before would slow its graph down
        for field in self.indexed:
            self.shard.update(
                edge.UpdateOperation.create_field_index(field, edge.PayloadSchemaType.Keyword)
            )
        if self.graph and self.linked:
            self.shard.optimize()
        self.shard.flush()

    def query(self, request: models.QueryRequest) -> list[int]:
        """Ask for payloads, as query_points does; exactly where there is no graph.

        Given parameters, it is asked for all that it can do to find more: as many candidates as
        they say, with ACORN on the way where there is a filter, and rows in 8 bits scored again.
        """
        assert self.shard is not None
        hits = self.shard.query(
            edge.QueryRequest(
                limit=request.limit or 10,
                query=_edge_query(request.query),
                filter=_edge_filter(request.filter),
                with_payload=True,
                params=self._params(request.params),
            )
        )
        return [int(hit.id) for hit in hits]

    def _params(self, params: models.SearchParams | None) -> edge.SearchParams:
        if params is None:
            return edge.SearchParams(exact=not self.graph)
        return edge.SearchParams(
            hnsw_ef=params.hnsw_ef,
            exact=bool(params.exact),
            quantization=edge.QuantizationSearchParams(rescore=True, oversampling=OVERSAMPLING),
            acorn=edge.AcornSearchParams(enable=True),
        )

    def _config(self, vectors: edge.EdgeVectorParams) -> edge.EdgeConfig:
        if not self.graph:
            return edge.EdgeConfig(vectors=vectors)
        return edge.EdgeConfig(
            vectors=vectors,
            hnsw_config=edge.HnswIndexConfig(16, 100, 10_000),
            quantization_config=(
                edge.ScalarQuantizationConfig(edge.ScalarType.Int8, always_ram=True)
                if self.int8
                else None
            ),
            optimizers=edge.EdgeOptimizersConfig(
                default_segment_number=1, indexing_threshold=1000, max_segment_size=10_000_000
            ),
        )


def _query_points(
    client: Engine | QdrantClient, request: models.QueryRequest
) -> models.QueryResponse:
    return client.query_points(
        NAME,
        query=request.query,
        query_filter=request.filter,
        search_params=request.params,
        limit=request.limit or 10,
    )


def _ids(response: models.QueryResponse) -> list[int]:
    return [int(point.id) for point in response.points]


def _edge_query(query: object) -> edge.Query:
    if isinstance(query, list):
        return edge.Query.Nearest(query)
    if isinstance(query, models.RecommendQuery):
        return _edge_recommend(query.recommend)
    if isinstance(query, models.DiscoverQuery):
        return edge.Query.Discover(
            edge.DiscoverQuery(_raw(query.discover.target), _edge_pairs(query.discover.context))
        )
    if isinstance(query, models.ContextQuery):
        return edge.Query.Context(edge.ContextQuery(_edge_pairs(query.context)))
    raise TypeError(f"no way to ask the real engine for {query!r}")


def _edge_recommend(recommend: models.RecommendInput) -> edge.Query:
    positive = [_raw(vector) for vector in recommend.positive or []]
    negative = [_raw(vector) for vector in recommend.negative or []]
    if recommend.strategy == models.RecommendStrategy.BEST_SCORE:
        return edge.Query.RecommendBestScore(edge.RecommendQuery([*positive], [*negative]))
    if recommend.strategy == models.RecommendStrategy.SUM_SCORES:
        return edge.Query.RecommendSumScores(edge.RecommendQuery([*positive], [*negative]))
    mean = np.mean(positive, axis=0)
    target = 2 * mean - np.mean(negative, axis=0) if negative else mean
    return edge.Query.Nearest(target.astype(np.float32).tolist())


def _edge_pairs(pairs: object) -> list[edge.ContextPair]:
    listed: Sequence[models.ContextPair] = pairs if isinstance(pairs, list) else []
    return [edge.ContextPair(_raw(pair.positive), _raw(pair.negative)) for pair in listed]


def _raw(vector: object) -> list[float]:
    if not isinstance(vector, list):
        raise TypeError(f"the real engine takes raw vectors here, not {vector!r}")
    return vector


def _edge_filter(condition: models.Filter | None) -> edge.Filter | None:
    if condition is None:
        return None
    listed = condition.must if isinstance(condition.must, list) else []
    return edge.Filter(
        must=[
            edge.FieldCondition(field.key, match=edge.MatchValue(field.match.value))
            for field in listed
            if isinstance(field, models.FieldCondition)
            and isinstance(field.match, models.MatchValue)
        ]
    )
