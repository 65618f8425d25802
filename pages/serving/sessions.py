"""Browsers that have signed in: a random word for each, which stands in a cookie, not the key."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.api.settings import Access

if TYPE_CHECKING:
    from collections.abc import Callable

COOKIE = "sextant-session"

LIFE = 30 * 24 * 3600
"""Seconds until one must sign in again."""


@dataclass(frozen=True, slots=True)
class _Session:
    access: Access
    ends: float


class Sessions:
    """Who has signed in, until they sign out, their time is over, or the process ends."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._open: dict[str, _Session] = {}

    def begin(self, access: Access) -> str:
        """Return a new word that grants an access."""
        now = self._clock()
        self._open = {token: one for token, one in self._open.items() if one.ends > now}
        token = secrets.token_urlsafe(32)
        self._open[token] = _Session(access, now + LIFE)
        return token

    def access(self, token: str | None) -> Access:
        """Return what a word grants; nothing once its session has ended."""
        found = self._open.get(token or "")
        return found.access if found is not None and found.ends > self._clock() else Access.NONE

    def end(self, token: str | None) -> None:
        """Let a word grant nothing any more."""
        self._open.pop(token or "", None)
