"""A query in stages, as a frozen value: a tree of prefetches with what the whole of it asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from explorer.pipeline.question import Like, Question
from explorer.pipeline.stage import ROOT, Nearest, Stage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.ids import PointId
    from engine.query.trace import Place
    from explorer.conditions import Condition

MAX_GROUP_SIZE = 100
MAX_DEPTH = 8
"""Stages inside stages that can be built; Qdrant allows 64."""


class Event(Protocol):
    """Something that the user did; see `explorer.pipeline.events`."""

    def on(self, pipeline: Pipeline) -> Pipeline:
        """Return the pipeline after it. Never raises: one that fits no longer changes nothing."""


@dataclass(frozen=True, slots=True)
class Grouping:
    """Results gathered by a payload field: the limit of the root then counts groups.

    Attributes:
        field: whose values make groups.
        size: the most points of a group; every stage passes on that many times its limit.

    """

    field: str
    size: int = 3

    def __post_init__(self) -> None:
        """Raise ValueError for a size outside its range."""
        if not 1 <= self.size <= MAX_GROUP_SIZE:
            raise ValueError(f"the group size is {self.size}, must be from 1 to {MAX_GROUP_SIZE}")


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A query in stages. Equal pipelines ask for the same, so a pipeline is a cache key.

    Attributes:
        collection: which collection is asked.
        root: the last stage, with those that it draws from.
        question: what every stage asks that has no question of its own; None for nothing yet.
        grouping: how results are gathered, or None.

    """

    collection: str
    root: Stage
    question: Question | None = None
    grouping: Grouping | None = None

    def apply(self, event: Event) -> Pipeline:
        """Return the pipeline after an event."""
        return event.on(self)

    def stages(self) -> Iterator[tuple[Place, Stage]]:
        """Yield every stage with its place, each before its sources, the root first."""
        return self.root.walk()

    def at(self, place: Place) -> Stage:
        """Return the stage at a place, or the root where there is none."""
        return self.root.at(place) or self.root

    def asked(self, operation: Nearest) -> Question | None:
        """Return what an operation asks: its own question, or that of the whole."""
        return operation.question or self.question

    @property
    def is_asked(self) -> bool:
        """Whether any stage asks what the whole asks."""
        operations = (stage.operation for _, stage in self.stages())
        return any(isinstance(o, Nearest) and o.question is None for o in operations)

    @property
    def examples(self) -> tuple[PointId, ...]:
        """The points that stages ask by; no stage finds any of them."""
        asked = (
            self.asked(stage.operation)
            for _, stage in self.stages()
            if isinstance(stage.operation, Nearest)
        )
        return tuple(dict.fromkeys(q.point for q in asked if isinstance(q, Like)))

    @property
    def widening(self) -> int:
        """How many times its limit a stage passes on: as often as a group is large."""
        return 1 if self.grouping is None else self.grouping.size

    def conditions_at(self, place: Place) -> tuple[Condition, ...]:
        """Return what must hold for a point to be found there: what the stages around ask, too."""
        depths = range(len(ROOT), len(place) + 1)
        return tuple(c for depth in depths for c in self.at(place[:depth]).conditions)
