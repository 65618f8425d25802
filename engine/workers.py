"""Threads that help where work leaves Python to others, as compiled loops do.

They wait at a bare queue: a scan of half a millisecond has emptied the caches of all the Python
around it, and what `concurrent.futures` does for a job costs it another 100 µs.
"""

from __future__ import annotations

import os
from collections import deque
from contextlib import contextmanager, suppress
from contextvars import copy_context
from functools import partial
from queue import SimpleQueue
from threading import Lock, Thread
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

T = TypeVar("T")

_MOST = 8


class Workers:
    """Threads that are kept from one use to the next.

    Whoever has jobs works on them as well, and waits for nobody who has not begun. Threads are lent
    only as long as no more are at work than there are processors, so where many have jobs at a
    time, each does its own.

    Args:
        count: how many may be at work at a time.

    """

    def __init__(self, count: int) -> None:
        self.count = count
        self._calls: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._lock = Lock()
        self._busy = self._started = 0

    def results(self, jobs: Sequence[Callable[[], T]]) -> list[T]:
        """Return what each job returns, in their order; they are begun in that order, too.

        Raises what one of them raises; those that have not begun then are left.
        """
        shared = _Shared(jobs)
        with self._lent(len(jobs) - 1) as helpers:
            for _ in range(helpers):
                self._calls.put(partial(copy_context().run, shared.help))
            return shared.results()

    @contextmanager
    def _lent(self, wanted: int) -> Iterator[int]:
        """Give how many threads may help whoever asks, who is at work as well."""
        with self._lock:
            helpers = max(0, min(wanted, self.count - 1 - self._busy))
            with suppress(RuntimeError):  # the system has no thread left, or the process ends
                while self._started < helpers:
                    Thread(target=self._serve, name="worker", daemon=True).start()
                    self._started += 1
            helpers = min(helpers, self._started)
            self._busy += 1 + helpers
        try:
            yield helpers
        finally:
            with self._lock:
                self._busy -= 1 + helpers

    def _serve(self) -> None:
        while True:
            self._calls.get()()


class _Shared(Generic[T]):
    """Jobs that somebody has, and threads that help with them."""

    def __init__(self, jobs: Sequence[Callable[[], T]]) -> None:
        self._waiting = iter(enumerate(jobs))  # gives each job to one thread only
        self._done: dict[int, T] = {}
        self._helpers: list[Lock] = []
        self._errors: list[BaseException] = []

    def help(self) -> None:
        """Do jobs as long as there are any."""
        at_work = Lock()
        with at_work:
            self._helpers.append(at_work)  # before a job is taken, lest nobody waits for it
            try:
                self._work()
            except BaseException as error:  # noqa: BLE001 - raised where the jobs come from
                self._errors.append(error)

    def results(self) -> list[T]:
        """Do jobs, wait for those that others are at, and return what all returned."""
        try:
            self._work()
        finally:
            deque(self._waiting, maxlen=0)
            for at_work in self._helpers:
                at_work.acquire()
        for error in self._errors:
            raise error
        return [self._done[place] for place in range(len(self._done))]

    def _work(self) -> None:
        for place, job in self._waiting:
            self._done[place] = job()


WORKERS = Workers(min(_MOST, os.cpu_count() or 1))
"""Those of the process, one for each processor at most."""

ALONE = Workers(1)
"""Nobody: whoever has jobs does all of them."""
