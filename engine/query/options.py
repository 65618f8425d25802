"""What an engine is opened with and every query obeys, and where queries find collections."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from engine.snapshot import Snapshot

Convention = Literal["qdrant", "documented"]
"""Whose formulas score: what Qdrant computes, or what its documentation prints."""

Compat = Literal["1.18", "1.19", "1.20"]
"""The Qdrant version whose filter semantics hold where versions differ."""


@dataclass(frozen=True, slots=True)
class Options:
    """Settings of an engine that change results.

    Attributes:
        convention: whose formulas score.
        compat: whose filter semantics hold.
        strict_indexes: order_by and facets need a payload index, as on a server.

    """

    convention: Convention = "qdrant"
    compat: Compat = "1.20"
    strict_indexes: bool = True


class Database(Protocol):
    """Where queries find collections."""

    def snapshot(self, name: str) -> Snapshot:
        """Return the present state of a collection or alias; raises NotFound when there is none."""
