"""Work on graphs in a process beside the app: igraph lets no other thread run while it works."""

from __future__ import annotations

import atexit
import os
import subprocess
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import BoundedSemaphore, Event, Lock, Thread
from typing import TYPE_CHECKING, Any, cast

from explorer.graph.messages import receive, send
from explorer.jobs import Cancelled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import BinaryIO

    from numpy.typing import NDArray

    from explorer.graph.graph import Graph
    from explorer.jobs import Report, Stopped

MOST = max(2, os.cpu_count() or 1)
"""Processes that work at the same time; who comes later waits."""

KEPT = 1
"""Processes that are kept for the next question; each holds some 40 MB."""

_ROOT = Path(__file__).parents[2]
_CHILD = "explorer.graph.child"
_HEARING = 0.1  # seconds between two looks whether the work is still wanted


class ProcessError(Exception):
    """The process beside the app ended without an answer; the message says what to do."""


def apart(
    work: Callable[..., NDArray[Any]],
    graph: Graph,
    *,
    report: Report | None = None,
    stopped: Stopped | None = None,
    **arguments: Any,
) -> NDArray[Any]:
    """Return what `work(graph, **arguments)` returns, computed in a process of its own.

    Args:
        work: one of `explorer.graph.child.WORKS`.
        graph: what it works on; its ids do not travel.
        report: told how far it is, by works that tell.
        stopped: asked all the time; the process is ended when it says so.
        arguments: arrays, numbers and texts.

    Raises:
        Cancelled: `stopped` said so.
        ProcessError: the process died, as it does where memory ends.

    """
    question = {
        "work": work.__name__,
        "points": len(graph),
        "edges": graph.edges,
        "scores": graph.scores,
        "larger_is_better": graph.larger_is_better,
        "reports": report is not None,
        **arguments,
    }
    with _a_turn(stopped):
        process = _taken()
        try:
            answer = process.ask(question, report, stopped)
        except BaseException:
            process.end()
            raise
        _give_back(process)
        return answer


class _Process:
    def __init__(self) -> None:
        command = [sys.executable, "-m", _CHILD]
        pipe = subprocess.PIPE
        self._child = subprocess.Popen(command, cwd=_ROOT, stdin=pipe, stdout=pipe)  # noqa: S603 - ours
        self._questions = cast("BinaryIO", self._child.stdin)
        self._answers = cast("BinaryIO", self._child.stdout)

    @property
    def lives(self) -> bool:
        return self._child.poll() is None

    def ask(
        self, question: dict[str, Any], report: Report | None, stopped: Stopped | None
    ) -> NDArray[Any]:
        with self._ended_when(stopped) as cancelled:
            try:
                send(self._questions, question)
                while (message := receive(self._answers)) is not None:
                    if "answer" in message:
                        return cast("NDArray[Any]", message["answer"])
                    if report is not None:
                        report(message["done"], message["total"] or None, message["message"])
            except BrokenPipeError:
                pass  # it ended while it was asked, which is told below
        if cancelled.is_set():
            raise Cancelled
        raise ProcessError(
            f"The process that computes {question['work']} ended with {self._child.wait()} and "
            "without an answer. If the machine has run out of memory, take fewer points."
        )

    def end(self) -> None:
        self._child.kill()
        self._child.wait()
        for pipe in (self._questions, self._answers):
            with suppress(BrokenPipeError):  # of what it was still to be told
                pipe.close()

    @contextmanager
    def _ended_when(self, stopped: Stopped | None) -> Iterator[Event]:
        """End the child within the body as soon as it is not wanted any more; tell whether."""
        done, cancelled = Event(), Event()

        def watch() -> None:
            while stopped is not None and not done.wait(_HEARING):
                if stopped():
                    cancelled.set()
                    self._child.kill()
                    return

        watcher = Thread(target=watch, name="graph process", daemon=True)
        watcher.start()
        try:
            yield cancelled
        finally:
            done.set()
            watcher.join()


_turns = BoundedSemaphore(MOST)
_idle: list[_Process] = []
_lock = Lock()


@contextmanager
def _a_turn(stopped: Stopped | None) -> Iterator[None]:
    while True:
        if stopped is not None and stopped():
            raise Cancelled
        if _turns.acquire(timeout=_HEARING):
            break
    try:
        yield
    finally:
        _turns.release()


def _taken() -> _Process:
    """Return a process that nobody else asks: one that is kept, else a new one."""
    with _lock:
        while _idle:
            process = _idle.pop()
            if process.lives:
                return process
            process.end()
    return _Process()


def _give_back(process: _Process) -> None:
    with _lock:
        if len(_idle) < KEPT:
            _idle.append(process)
            return
    process.end()


@atexit.register
def _end_all() -> None:
    while _idle:
        _idle.pop().end()
