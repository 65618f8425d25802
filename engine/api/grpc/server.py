"""A gRPC server over an engine."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import grpc  # type: ignore[import-untyped]  # its stubs are a package of their own
from qdrant_client.grpc.collections_service_pb2_grpc import add_CollectionsServicer_to_server
from qdrant_client.grpc.points_service_pb2_grpc import add_PointsServicer_to_server
from qdrant_client.grpc.qdrant_pb2_grpc import add_QdrantServicer_to_server

from engine.api.grpc.services import Collections, Health, Points

if TYPE_CHECKING:
    from engine.api.service import Service


_CALLS = 64
"""Calls that wait for the service's threads at once; these threads do nothing else."""


def make_server(service: Service, address: str) -> tuple[Any, int]:
    """Return a grpc.Server that is not started yet, and the port it is bound to.

    Args:
        service: what it serves; body size, keys and time limits are its settings'.
        address: "host:port", port 0 for a free one.

    Raises:
        RuntimeError: the address cannot be bound.

    """
    server = grpc.server(
        ThreadPoolExecutor(_CALLS, thread_name_prefix="grpc"),
        options=[
            ("grpc.max_receive_message_length", service.settings.body_bytes),
            ("grpc.max_send_message_length", -1),
            ("grpc.so_reuseport", 0),  # a second server on the port is an error, not a share
        ],
    )
    add_PointsServicer_to_server(Points(service), server)  # type: ignore[no-untyped-call]
    add_CollectionsServicer_to_server(Collections(service), server)  # type: ignore[no-untyped-call]
    add_QdrantServicer_to_server(Health(), server)  # type: ignore[no-untyped-call]
    return server, server.add_insecure_port(address)
