"""Changes of points: each is an operation of a batch, on its own."""

from qdrant_client import models

from engine.api.rest.route import Served, updating_router
from engine.operations import apply_operation
from engine.trusted import trusted

router = updating_router("updates")

_POINTS = "/collections/{collection_name}/points"


@router.put(_POINTS)
def upsert(
    engine: Served, collection_name: str, request: models.PointsBatch | models.PointsList
) -> models.UpdateResult:
    """Insert points, replacing as a whole those whose id is there."""
    operation = trusted(models.UpsertOperation, upsert=request)
    return apply_operation(engine, collection_name, operation)


@router.post(f"{_POINTS}/delete")
def delete_points(
    engine: Served, collection_name: str, request: models.PointIdsList | models.FilterSelector
) -> models.UpdateResult:
    """Delete points by id or filter."""
    operation = trusted(models.DeleteOperation, delete=request)
    return apply_operation(engine, collection_name, operation)


@router.put(f"{_POINTS}/vectors")
def update_vectors(
    engine: Served, collection_name: str, request: models.UpdateVectors
) -> models.UpdateResult:
    """Replace the vectors that are given, and keep the others."""
    operation = trusted(models.UpdateVectorsOperation, update_vectors=request)
    return apply_operation(engine, collection_name, operation)


@router.post(f"{_POINTS}/vectors/delete")
def delete_vectors(
    engine: Served, collection_name: str, request: models.DeleteVectors
) -> models.UpdateResult:
    """Remove vectors of the given names from points."""
    operation = trusted(models.DeleteVectorsOperation, delete_vectors=request)
    return apply_operation(engine, collection_name, operation)


@router.post(f"{_POINTS}/payload")
def set_payload(
    engine: Served, collection_name: str, request: models.SetPayload
) -> models.UpdateResult:
    """Merge a payload into that of points."""
    operation = trusted(models.SetPayloadOperation, set_payload=request)
    return apply_operation(engine, collection_name, operation)


@router.put(f"{_POINTS}/payload")
def overwrite_payload(
    engine: Served, collection_name: str, request: models.SetPayload
) -> models.UpdateResult:
    """Replace the whole payload of points."""
    operation = trusted(models.OverwritePayloadOperation, overwrite_payload=request)
    return apply_operation(engine, collection_name, operation)


@router.post(f"{_POINTS}/payload/delete")
def delete_payload(
    engine: Served, collection_name: str, request: models.DeletePayload
) -> models.UpdateResult:
    """Remove keys from the payload of points."""
    operation = trusted(models.DeletePayloadOperation, delete_payload=request)
    return apply_operation(engine, collection_name, operation)


@router.post(f"{_POINTS}/payload/clear")
def clear_payload(
    engine: Served, collection_name: str, request: models.PointIdsList | models.FilterSelector
) -> models.UpdateResult:
    """Leave points without payload."""
    operation = trusted(models.ClearPayloadOperation, clear_payload=request)
    return apply_operation(engine, collection_name, operation)


@router.post(f"{_POINTS}/batch")
def batch_update(
    engine: Served, collection_name: str, request: models.UpdateOperations
) -> list[models.UpdateResult]:
    """Make several changes, one after the other."""
    return engine.batch_update_points(collection_name, request.operations)
