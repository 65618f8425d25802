"""Undo and redo: what a value was before and after the present one, such as a draft."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

V = TypeVar("V")

MAX_STEPS = 100
"""How many steps can be undone; older ones are forgotten."""


@dataclass(frozen=True, slots=True)
class History(Generic[V]):
    """The present value with those that undo and redo lead to, nearest last and first."""

    present: V
    past: tuple[V, ...] = ()
    future: tuple[V, ...] = ()

    def latest(self, wanted: Callable[[V], bool]) -> V | None:
        """Return the newest value that is wanted, the present one or one before it."""
        return next(filter(wanted, (self.present, *reversed(self.past))), None)

    def push(self, value: V) -> History[V]:
        """Return the history with a new present; no change is no step."""
        if value == self.present:
            return self
        return History(value, past=(*self.past, self.present)[-MAX_STEPS:])

    def undo(self) -> History[V]:
        """Return the history one step back, or itself at the beginning."""
        if not self.past:
            return self
        return replace(
            self,
            present=self.past[-1],
            past=self.past[:-1],
            future=(self.present, *self.future),
        )

    def redo(self) -> History[V]:
        """Return the history one step forward, or itself at the end."""
        if not self.future:
            return self
        return replace(
            self,
            present=self.future[0],
            past=(*self.past, self.present),
            future=self.future[1:],
        )
