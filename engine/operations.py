"""Updates as values: one operation of a batch, applied by the method that it names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qdrant_client import models

from engine.errors import BadRequest

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.selection import Selector
    from engine.updating import Updating

Chosen = models.SetPayload | models.DeletePayload | models.DeleteVectors


def apply_operation(
    engine: Updating, name: str, operation: models.UpdateOperation
) -> models.UpdateResult:
    """Apply one operation to a collection; raises as the method that it names does."""
    return _METHODS[type(operation)](engine, name, operation)


def chosen_points(request: Chosen) -> Selector:
    """Return the points that a request lists or filters; raises BadRequest when it does neither."""
    if request.points is not None:
        return request.points
    if request.filter is not None:
        return request.filter
    raise BadRequest("Either list of point ids or filter must be provided")


def _upsert(engine: Updating, name: str, operation: models.UpsertOperation) -> models.UpdateResult:
    asked = operation.upsert
    points = asked.batch if isinstance(asked, models.PointsBatch) else asked.points
    return engine.upsert(
        name, points, update_filter=asked.update_filter, update_mode=asked.update_mode
    )


def _set_payload(
    engine: Updating, name: str, operation: models.SetPayloadOperation
) -> models.UpdateResult:
    asked = operation.set_payload
    return engine.set_payload(name, asked.payload, chosen_points(asked), key=asked.key)


def _overwrite_payload(
    engine: Updating, name: str, operation: models.OverwritePayloadOperation
) -> models.UpdateResult:
    asked = operation.overwrite_payload
    return engine.overwrite_payload(name, asked.payload, chosen_points(asked))


def _delete_payload(
    engine: Updating, name: str, operation: models.DeletePayloadOperation
) -> models.UpdateResult:
    asked = operation.delete_payload
    return engine.delete_payload(name, asked.keys, chosen_points(asked))


def _update_vectors(
    engine: Updating, name: str, operation: models.UpdateVectorsOperation
) -> models.UpdateResult:
    asked = operation.update_vectors
    return engine.update_vectors(name, asked.points, update_filter=asked.update_filter)


def _delete_vectors(
    engine: Updating, name: str, operation: models.DeleteVectorsOperation
) -> models.UpdateResult:
    asked = operation.delete_vectors
    return engine.delete_vectors(name, asked.vector, chosen_points(asked))


_METHODS: dict[type, Callable[[Updating, str, Any], models.UpdateResult]] = {
    models.UpsertOperation: _upsert,
    models.DeleteOperation: lambda engine, name, given: engine.delete(name, given.delete),
    models.SetPayloadOperation: _set_payload,
    models.OverwritePayloadOperation: _overwrite_payload,
    models.DeletePayloadOperation: _delete_payload,
    models.ClearPayloadOperation: lambda engine, name, given: engine.clear_payload(
        name, given.clear_payload
    ),
    models.UpdateVectorsOperation: _update_vectors,
    models.DeleteVectorsOperation: _delete_vectors,
}
