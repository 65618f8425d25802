"""The gRPC interface of Qdrant: a thin adapter over the operations of the REST interface."""

from engine.api.grpc.server import make_server

__all__ = ["make_server"]
