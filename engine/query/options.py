"""What an engine is opened with and every query obeys, and where queries find collections."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from engine.payload.compat import Compat
    from engine.scoring.strategy import Convention
    from engine.snapshot import Snapshot


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
