"""What each stage of a query did: candidates in and out, how long it took, where in the tree."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from engine.ids import PointId
    from engine.query.candidates import Candidates
    from engine.scoring.strategy import Scores
    from engine.snapshot import Snapshot

Place: TypeAlias = tuple[int, ...]
"""The way to a level of a request: numbers of prefetches, from the root, which is ()."""


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
        method: how the points were looked at; "scan" is every one of them.
        note: what else is worth knowing, such as the strategy.
        place: of the level that it belongs to; the sources of `place` are `(*place, 0)` and on.
        kept: the points that were left, where the stage says which.

    """

    name: str
    candidates_in: int
    candidates_out: int
    seconds: float
    method: str = "scan"
    note: str = ""
    place: Place = ()
    kept: Kept | None = field(default=None, repr=False, compare=False)


@dataclass(slots=True)
class RunningStage:
    """A stage under way: tell what it kept before it ends; an error leaves no stage behind."""

    candidates_in: int
    candidates_out: int = 0
    kept: Kept | None = None

    def keeps(self, snapshot: Snapshot, found: Candidates) -> None:
        """Note the points that are left."""
        self.candidates_out = len(found)
        self.kept = Kept(snapshot, found.rows, found.scores)

    def keeps_mask(self, snapshot: Snapshot, allowed: NDArray[np.bool_]) -> None:
        """Note the points that are left, bool (rows,)."""
        self.candidates_out = int(np.count_nonzero(allowed))
        self.kept = Kept(snapshot, allowed)


@dataclass(slots=True)
class Tracer:
    """Collects the stages of the queries that run while it is attached, in the order they end.

    The sources of a level end before its own stages.
    """

    stages: list[Stage] = field(default_factory=list)

    @contextmanager
    def stage(
        self,
        name: str,
        candidates_in: int,
        method: str = "scan",
        note: str = "",
        place: Place = (),
    ) -> Iterator[RunningStage]:
        """Time the body and add it as a Stage."""
        running = RunningStage(candidates_in)
        began = time.perf_counter()
        yield running
        seconds = time.perf_counter() - began
        out, kept = running.candidates_out, running.kept
        self.stages.append(Stage(name, candidates_in, out, seconds, method, note, place, kept))
