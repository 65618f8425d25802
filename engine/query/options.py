"""What an engine is opened with and every query obeys, and where queries find collections."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias, get_args

from engine.payload.compat import Compat
from engine.scoring.strategy import Convention

if TYPE_CHECKING:
    from engine.snapshot import Snapshot

Mode: TypeAlias = Literal["planned", "scan", "graph"]
"""Who chooses how points are looked at: the planner, or nobody, since one way is forced."""


@dataclass(frozen=True, slots=True)
class Options:
    """Settings of an engine that change results; raises ValueError for an unknown one.

    Attributes:
        convention: whose formulas score.
        compat: whose filter semantics hold.
        strict_indexes: order_by and facets need a payload index, as on a server.
        search: whether the planner chooses between scan and graph, or one of them is forced.

    """

    convention: Convention = "qdrant"
    compat: Compat = "1.20"
    strict_indexes: bool = True
    search: Mode = "planned"

    def __post_init__(self) -> None:
        for name, value, known in (
            ("convention", self.convention, get_args(Convention)),
            ("compat", self.compat, get_args(Compat)),
            ("search", self.search, get_args(Mode)),
        ):
            if value not in known:
                raise ValueError(f"{name} is {value!r}, must be one of {', '.join(known)}")


class Database(Protocol):
    """Where queries find collections."""

    def snapshot(self, name: str) -> Snapshot:
        """Return the present state of a collection or alias; raises NotFound when there is none."""
