"""The part of Engine that answers queries, explains and traces them."""
# ruff: noqa: ARG002 - QdrantClient's arguments for clusters are accepted and change nothing here

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from qdrant_client import models

from engine.arguments import checked
from engine.query import (
    UNWATCHED,
    Explanation,
    Options,
    Tracer,
    explain_scores,
    run_batch,
    run_groups,
    run_query,
)
from engine.query.knn import KnnGraph, knn_graph
from engine.query.matrix import DistanceMatrix, distance_matrix
from engine.trusted import trusted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from engine.database import Collections
    from engine.query.answer import WithPayload, WithVectors

Consistency = models.ReadConsistency | None

_tracer: ContextVar[Tracer] = ContextVar("tracer", default=UNWATCHED)


@checked(but="query_points")
class Querying:
    """Queries, by QdrantClient's names; each works on one state of the collection."""

    _collections: Collections
    options: Options

    def query_points(  # noqa: PLR0913, PLR0917 - the signature of QdrantClient
        self,
        collection_name: str,
        query: Any = None,
        using: str | None = None,
        prefetch: models.Prefetch | list[models.Prefetch] | None = None,
        query_filter: models.Filter | None = None,
        search_params: models.SearchParams | None = None,
        limit: int = 10,
        offset: int | None = None,
        with_payload: WithPayload = True,
        with_vectors: WithVectors = False,
        score_threshold: float | None = None,
        lookup_from: models.LookupLocation | None = None,
        consistency: Consistency = None,
        shard_key_selector: models.ShardKeySelector | None = None,
        timeout: int | None = None,
    ) -> models.QueryResponse:
        """Return the best points of one query; see `engine.query.run_query`.

        Args:
            collection_name: the collection.
            query: a vector, an id, or a query model; None gives points in id order.
            using: name of the vector, None for the unnamed one.
            prefetch: sources of points, which the query scores, fuses or orders.
            query_filter: only points that it lets through.
            search_params: `exact` compares every point; the rest are hints: `hnsw_ef`,
                `indexed_only`, and `quantization`, which says how many of the rows that a walk
                keeps are scored from the stored vectors.
            limit: most points that come back.
            offset: how many of the best are skipped.
            with_payload: which part of the payloads.
            with_vectors: which vectors.
            score_threshold: leaves out worse scores, and equal ones.
            lookup_from: collection and vector that ids of the query are looked up in.
            consistency: ignored, as `shard_key_selector` and `timeout` are.
            shard_key_selector: ignored.
            timeout: ignored.

        """
        request = trusted(
            models.QueryRequest,
            query=query,
            using=using,
            prefetch=prefetch,
            filter=query_filter,
            params=search_params,
            limit=limit,
            offset=offset,
            with_payload=with_payload,
            with_vector=with_vectors,
            score_threshold=score_threshold,
            lookup_from=lookup_from,
        )
        return run_query(collection_name, request, self._collections, self.options, _tracer.get())

    def query_batch_points(
        self,
        collection_name: str,
        requests: Sequence[models.QueryRequest],
        consistency: Consistency = None,
        timeout: int | None = None,
    ) -> list[models.QueryResponse]:
        """Answer several queries in order; the first error fails them all."""
        return run_batch(collection_name, requests, self._collections, self.options, _tracer.get())

    def query_points_groups(  # noqa: PLR0913, PLR0917 - the signature of QdrantClient
        self,
        collection_name: str,
        group_by: str,
        query: Any = None,
        using: str | None = None,
        prefetch: models.Prefetch | list[models.Prefetch] | None = None,
        query_filter: models.Filter | None = None,
        search_params: models.SearchParams | None = None,
        limit: int = 10,
        group_size: int = 3,
        with_payload: WithPayload = True,
        with_vectors: WithVectors = False,
        score_threshold: float | None = None,
        with_lookup: models.WithLookupInterface | None = None,
        lookup_from: models.LookupLocation | None = None,
        consistency: Consistency = None,
        shard_key_selector: models.ShardKeySelector | None = None,
        timeout: int | None = None,
    ) -> models.GroupsResult:
        """Return the best points of a query, grouped by the values of a payload field.

        Args:
            collection_name: the collection.
            group_by: key path of the field; strings and integers make groups.
            query: as in `query_points`, as what is not explained here.
            using: name of the vector.
            prefetch: sources; each gives `group_size` times its limit.
            query_filter: only points that it lets through.
            search_params: as in `query_points`.
            limit: most groups that come back.
            group_size: most points of each.
            with_payload: which part of the payloads.
            with_vectors: which vectors.
            score_threshold: leaves out worse scores.
            with_lookup: collection in which each group's value is looked up as an id.
            lookup_from: collection and vector that ids of the query are looked up in.
            consistency: ignored, as `shard_key_selector` and `timeout` are.
            shard_key_selector: ignored.
            timeout: ignored.

        """
        request = trusted(
            models.QueryGroupsRequest,
            group_by=group_by,
            query=query,
            using=using,
            prefetch=prefetch,
            filter=query_filter,
            params=search_params,
            limit=limit,
            group_size=group_size,
            with_payload=with_payload,
            with_vector=with_vectors,
            score_threshold=score_threshold,
            with_lookup=with_lookup,
            lookup_from=lookup_from,
        )
        return run_groups(collection_name, request, self._collections, self.options, _tracer.get())

    def search_matrix_pairs(
        self,
        collection_name: str,
        query_filter: models.Filter | None = None,
        limit: int = 3,
        sample: int = 10,
        using: str | None = None,
        consistency: Consistency = None,
        timeout: int | None = None,
        shard_key_selector: models.ShardKeySelector | None = None,
        *,
        ids: Sequence[models.ExtendedPointId] | None = None,
        seed: int | None = None,
    ) -> models.SearchMatrixPairsResponse:
        """Return the nearest neighbours within a sample of points, as pairs.

        Not in QdrantClient: `ids` compares these points, `seed` draws the same sample again.
        """
        request = _matrix_request(query_filter, limit, sample, using)
        return self._matrix(collection_name, request, ids, seed).to_pairs()

    def search_matrix_offsets(
        self,
        collection_name: str,
        query_filter: models.Filter | None = None,
        limit: int = 3,
        sample: int = 10,
        using: str | None = None,
        consistency: Consistency = None,
        timeout: int | None = None,
        shard_key_selector: models.ShardKeySelector | None = None,
        *,
        ids: Sequence[models.ExtendedPointId] | None = None,
        seed: int | None = None,
    ) -> models.SearchMatrixOffsetsResponse:
        """Return the nearest neighbours within a sample, as a sparse matrix; see the pairs."""
        request = _matrix_request(query_filter, limit, sample, using)
        return self._matrix(collection_name, request, ids, seed).to_offsets()

    def distance_matrix(
        self,
        collection_name: str,
        query_filter: models.Filter | None = None,
        limit: int = 3,
        sample: int = 10,
        using: str | None = None,
        *,
        ids: Sequence[models.ExtendedPointId] | None = None,
        seed: int | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> DistanceMatrix:
        """Return the same as arrays, for large samples.

        `progress` is called before each block of rows with how many are done and how many there
        are; what it raises ends the work.
        """
        request = _matrix_request(query_filter, limit, sample, using)
        return self._matrix(collection_name, request, ids, seed, progress)

    def knn_graph(
        self,
        collection_name: str,
        k: int = 15,
        using: str | None = None,
        query_filter: models.Filter | None = None,
        *,
        exact: bool = False,
        progress: Callable[[int, int], None] | None = None,
    ) -> KnnGraph:
        """Return the k nearest others of every point that has the vector and passes the filter.

        Beyond 50,000 points they are found by walks on the index, where there is one and unless
        `exact`; `progress` is as in `distance_matrix`.
        """
        return knn_graph(
            collection_name,
            k,
            using or "",
            query_filter,
            self._collections,
            self.options,
            exact=exact,
            progress=progress,
        )

    def explain(
        self,
        collection_name: str,
        request: models.QueryRequest,
        ids: Sequence[models.ExtendedPointId],
    ) -> list[Explanation]:
        """Return, for some points, the parts that add up to the score a query gives them."""
        return explain_scores(collection_name, request, ids, self._collections, self.options)

    @contextmanager
    def trace(self) -> Iterator[Tracer]:
        """Collect the stages of the queries that the body runs, in this thread or task."""
        tracer = Tracer()
        token = _tracer.set(tracer)
        try:
            yield tracer
        finally:
            _tracer.reset(token)

    def _matrix(
        self,
        name: str,
        request: models.SearchMatrixRequest,
        ids: Sequence[models.ExtendedPointId] | None,
        seed: int | None,
        progress: Callable[[int, int], None] | None = None,
    ) -> DistanceMatrix:
        return distance_matrix(
            name,
            request,
            self._collections,
            self.options,
            ids=ids,
            seed=seed,
            progress=progress,
        )


def _matrix_request(
    query_filter: models.Filter | None, limit: int, sample: int, using: str | None
) -> models.SearchMatrixRequest:
    return trusted(
        models.SearchMatrixRequest, filter=query_filter, limit=limit, sample=sample, using=using
    )
