"""The engine as a server: the REST and the gRPC interface of Qdrant over one Engine."""

from engine.api.service import Service
from engine.api.settings import Settings

__all__ = ["Service", "Settings"]
