"""What the process beside the app runs: one question at a time, until nobody asks any more.

`python -m explorer.graph.child` reads questions from its input and writes answers to its output,
see `explorer.graph.process`.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from typing import TYPE_CHECKING, Any, BinaryIO

import igraph  # noqa: F401 - here, so that the first question does not wait for it

from explorer.graph.centrality import betweenness, bridges
from explorer.graph.force import force_layout, placed_among
from explorer.graph.graph import Graph
from explorer.graph.groups import communities
from explorer.graph.messages import receive, send

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

WORKS: dict[str, Callable[..., NDArray[Any]]] = {
    work.__name__: work for work in (betweenness, bridges, communities, force_layout, placed_among)
}
"""What can be asked for, by name."""

EVERY = 0.1
"""Seconds between two words about the progress."""


def main() -> None:
    """Answer until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it is the app's to end
    questions, answers = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever a library prints is no answer
    while (question := receive(questions)) is not None:
        send(answers, _answer(question, _Telling(answers)))


def _answer(question: dict[str, Any], told: _Telling) -> dict[str, Any]:
    work = WORKS[question.pop("work")]
    points, names = question.pop("points"), ("edges", "scores", "larger_is_better")
    graph = Graph(tuple(range(points)), *(question.pop(name) for name in names))
    if question.pop("reports"):
        question["report"] = told
    return {"answer": work(graph, **question)}


class _Telling:
    """Tells how far the work is, not too often."""

    def __init__(self, answers: BinaryIO) -> None:
        self._answers = answers
        self._last = 0.0

    def __call__(self, done: int, total: int | None, message: str) -> None:
        now = time.monotonic()
        if now - self._last >= EVERY:
            self._last = now
            send(self._answers, {"done": done, "total": total or 0, "message": message})


if __name__ == "__main__":
    main()
