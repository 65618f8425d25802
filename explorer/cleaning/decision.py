"""Findings in the queue, what people decide on them, and what has become of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.ids import PointId
    from explorer.findings import Finding


class DeskError(Exception):
    """The desk cannot do what was asked; the message says what to do."""


class Action(StrEnum):
    """What people do at the desk; the first four decide on a finding."""

    KEEP = "keep"
    DROP = "drop"
    MERGE = "merge"
    RELABEL = "relabel"
    UNDO = "undo"
    RESTORE = "restore"
    EMPTY = "empty"


class Stand(StrEnum):
    """Where a finding stands in the queue: open, decided, or gone, since it no longer holds."""

    OPEN = "open"
    GONE = "gone"
    KEPT = "keep"
    DROPPED = "drop"
    MERGED = "merge"
    RELABELLED = "relabel"


class Course(StrEnum):
    """How far a decision is. One that the process dies in, begun or undoing, ends as undone."""

    BEGUN = "begun"
    MADE = "made"
    UNDOING = "undoing"
    UNDONE = "undone"


class Fate(StrEnum):
    """What has become of a change."""

    MADE = "made"
    TAKEN_BACK = "taken back"
    FINAL = "final"


@dataclass(frozen=True, slots=True)
class Entry:
    """A finding in the queue."""

    number: int
    finding: Finding
    stand: Stand


@dataclass(frozen=True, slots=True)
class Decision:
    """What somebody decided.

    Attributes:
        number: decisions count up.
        entries: the findings that it was about, none for what was done in the trash.
        person: who, as they call themselves.
        time: when, ISO 8601 in UTC.
        points: whom it concerned.

    """

    number: int
    entries: tuple[int, ...]
    action: Action
    person: str
    time: str
    course: Course
    points: tuple[PointId, ...]


@dataclass(frozen=True, slots=True)
class Trashed:
    """A point in the trash, without what it holds; `number` counts up."""

    number: int
    decision: Decision
    id: PointId
