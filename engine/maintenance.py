"""Keeps one collection's graphs up to date in the background.

After each change the collection is looked at; when it lacks something, and its writes have settled,
a thread builds on a snapshot while reading and writing go on. Collections of one engine take turns.
"""

from __future__ import annotations

import atexit
import logging
import os
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Protocol, TypeAlias
from weakref import WeakSet

from engine.errors import EngineError
from engine.index.build import BuildCancelled

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.index.upkeep import Upkeep

Report: TypeAlias = "Callable[[str, int, int], None]"
"""Called as `report(vector, done, total)`; raises BuildCancelled to stop."""

SETTLED_SECONDS = 1.0
"""A collection that was not written to for so long has settled."""

PATIENCE_SECONDS = 300.0
"""A collection that never settles is taken in hand after so long; a long import is not slowed down
by graphs that its next points make old."""

_NICENESS, _NICEST = 10, 19  # the processor serves queries first
_log = logging.getLogger(__name__)


class Maintained(Protocol):
    """What is kept up to date."""

    @property
    def name(self) -> str:
        """Of the collection."""

    def upkeep(self, *, asked: bool = False) -> Upkeep:
        """Return what the present state lacks; see `engine.index.upkeep.upkeep`."""

    def maintain(self, report: Report, *, asked: bool) -> bool:
        """Do it; return False when the collection changed in the way and all is still to do."""


@dataclass(frozen=True, slots=True)
class Building:
    """A build that waits, or is under way.

    Attributes:
        vector: whose graph is built; None before the first.
        done: rows that are linked.
        total: rows in all.

    """

    vector: str | None = None
    done: int = 0
    total: int = 0

    @property
    def fraction(self) -> float:
        """Part that is done, from 0 to 1."""
        return self.done / self.total if self.total else 0.0


class Maintenance:
    """The background work of one collection; any thread may call it.

    Its thread starts when there is something to do, and ends when there is nothing left.

    Args:
        collection: what is kept up to date.
        turn: held while building, by one collection of an engine at a time.

    """

    def __init__(self, collection: Maintained, turn: threading.Lock) -> None:
        self._collection = collection
        self._turn = turn
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._building: Building | None = None
        self._error: str | None = None
        self._first = self._last = 0.0
        self._asked = self._hurried = self._paused = self._stopping = self._closed = False
        _OPEN.add(self)

    @property
    def building(self) -> Building | None:
        """What is being done, or None when there is nothing to do."""
        return self._building

    @property
    def error(self) -> str | None:
        """Why the last build failed, or None."""
        return self._error

    @property
    def paused(self) -> bool:
        """Whether a build was cancelled or failed; none starts by itself until `resume`."""
        return self._paused

    def look(self) -> None:
        """Take note of a change; work begins when the collection has settled."""
        with self._changed:
            self._last = monotonic()
            self._begin()

    def resume(self, *, asked: bool = False) -> None:
        """Take work up again; `asked` is for graphs that cover all points, at once."""
        with self._changed:
            self._paused, self._error = False, None
            self._asked = self._asked or asked
            self._hurried = self._hurried or asked
            self._begin()
            self._changed.notify_all()

    def wait(self, timeout: float | None = None) -> bool:
        """Begin without waiting for writes to settle; return whether the work ended in time."""
        with self._changed:
            self._hurried = self._thread is not None
            self._changed.notify_all()
            return self._changed.wait_for(lambda: self._thread is None, timeout)

    def cancel(self) -> None:
        """Stop what is under way within a moment, and pause."""
        with self._changed:
            if self._thread is not None:
                self._stopping = self._paused = True
                self._changed.notify_all()

    def close(self) -> None:
        """Cancel for good; returns when nothing is under way any more."""
        self._closed = True
        self.cancel()
        self.wait()

    def _begin(self) -> None:
        if self._thread is not None or self._paused or self._closed:
            return
        if self._collection.upkeep(asked=self._asked):
            self._first = monotonic()
            name = f"graphs of {self._collection.name}"
            thread = threading.Thread(target=self._run, name=name, daemon=True)
            try:
                thread.start()  # it waits for `_changed`, which is held here
            except RuntimeError as error:  # no thread left: the next look tries again
                _log.warning("the graphs of %s have to wait: %s", self._collection.name, error)
            else:
                self._thread, self._building = thread, Building()

    def _run(self) -> None:
        lower_priority()
        while self._goes_on():
            try:
                self._work()
            except BuildCancelled:
                continue  # the pause ends the loop, unless it was lifted meanwhile
            except Exception as error:  # noqa: BLE001 - the border of a thread; told by `error`
                known = isinstance(error, (EngineError, MemoryError))
                name = self._collection.name
                _log.error("no graphs of %s: %s", name, error, exc_info=not known)
                self._error, self._paused = str(error) or type(error).__name__, True

    def _goes_on(self) -> bool:
        """Wait until writes have settled; let go of the thread when nothing is to be done."""
        with self._changed:
            self._settle()
            self._stopping = False
            may_work = not (self._paused or self._closed)
            goes_on = may_work and bool(self._collection.upkeep(asked=self._asked))
            if not goes_on:
                self._thread = self._building = None
                self._asked = self._hurried = False
                self._changed.notify_all()
            return goes_on

    def _settle(self) -> None:
        while not (self._stopping or self._hurried):
            due = min(self._last + SETTLED_SECONDS, self._first + PATIENCE_SECONDS)
            if (left := due - monotonic()) <= 0:
                break
            self._changed.wait(left)

    def _work(self) -> None:
        while not self._turn.acquire(timeout=0.1):
            self._check()
        try:
            with self._changed:  # what is asked for from here on is for the next round
                asked, self._asked = self._asked, False
            if not self._collection.maintain(self._report, asked=asked):
                with self._changed:
                    self._asked = self._asked or asked
        finally:
            self._turn.release()

    def _report(self, vector: str, done: int, total: int) -> None:
        self._check()
        self._building = Building(vector, done, total)

    def _check(self) -> None:
        if self._stopping:
            raise BuildCancelled


_OPEN: WeakSet[Maintenance] = WeakSet()


@atexit.register
def _close_all() -> None:
    """Stop all builds: a thread that is inside hnswlib when the interpreter ends brings it down."""
    for maintenance in list(_OPEN):
        maintenance.close()


def lower_priority() -> None:
    """Let this thread, and those that it starts, run after others; on Linux alone."""
    if sys.platform == "linux":
        thread = threading.get_native_id()
        with suppress(OSError):  # a sandbox may forbid it
            niceness = os.getpriority(os.PRIO_PROCESS, thread)
            os.setpriority(os.PRIO_PROCESS, thread, min(niceness + _NICENESS, _NICEST))
