"""What is drawn as a graph: which points, how they are linked, where they stand. A frozen value."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import blake2b
from typing import TYPE_CHECKING, TypeAlias

from explorer.conditions import Condition, filter_of
from explorer.graph.linking import Linking

if TYPE_CHECKING:
    from qdrant_client import models

PointId: TypeAlias = int | str

MAX_POINTS = 10_000
"""Points that a graph has at most: more links are no picture any more."""

MAX_NEIGHBOURS = 50
MAX_EXPANSIONS = 200


class Placing(StrEnum):
    """Where the points stand."""

    FORCE = "force"
    MAP = "map"


@dataclass(frozen=True, slots=True)
class Sample:
    """Some points of the collection, drawn by a seed.

    Attributes:
        size: how many, 3 to `MAX_POINTS`.
        seed: the same seed draws the same points; 0 to 2**31 - 1.

    """

    size: int
    seed: int = 0

    def __post_init__(self) -> None:
        """Raise ValueError when a number is out of bounds."""
        if not 0 <= self.seed < 2**31:
            raise ValueError(f"a seed is 0 to 2**31 - 1, not {self.seed}")
        if not 3 <= self.size <= MAX_POINTS:
            raise ValueError(f"a graph has 3 to {MAX_POINTS:,} points, not {self.size:,}")


@dataclass(frozen=True, slots=True)
class Chosen:
    """These points.

    Attributes:
        ids: the points, at least one, at most `MAX_POINTS`.
        origin: where they come from, as a person reads it, such as `results of Explore`.

    """

    ids: tuple[PointId, ...]
    origin: str = ""

    def __post_init__(self) -> None:
        """Raise ValueError when there are none, or too many; drop repetitions."""
        object.__setattr__(self, "ids", tuple(dict.fromkeys(self.ids)))
        if not 1 <= len(self.ids) <= MAX_POINTS:
            raise ValueError(f"a graph has 1 to {MAX_POINTS:,} points, not {len(self.ids):,}")


Start: TypeAlias = Sample | Chosen
"""The points that a graph begins with."""


@dataclass(frozen=True, slots=True)
class View:
    """What is drawn. Equal views of the same data are the same picture, so a view is a cache key.

    Attributes:
        collection: whose points.
        using: which named vector links them; `""` is the unnamed one.
        start: the points it begins with.
        expanded: the points whose nearest neighbours were added, in this order.
        linking: which points are linked.
        k: how many neighbours each point has, 1 to `MAX_NEIGHBOURS`.
        placing: where the points stand.
        conditions: all must hold for a point to be drawn or added.

    """

    collection: str
    using: str = ""
    start: Start = Sample(500)
    expanded: tuple[PointId, ...] = ()
    linking: Linking = Linking.NEAREST
    k: int = 8
    placing: Placing = Placing.FORCE
    conditions: tuple[Condition, ...] = ()

    def __post_init__(self) -> None:
        """Raise ValueError when a number is out of bounds."""
        if not 1 <= self.k <= MAX_NEIGHBOURS:
            raise ValueError(f"a point has 1 to {MAX_NEIGHBOURS} neighbours, not {self.k}")
        if len(self.expanded) > MAX_EXPANSIONS:
            raise ValueError(f"at most {MAX_EXPANSIONS} points can be expanded")

    def filter(self) -> models.Filter | None:
        """Return the filter that asks for all conditions, or None."""
        return filter_of(self.conditions)

    def starting(self, start: Start) -> View:
        """Return the view of other points, nothing expanded."""
        return replace(self, start=start, expanded=())

    def around(self, point: PointId) -> View:
        """Return the view that begins with a point and its nearest neighbours."""
        return replace(self, start=Chosen((point,)), expanded=(point,))

    def expanding(self, point: PointId) -> View:
        """Return the view with a point's nearest neighbours added, or itself where they are."""
        if point in self.expanded or len(self.expanded) == MAX_EXPANSIONS:
            return self
        return replace(self, expanded=(*self.expanded, point))

    @property
    def beginning(self) -> str:
        """A short name for the view before all expansions."""
        begun = replace(self, expanded=())
        return blake2b(repr(begun).encode(), digest_size=8).hexdigest()

    @property
    def before(self) -> View:
        """The view before its last expansion."""
        return replace(self, expanded=self.expanded[:-1])


@dataclass(frozen=True, slots=True)
class Look:
    """How a drawn graph is looked at; it changes neither points nor links.

    Attributes:
        colour: a name of `explorer.graph.looks.MEASURES`, or a payload key path.
        size: a name of `explorer.graph.looks.SIZES`, a payload key path of numbers, or `""` for
            dots of one size.
        cutoff: the worst score of a link that is shown, or None.
        at: the point that is looked at, or None.

    """

    colour: str = "@community"
    size: str = "@occurrences"
    cutoff: float | None = None
    at: PointId | None = None
