"""What each stage of a query did: candidates in and out, and how long it took."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Stage:
    """One finished stage.

    Attributes:
        name: "filter", "search", ...
        candidates_in: points that entered.
        candidates_out: points that were left.
        seconds: wall-clock time.
        method: how the points were looked at; "scan" is every one of them.
        note: what else is worth knowing, such as the strategy.

    """

    name: str
    candidates_in: int
    candidates_out: int
    seconds: float
    method: str = "scan"
    note: str = ""


@dataclass(slots=True)
class RunningStage:
    """A stage under way: set `candidates_out` before it ends; an error leaves no stage behind."""

    candidates_in: int
    candidates_out: int = 0


@dataclass(slots=True)
class Tracer:
    """Collects the stages of the queries that run while it is attached, in the order they end."""

    stages: list[Stage] = field(default_factory=list)

    @contextmanager
    def stage(
        self, name: str, candidates_in: int, method: str = "scan", note: str = ""
    ) -> Iterator[RunningStage]:
        """Time the body and add it as a Stage."""
        running = RunningStage(candidates_in)
        began = time.perf_counter()
        yield running
        seconds = time.perf_counter() - began
        self.stages.append(
            Stage(name, candidates_in, running.candidates_out, seconds, method, note)
        )
