"""Undo and redo: the drafts before and after the present one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from explorer.draft import Draft, Event

MAX_STEPS = 100
"""How many steps can be undone; older ones are forgotten."""


@dataclass(frozen=True, slots=True)
class History:
    """The present draft with those that undo and redo lead to, nearest last and first."""

    present: Draft
    past: tuple[Draft, ...] = ()
    future: tuple[Draft, ...] = ()

    def apply(self, event: Event) -> History:
        """Return the history after an event on the present draft."""
        return self.push(self.present.apply(event))

    def push(self, draft: Draft) -> History:
        """Return the history with a new present; no change is no step."""
        if draft == self.present:
            return self
        return History(draft, past=(*self.past, self.present)[-MAX_STEPS:])

    def undo(self) -> History:
        """Return the history one step back, or itself at the beginning."""
        if not self.past:
            return self
        return replace(
            self,
            present=self.past[-1],
            past=self.past[:-1],
            future=(self.present, *self.future),
        )

    def redo(self) -> History:
        """Return the history one step forward, or itself at the end."""
        if not self.future:
            return self
        return replace(
            self,
            present=self.future[0],
            past=(*self.past, self.present),
            future=self.future[1:],
        )
