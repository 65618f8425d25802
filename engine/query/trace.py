"""What each stage of a query did: candidates in and out, how long it took, where in the tree."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self, TypeAlias

import numpy as np

from engine.payload.allowed import Allowed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from engine.ids import PointId
    from engine.query.candidates import Candidates
    from engine.scoring.strategy import Scores
    from engine.snapshot import Snapshot

Place: TypeAlias = tuple[int, ...]
"""The way to a level of a request: numbers of prefetches, from the root, which is ()."""

Entering: TypeAlias = "int | Allowed | Sequence[Candidates]"
"""What enters a stage: a number of points, those that are allowed, or what its sources found."""


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """The points that a stage let through.

    Attributes:
        snapshot: the searched state.
        rows: int64 (n,) in their order, or bool (rows,) where they have none.
        scores: float32 (n,), as the stage left them; None where nothing scored.

    """

    snapshot: Snapshot
    rows: NDArray[Any]
    scores: Scores | None = None

    def ids(self) -> list[PointId]:
        """Return the ids of the points, in their order."""
        is_mask = self.rows.dtype == np.bool_
        return self.snapshot.ids.ids(np.flatnonzero(self.rows) if is_mask else self.rows)


@dataclass(frozen=True, slots=True)
class Stage:
    """One finished stage.

    Attributes:
        name: "filter", "search", "rescore", "fusion", ...
        candidates_in: points that entered, those of several sources counted for each.
        candidates_out: points that were left.
        seconds: wall-clock time.
        method: how the points were looked at; "scan" is every one of them, "graph" a walk along
            near neighbours.
        note: what else is worth knowing, such as the strategy.
        place: of the level that it belongs to; the sources of `place` are `(*place, 0)` and on.
        kept: the points that were left, where the stage says which.
        reason: why this method, where there was a choice.

    """

    name: str
    candidates_in: int
    candidates_out: int
    seconds: float
    method: str = "scan"
    note: str = ""
    place: Place = ()
    kept: Kept | None = field(default=None, repr=False, compare=False)
    reason: str = ""


@dataclass(slots=True)
class RunningStage:
    """A stage under way: tell what it kept before it ends; an error leaves no stage behind.

    Attributes:
        tracer: gets the stage; where nobody looks at it, nothing is timed and nothing counted.
        name: as of the Stage to be, as all below.
        entering: what enters, counted at the end.
        method: may turn out under way, as may the note.
        note: what else is worth knowing.
        place: of the level.
        reason: why this method.

    """

    tracer: Tracer
    name: str
    entering: Entering
    method: str
    note: str
    place: Place
    reason: str = ""
    _out: int = 0
    _kept: Kept | None = None
    _began: float = 0.0

    def __enter__(self) -> Self:
        if self.tracer.is_watched:
            self._began = time.perf_counter()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None and self.tracer.is_watched:
            seconds = time.perf_counter() - self._began
            told = self.method, self.note, self.place
            entering, last = _counted(self.entering), (self._kept, self.reason)
            stage = Stage(self.name, entering, self._out, seconds, *told, *last)
            self.tracer.stages.append(stage)

    def keeps(self, snapshot: Snapshot, found: Candidates) -> None:
        """Note the points that are left."""
        if self.tracer.is_watched:
            self._out, self._kept = len(found), Kept(snapshot, found.rows, found.scores)

    def keeps_allowed(self, snapshot: Snapshot, allowed: Allowed) -> None:
        """Note the points that are left."""
        if self.tracer.is_watched:
            self._out, self._kept = len(allowed), Kept(snapshot, allowed.mask)

    def keeps_count(self, left: int) -> None:
        """Note how many points are left, where they are not one list."""
        self._out = left


@dataclass(slots=True)
class Tracer:
    """Collects the stages of the queries that run while it is attached, in the order they end.

    The sources of a level end before its own stages.

    Attributes:
        stages: that have ended.
        is_watched: whether anybody will look at them; otherwise there are none.

    """

    stages: list[Stage] = field(default_factory=list)
    is_watched: bool = True

    def stage(
        self,
        name: str,
        entering: Entering,
        method: str = "scan",
        note: str = "",
        place: Place = (),
    ) -> RunningStage:
        """Time the body of a `with` and add it as a Stage."""
        if not self.is_watched:
            return _UNWATCHED_STAGE
        return RunningStage(self, name, entering, method, note, place)


UNWATCHED = Tracer(is_watched=False)
_UNWATCHED_STAGE = RunningStage(UNWATCHED, "", 0, "", "", ())
"""Stands for every stage that nobody looks at, which says and holds nothing."""


def _counted(entering: Entering) -> int:
    if isinstance(entering, int):
        return entering
    return len(entering) if isinstance(entering, Allowed) else sum(map(len, entering))
