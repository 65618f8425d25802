"""Queries: of points, in batches, in groups, and the distance matrix."""

from qdrant_client import models

from engine.api.bounds import MAX_RESULTS, MAX_SAMPLE, check_batch, check_number, check_query
from engine.api.rest.route import Served, reading_router

router = reading_router("queries")

_POINTS = "/collections/{collection_name}/points"
_SAMPLE, _MATRIX_LIMIT = 10, 3
_GROUPS, _GROUP_SIZE = 10, 3


@router.post(f"{_POINTS}/query")
def query_points(
    engine: Served, collection_name: str, request: models.QueryRequest
) -> models.QueryResponse:
    """Find points by a vector, by examples, or by what several prefetches found."""
    check_query(request)
    return engine.query_batch_points(collection_name, [request])[0]


@router.post("/collections/{collection_name}/query/batch", include_in_schema=False)
@router.post(f"{_POINTS}/query/batch")
def query_batch(
    engine: Served, collection_name: str, request: models.QueryRequestBatch
) -> list[models.QueryResponse]:
    """Answer several queries; the first error fails them all."""
    # The documentation's page on exploring has this path without `points` too.
    check_batch(request.searches)
    return engine.query_batch_points(collection_name, request.searches)


@router.post(f"{_POINTS}/query/groups")
def query_groups(
    engine: Served, collection_name: str, request: models.QueryGroupsRequest
) -> models.GroupsResult:
    """Find the best groups of points that share a payload value."""
    check_query(request)
    return engine.query_points_groups(
        collection_name,
        group_by=request.group_by,
        query=request.query,
        using=request.using,
        prefetch=request.prefetch,
        query_filter=request.filter,
        search_params=request.params,
        limit=_GROUPS if request.limit is None else request.limit,
        group_size=_GROUP_SIZE if request.group_size is None else request.group_size,
        with_payload=request.with_payload or False,
        with_vectors=request.with_vector or False,
        score_threshold=request.score_threshold,
        with_lookup=request.with_lookup,
        lookup_from=request.lookup_from,
    )


@router.post(f"{_POINTS}/search/matrix/pairs")
def matrix_pairs(
    engine: Served, collection_name: str, request: models.SearchMatrixRequest
) -> models.SearchMatrixPairsResponse:
    """Find the nearest neighbours within a random sample, as pairs."""
    return engine.search_matrix_pairs(collection_name, *_matrix(request))


@router.post(f"{_POINTS}/search/matrix/offsets")
def matrix_offsets(
    engine: Served, collection_name: str, request: models.SearchMatrixRequest
) -> models.SearchMatrixOffsetsResponse:
    """Find the nearest neighbours within a random sample, as a sparse matrix."""
    return engine.search_matrix_offsets(collection_name, *_matrix(request))


def _matrix(
    request: models.SearchMatrixRequest,
) -> tuple[models.Filter | None, int, int, str | None]:
    """Return filter, limit, sample and vector name of a distance matrix."""
    limit = _MATRIX_LIMIT if request.limit is None else request.limit
    sample = _SAMPLE if request.sample is None else request.sample
    check_number("search_request.sample", sample, MAX_SAMPLE)
    check_number("search_request.limit", limit, MAX_RESULTS)
    return request.filter, limit, sample, request.using
