"""Turns at a desk: one decision after the other, whichever thread or process makes it."""

from __future__ import annotations

from contextlib import contextmanager
from threading import RLock
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from explorer.cleaning.decision import DeskError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Turns:
    """Lets one at a time decide: by a lock beside the ledger, which dies with its process."""

    def __init__(self, path: Path | None) -> None:
        """Guard the ledger at `path`; one in memory belongs to one process anyway."""
        self._lock = RLock() if path is None else FileLock(path.with_suffix(".lock"))

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Wait for a turn and hold it; raises DeskError where the lock cannot be made."""
        self._acquire(wait=True)
        try:
            yield
        finally:
            self._lock.release()

    @contextmanager
    def offered(self) -> Iterator[bool]:
        """Hold a turn unless somebody else does, and yield whether it is held."""
        held = self._acquire(wait=False)
        try:
            yield held
        finally:
            if held:
                self._lock.release()

    def _acquire(self, *, wait: bool) -> bool:
        try:
            return bool(self._lock.acquire(blocking=wait))
        except Timeout:
            return False
        except OSError as error:
            raise DeskError(
                f"The cleaning desk cannot make its lock: {error}. Free some space, or let this "
                "app write there."
            ) from error
