"""What the explorer talks to: the embedded engine, or a real Qdrant; both have the same methods."""

from typing import TypeAlias

from qdrant_client import QdrantClient

from engine import Engine

Client: TypeAlias = Engine | QdrantClient
