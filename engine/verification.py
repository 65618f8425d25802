"""Reads what is too large to be checked when a collection is opened, and compares it with its sums.

Until that is done damage may go unnoticed. Damaged points make the collection refuse what is asked
of it; a damaged graph is dropped, and built again.
"""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Protocol

from engine.errors import CollectionCorrupt
from engine.maintenance import lower_priority
from engine.storage.sums import REMEDY, are_few, damage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.storage.segment_files import StoredSegment
    from engine.storage.sums import SummedFile

_log = logging.getLogger(__name__)


class Verified(Protocol):
    """What is verified."""

    @property
    def name(self) -> str:
        """Of the collection."""

    def drop_segment(self, vector: str, segment: StoredSegment) -> None:
        """Do without a segment that is damaged."""


class Verification:
    """Checks the files of one collection once, in a thread if there is much to read.

    Args:
        collection: the collection, just opened; few files were checked then.
        files: those of its points.
        segments: of its vectors.

    """

    def __init__(
        self,
        collection: Verified,
        files: Sequence[SummedFile],
        segments: Mapping[str, StoredSegment],
    ) -> None:
        self._collection = collection
        self._files = () if are_few(files) else files
        self._segments = {n: each for n, each in segments.items() if not are_few(each.files)}
        self._stopping = False
        self._damage = ""
        self._thread: threading.Thread | None = None
        if self._files or self._segments:
            self._start()

    def check(self) -> None:
        """Raise CollectionCorrupt when the points were found to be damaged."""
        if self._damage:
            raise CollectionCorrupt(f"{self._damage} {REMEDY}")

    def wait(self) -> None:
        """Return when everything was checked."""
        if self._thread is not None:
            self._thread.join()

    def close(self) -> None:
        """Stop within a moment."""
        self._stopping = True
        self.wait()

    def _start(self) -> None:
        name = f"verification of {self._collection.name}"
        thread = threading.Thread(target=self._run, name=name, daemon=True)
        try:
            thread.start()
        except RuntimeError as error:
            _log.warning("%s is not verified: %s", self._collection.name, error)
        else:
            self._thread = thread

    def _run(self) -> None:
        lower_priority()
        for vector, segment in self._segments.items():
            if found := segment.segment.graph.damage or self._damage_of(segment.files):
                _log.warning("a graph is built again: %s", found)
                self._collection.drop_segment(vector, segment)
        self._damage = self._damage_of(self._files)

    def _damage_of(self, files: Sequence[SummedFile]) -> str:
        try:
            return damage(files, lambda: not self._stopping)
        except FileNotFoundError:  # replaced meanwhile
            return ""
        except OSError as error:
            return f"{error}."
