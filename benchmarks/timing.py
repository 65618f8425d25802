"""Interleaved timing: contenders take turns, so that a noisy machine is noisy for all of them."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from benchmarks.report import Row

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Name = TypeVar("Name", bound=str)

QUICK, WARMING = 0.05, 0.05
"""Seconds below which empty caches would show, and how long untimed runs fill them."""

RUNS = 8
"""Timed runs of a turn that began with untimed ones."""


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds of repeated runs."""

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """Median in seconds."""
        return float(np.median(self.seconds))

    @property
    def p95(self) -> float:
        """95th percentile in seconds."""
        return float(np.percentile(self.seconds, 95))


def compared(
    work: str,
    ours: Timing,
    against: str,
    peer: Timing,
    goal: float | None = None,
    note: str = "",
    *,
    agree: float | None = None,
) -> Row:
    """Return a row in milliseconds, with the goal of being so many times as fast.

    `agree` is the share of results that are the same, where both look at all points.
    """
    ratio = peer.median / ours.median
    return Row(
        work=work,
        ours=ours.median * 1e3,
        p95=ours.p95 * 1e3,
        recall=agree,
        against=against,
        peer=peer.median * 1e3,
        peer_recall=agree,
        ratio=ratio,
        goal="" if goal is None else f">= {goal:g}x",
        met=None if goal is None else ratio >= goal,
        note=note,
    )


def interleaved(
    contenders: Mapping[Name, Callable[[], object]],
    *,
    repeats: int,
    warm_up: int = 2,
    budget: float = 20.0,
) -> dict[Name, Timing]:
    """Run each contender in turn, `repeats` times or until it has used `budget` seconds.

    With a warm-up a turn begins with untimed runs, lest one contender pay for the caches that the
    slower one before it has emptied, and for its threads, which wait for more work by spinning;
    runs of more than `QUICK` seconds do without.
    """
    taken: dict[Name, list[float]] = {name: [] for name in contenders}
    for name, run in contenders.items():
        for _ in range(warm_up):
            if (lasted := _seconds(run)) > budget / 4:
                taken[name].append(lasted)
                break
    for _ in range(repeats):
        for name, run in contenders.items():
            left = repeats - len(taken[name]) if sum(taken[name]) < budget else 0
            if left > 0 and warm_up and (not taken[name] or taken[name][-1] < QUICK):
                _warm(run)
                taken[name] += [_seconds(run) for _ in range(min(RUNS, left))]
            elif left > 0:
                taken[name].append(_seconds(run))
    return {name: Timing(tuple(seconds)) for name, seconds in taken.items()}


def _warm(run: Callable[[], object]) -> None:
    until = perf_counter() + WARMING
    while perf_counter() < until:
        run()


def _seconds(run: Callable[[], object]) -> float:
    start = perf_counter()
    run()
    return perf_counter() - start
