"""The services of Qdrant's gRPC interface: a table from each method to its operation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qdrant_client import grpc as messages
from qdrant_client.grpc.collections_service_pb2_grpc import CollectionsServicer
from qdrant_client.grpc.points_service_pb2_grpc import PointsServicer
from qdrant_client.grpc.qdrant_pb2_grpc import QdrantServicer

from engine.api.grpc import requests, responses
from engine.api.grpc.call import Call
from engine.api.rest import collections, points, queries, updates
from engine.api.settings import TITLE, VERSION, Access

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from engine.api.grpc.requests import Arguments, Message
    from engine.api.service import Service


def _update(operation: Callable[..., Any], arguments: Callable[[Any], Arguments]) -> Call:
    return Call(operation, arguments, responses.update, Access.WRITE)


def _change(operation: Callable[..., Any], arguments: Callable[[Any], Arguments]) -> Call:
    return Call(operation, arguments, responses.done, Access.WRITE)


POINTS: Mapping[str, Call] = {
    "Upsert": _update(updates.upsert, requests.upsert),
    "Delete": _update(updates.delete_points, requests.selected),
    "UpdateVectors": _update(updates.update_vectors, requests.update_vectors),
    "DeleteVectors": _update(updates.delete_vectors, requests.delete_vectors),
    "SetPayload": _update(updates.set_payload, requests.payload),
    "OverwritePayload": _update(updates.overwrite_payload, requests.payload),
    "DeletePayload": _update(updates.delete_payload, requests.delete_payload),
    "ClearPayload": _update(updates.clear_payload, requests.selected),
    "CreateFieldIndex": _update(collections.create_index, requests.create_index),
    "DeleteFieldIndex": _update(collections.delete_index, requests.delete_index),
    "CreateVectorName": _update(collections.create_vector, requests.create_vector),
    "DeleteVectorName": _update(collections.delete_vector, requests.delete_vector),
    "UpdateBatch": Call(
        updates.batch_update, requests.update_batch, responses.updates, Access.WRITE
    ),
    "Get": Call(points.retrieve, requests.retrieve, responses.records),
    "Scroll": Call(points.scroll, requests.scroll, responses.page),
    "Count": Call(points.count, requests.count, responses.counted),
    "Facet": Call(points.facet, requests.facet, responses.values),
    "Query": Call(queries.query_points, requests.query, responses.points),
    "QueryBatch": Call(queries.query_batch, requests.query_batch, responses.batches),
    "QueryGroups": Call(queries.query_groups, requests.query_groups, responses.groups),
    "SearchMatrixPairs": Call(queries.matrix_pairs, requests.matrix, responses.pairs),
    "SearchMatrixOffsets": Call(queries.matrix_offsets, requests.matrix, responses.offsets),
}
"""The methods of the Points service."""

COLLECTIONS: Mapping[str, Call] = {
    "Get": Call(collections.describe, requests.collection, responses.info),
    "List": Call(collections.list_collections, requests.nothing, responses.names),
    "CollectionExists": Call(collections.exists, requests.collection, responses.existence),
    "Create": _change(collections.create, requests.create_collection),
    "Update": _change(collections.update, requests.update_collection),
    "Delete": _change(collections.delete, requests.collection),
    "UpdateAliases": _change(collections.update_aliases, requests.change_aliases),
    "ListAliases": Call(collections.list_aliases, requests.nothing, responses.aliases),
    "ListCollectionAliases": Call(collections.aliases_of, requests.collection, responses.aliases),
}
"""The methods of the Collections service."""


def _method(service: Service, call: Call) -> Callable[[Any, Any], Message]:
    def answer(message: Message, context: Any) -> Message:
        return call.answer(service, message, context)

    return answer


class Points(PointsServicer):
    """Points; methods that the table lacks answer UNIMPLEMENTED."""

    def __init__(self, service: Service) -> None:
        for name, call in POINTS.items():
            setattr(self, name, _method(service, call))


class Collections(CollectionsServicer):
    """Collections; methods that the table lacks answer UNIMPLEMENTED."""

    def __init__(self, service: Service) -> None:
        for name, call in COLLECTIONS.items():
            setattr(self, name, _method(service, call))


class Health(QdrantServicer):
    """Which server this is; needs no key."""

    def HealthCheck(  # noqa: N802 - the service's own name
        self, _message: object, _context: object
    ) -> messages.HealthCheckReply:
        """Tell title and version."""
        return messages.HealthCheckReply(title=TITLE, version=VERSION)
