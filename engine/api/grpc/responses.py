"""Results of operations become gRPC messages; `seconds` is the time that the work took."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qdrant_client import grpc as messages
from qdrant_client.conversions.conversion import RestToGrpc

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qdrant_client import models


def points(result: models.QueryResponse, seconds: float) -> messages.QueryResponse:
    """Return the points of a query."""
    return messages.QueryResponse(result=_scored(result), time=seconds)


def batches(result: Sequence[models.QueryResponse], seconds: float) -> messages.QueryBatchResponse:
    """Return the points of several queries."""
    answers = [messages.BatchResult(result=_scored(one)) for one in result]
    return messages.QueryBatchResponse(result=answers, time=seconds)


def _scored(result: models.QueryResponse) -> list[messages.ScoredPoint]:
    return [RestToGrpc.convert_scored_point(point) for point in result.points]


def groups(result: models.GroupsResult, seconds: float) -> messages.QueryGroupsResponse:
    """Return groups of points."""
    return messages.QueryGroupsResponse(
        result=RestToGrpc.convert_groups_result(result), time=seconds
    )


def pairs(
    result: models.SearchMatrixPairsResponse, seconds: float
) -> messages.SearchMatrixPairsResponse:
    """Return a distance matrix as pairs."""
    return messages.SearchMatrixPairsResponse(
        result=RestToGrpc.convert_search_matrix_pairs(result), time=seconds
    )


def offsets(
    result: models.SearchMatrixOffsetsResponse, seconds: float
) -> messages.SearchMatrixOffsetsResponse:
    """Return a distance matrix as offsets."""
    return messages.SearchMatrixOffsetsResponse(
        result=RestToGrpc.convert_search_matrix_offsets(result), time=seconds
    )


def records(result: Sequence[models.Record], seconds: float) -> messages.GetResponse:
    """Return points read by id."""
    found = [_record(record) for record in result]
    return messages.GetResponse(result=found, time=seconds)


def _record(record: models.Record) -> messages.RetrievedPoint:
    """Return a point; the message knows no missing payload, only an empty one."""
    if record.payload is None:
        record = record.model_copy(update={"payload": {}})
    return RestToGrpc.convert_retrieved_point(record)


def page(result: models.ScrollResult, seconds: float) -> messages.ScrollResponse:
    """Return a page of points, and where the next begins."""
    following = result.next_page_offset
    return messages.ScrollResponse(
        result=[_record(record) for record in result.points],
        next_page_offset=(
            None if following is None else RestToGrpc.convert_extended_point_id(following)
        ),
        time=seconds,
    )


def counted(result: models.CountResult, seconds: float) -> messages.CountResponse:
    """Return a number of points."""
    return messages.CountResponse(result=RestToGrpc.convert_count_result(result), time=seconds)


def values(result: models.FacetResponse, seconds: float) -> messages.FacetResponse:
    """Return the values of a field with their counts."""
    hits = [RestToGrpc.convert_facet_value_hit(hit) for hit in result.hits]
    return messages.FacetResponse(hits=hits, time=seconds)


def update(result: models.UpdateResult, seconds: float) -> messages.PointsOperationResponse:
    """Return what an update came to."""
    return messages.PointsOperationResponse(
        result=RestToGrpc.convert_update_result(result), time=seconds
    )


def updates(result: Sequence[models.UpdateResult], seconds: float) -> messages.UpdateBatchResponse:
    """Return what several updates came to."""
    done = [RestToGrpc.convert_update_result(one) for one in result]
    return messages.UpdateBatchResponse(result=done, time=seconds)


def done(result: bool, seconds: float) -> messages.CollectionOperationResponse:
    """Return whether a collection was changed."""
    return messages.CollectionOperationResponse(result=result, time=seconds)


def names(result: models.CollectionsResponse, seconds: float) -> messages.ListCollectionsResponse:
    """Return the names of collections."""
    found = [RestToGrpc.convert_collection_description(one) for one in result.collections]
    return messages.ListCollectionsResponse(collections=found, time=seconds)


def info(result: models.CollectionInfo, seconds: float) -> messages.GetCollectionInfoResponse:
    """Return the description of a collection."""
    return messages.GetCollectionInfoResponse(
        result=RestToGrpc.convert_collection_info(result), time=seconds
    )


def existence(
    result: models.CollectionExistence, seconds: float
) -> messages.CollectionExistsResponse:
    """Return whether a collection exists."""
    return messages.CollectionExistsResponse(
        result=messages.CollectionExists(exists=result.exists), time=seconds
    )


def aliases(
    result: models.CollectionsAliasesResponse, seconds: float
) -> messages.ListAliasesResponse:
    """Return aliases."""
    found = [RestToGrpc.convert_alias_description(alias) for alias in result.aliases]
    return messages.ListAliasesResponse(aliases=found, time=seconds)
