"""The rows of a vector in 8 bits, coded as they are first searched."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from engine.index import loops
from engine.index.memory import fits
from engine.index.quantised import Coder

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from qdrant_client import models

    from engine.index.quantised import Quantised

_AT_ONCE = 1 << 20
"""Elements that a search may code on its way: about 2 ms."""

WORTH = 1 << 18
"""Elements below which reading all stored rows is as fast as anything else."""


class Coding:
    """Codes the rows of one append-only array; any thread may ask.

    Args:
        distance: how rows are compared.
        first: the row at which it begins; those before are coded elsewhere.

    """

    def __init__(self, distance: models.Distance, first: int = 0) -> None:
        self.first = first
        self._distance = distance
        self._lock = threading.Lock()
        self._coder: Coder | None = None
        self._coded: Quantised | None = None
        self._is_impossible = False

    def rows(self, data: NDArray[Any]) -> Quantised | None:
        """Return the rows of `data` from `first` on in 8 bits.

        None where there are so few that it does not pay, where they cannot be coded, where memory
        is short, and while that is not done: a thread does it if there are many.

        Args:
            data: (rows, size), which begins like all that were given before, or is their beginning.

        """
        wanted = len(data) - self.first
        if wanted * data.shape[1] < WORTH or self._is_impossible or loops.ready() is None:
            return None
        coded = self._coded
        if coded is not None and len(coded) >= wanted:
            return coded if len(coded) == wanted else coded.cut(wanted)
        if not self._lock.acquire(blocking=False):
            return None  # somebody is at it
        missing = wanted - (0 if self._coder is None else len(self._coder))
        if missing * data.shape[1] <= _AT_ONCE:
            self._code(data)
            return self._coded
        if fits(wanted * data.shape[1]):
            self._begin(data)
        else:
            self._lock.release()
        return None

    def _begin(self, data: NDArray[Any]) -> None:
        """Code in a thread; where the system has none left, a later search tries again."""
        thread = threading.Thread(
            target=self._code, args=(data,), name="coding of rows", daemon=True
        )
        try:
            thread.start()
        except RuntimeError:
            self._lock.release()

    def _code(self, data: NDArray[Any]) -> None:
        """Code what is missing and release the lock."""
        try:
            rows = data[self.first :]
            if self._coder is None or len(rows) >= 2 * self._coder.chosen_by:
                self._coder = Coder(self._distance, rows)
            self._coder.extend(rows)
            self._coded = self._coder.coded()
            self._is_impossible = self._coded is None
        finally:
            self._lock.release()
