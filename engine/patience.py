"""Work that nobody waits for any more ends at its next step.

A thread cannot be stopped from outside. Long work therefore asks between its steps (levels of a
query, conditions of a filter, blocks of a matrix) whether somebody still waits for it.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, TypeVar

from engine.errors import Abandoned

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class Waiting:
    """Somebody who waits for an answer, until they give up."""

    def __init__(self) -> None:
        self._is_over = False

    def give_up(self) -> None:
        """Let the work end; any thread may call this."""
        self._is_over = True

    def check(self) -> None:
        """Raise Abandoned when nobody waits any more."""
        if self._is_over:
            raise Abandoned("nobody waits for the answer any more")

    def run(self, work: Callable[[], T]) -> T:
        """Return what `work` does, which `check_patience` ends once it is given up."""
        self.check()
        token = _waiting.set(self)
        try:
            return work()
        finally:
            _waiting.reset(token)


_waiting: ContextVar[Waiting | None] = ContextVar("waiting", default=None)


def check_patience() -> None:
    """Raise Abandoned when nobody waits for the work of this thread any more."""
    waiting = _waiting.get()
    if waiting is not None:
        waiting.check()
