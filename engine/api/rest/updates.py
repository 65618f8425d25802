"""Changes of points."""

from typing import TypeAlias

from qdrant_client import models

from engine.api.rest.route import Served, updating_router
from engine.errors import BadRequest
from engine.selection import Selector

router = updating_router("updates")

_POINTS = "/collections/{collection_name}/points"
_Choosing: TypeAlias = models.SetPayload | models.DeletePayload | models.DeleteVectors


@router.put(_POINTS)
def upsert(
    engine: Served, collection_name: str, request: models.PointsBatch | models.PointsList
) -> models.UpdateResult:
    """Insert points, replacing as a whole those whose id is there."""
    return engine.upsert(
        collection_name,
        request.batch if isinstance(request, models.PointsBatch) else request.points,
        update_filter=request.update_filter,
        update_mode=request.update_mode,
    )


@router.post(f"{_POINTS}/delete")
def delete_points(
    engine: Served, collection_name: str, request: models.PointIdsList | models.FilterSelector
) -> models.UpdateResult:
    """Delete points by id or filter."""
    return engine.delete(collection_name, request)


@router.put(f"{_POINTS}/vectors")
def update_vectors(
    engine: Served, collection_name: str, request: models.UpdateVectors
) -> models.UpdateResult:
    """Replace the vectors that are given, and keep the others."""
    return engine.update_vectors(
        collection_name, request.points, update_filter=request.update_filter
    )


@router.post(f"{_POINTS}/vectors/delete")
def delete_vectors(
    engine: Served, collection_name: str, request: models.DeleteVectors
) -> models.UpdateResult:
    """Remove vectors of the given names from points."""
    return engine.delete_vectors(collection_name, request.vector, chosen(request))


@router.post(f"{_POINTS}/payload")
def set_payload(
    engine: Served, collection_name: str, request: models.SetPayload
) -> models.UpdateResult:
    """Merge a payload into that of points."""
    return engine.set_payload(collection_name, request.payload, chosen(request), key=request.key)


@router.put(f"{_POINTS}/payload")
def overwrite_payload(
    engine: Served, collection_name: str, request: models.SetPayload
) -> models.UpdateResult:
    """Replace the whole payload of points."""
    return engine.overwrite_payload(collection_name, request.payload, chosen(request))


@router.post(f"{_POINTS}/payload/delete")
def delete_payload(
    engine: Served, collection_name: str, request: models.DeletePayload
) -> models.UpdateResult:
    """Remove keys from the payload of points."""
    return engine.delete_payload(collection_name, request.keys, chosen(request))


@router.post(f"{_POINTS}/payload/clear")
def clear_payload(
    engine: Served, collection_name: str, request: models.PointIdsList | models.FilterSelector
) -> models.UpdateResult:
    """Leave points without payload."""
    return engine.clear_payload(collection_name, request)


@router.post(f"{_POINTS}/batch")
def batch_update(
    engine: Served, collection_name: str, request: models.UpdateOperations
) -> list[models.UpdateResult]:
    """Make several changes, one after the other."""
    return engine.batch_update_points(collection_name, request.operations)


def chosen(request: _Choosing) -> Selector:
    """Return the points that a request names or filters; raises BadRequest when it does neither."""
    if request.points is not None:
        return request.points
    if request.filter is not None:
        return request.filter
    raise BadRequest("Either list of point ids or filter must be provided")
