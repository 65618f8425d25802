"""Background jobs: long work in a thread, with progress, cancel and a result that outlives a rerun.

A page starts a job under a key, forgets it, and finds it again by the same key on its next run.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from threading import Event, Lock, Thread
from time import perf_counter
from typing import Any, Generic, TypeAlias, TypeVar, cast

T = TypeVar("T")

Report: TypeAlias = Callable[[int, int | None, str], None]
"""Called by the work as `report(done, total, message)`; `total` is None where it is unknown."""

Stopped: TypeAlias = Callable[[], bool]
"""Asked by the work between steps; when it answers True the work raises `Cancelled`."""

Work: TypeAlias = Callable[[Report, Stopped], T]
"""What a job runs."""

_log = logging.getLogger(__name__)


class Cancelled(Exception):
    """Raised by work that stops because it was asked to; says what is left of it, if anything."""


class State(StrEnum):
    """Where a job stands."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is; a value, so that a page draws one consistent state.

    Attributes:
        done: steps finished (points, epochs, bytes).
        total: steps in all, or None where that is unknown.
        message: what is being done now; once the job has failed the error's text, once it was
            cancelled what is left of it.

    """

    done: int = 0
    total: int | None = None
    message: str = ""
    state: State = State.RUNNING

    @property
    def fraction(self) -> float | None:
        """Part that is finished, from 0 to 1, or None where the total is unknown."""
        if self.state is State.DONE:
            return 1.0
        return min(self.done / self.total, 1.0) if self.total else None


class Job(Generic[T]):
    """One piece of work in its own thread; starts when made."""

    def __init__(self, title: str, work: Work[T]) -> None:
        self.title = title
        self._work = work
        self._progress = Progress(message="Starting")
        self._result: T | None = None
        self._cancel = Event()
        self._ended = Event()
        self._started = perf_counter()
        self._seconds = 0.0
        Thread(target=self._run, name=title, daemon=True).start()

    @property
    def progress(self) -> Progress:
        """The latest progress."""
        return self._progress

    @property
    def running(self) -> bool:
        """Whether the work has not ended yet."""
        return not self._ended.is_set()

    @property
    def seconds(self) -> float:
        """How long the work took; 0 while it runs."""
        return self._seconds

    @property
    def error(self) -> str | None:
        """What went wrong, or None."""
        return self._progress.message if self._progress.state is State.FAILED else None

    @property
    def result(self) -> T:
        """What the work returned; RuntimeError unless the job is done."""
        if self._progress.state is not State.DONE:
            raise RuntimeError(f"job {self.title!r} has no result: it is {self._progress.state}")
        return cast("T", self._result)

    def cancel(self) -> None:
        """Ask the work to stop; it does so at its next step."""
        self._cancel.set()

    def wait(self, timeout: float | None = None) -> bool:
        """Block until the work has ended, at most `timeout` seconds; return whether it has."""
        return self._ended.wait(timeout)

    def _run(self) -> None:
        try:
            self._result = self._work(self._report, self._cancel.is_set)
        except Cancelled as cancelled:
            self._end(State.CANCELLED, str(cancelled) or "Nothing of it is left.")
        except Exception as error:  # noqa: BLE001 - the border of a thread
            # Whatever the work raises becomes the outcome of the job.
            _log.exception("%s failed", self.title)
            self._end(State.FAILED, str(error) or type(error).__name__)
        else:
            self._end(State.DONE, "Done")

    def _report(self, done: int, total: int | None, message: str) -> None:
        self._progress = Progress(done, total, message)

    def _end(self, state: State, message: str) -> None:
        self._seconds = perf_counter() - self._started
        self._progress = replace(self._progress, state=state, message=message)
        self._ended.set()


class Jobs:
    """Jobs by key; at most one running job per key."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job[Any]] = {}
        self._lock = Lock()

    def start(self, key: str, title: str, work: Work[T]) -> Job[T]:
        """Start `work` under `key`; if a job of that key is still running, return that one."""
        with self._lock:
            job = self._jobs.get(key)
            if job is None or not job.running:
                job = self._jobs[key] = Job(title, work)
            return job

    def restart(self, key: str, title: str, work: Work[T]) -> Job[T]:
        """Cancel a running job of that key, and start `work` in its place when it has ended."""
        with self._lock:
            before = self._jobs.get(key)
            if before is not None:
                before.cancel()
            job = self._jobs[key] = Job(title, partial(_after, before, work))
            return job

    def get(self, key: str) -> Job[Any] | None:
        """Return the latest job of `key`, or None."""
        return self._jobs.get(key)

    def dismiss(self, key: str) -> None:
        """Forget an ended job of `key`; a running one stays."""
        with self._lock:
            job = self._jobs.get(key)
            if job is not None and not job.running:
                del self._jobs[key]

    def running(self) -> dict[str, Job[Any]]:
        """Return the jobs that have not ended, by key."""
        with self._lock:
            return {key: job for key, job in self._jobs.items() if job.running}


def _after(before: Job[Any] | None, work: Work[T], report: Report, stopped: Stopped) -> T:
    while before is not None and not before.wait(0.05):
        if stopped():
            raise Cancelled
    return work(report, stopped)
