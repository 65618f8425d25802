"""Where the segments of a collection are kept: a numbered folder each, or memory.

A segment is written under a number of its own, and counts once the catalogue names that number. A
folder that the catalogue does not name was left by a crash, or belongs to a segment that was
replaced. Segments are made of the vectors, so a damaged one is dropped and built again.
"""

from __future__ import annotations

import logging
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from engine.errors import FolderNotWritable
from engine.index.segment import Segment
from engine.storage.array_files import read_arrays, write_arrays
from engine.storage.folders import make_folder
from engine.storage.sums import are_few, damage

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from engine.storage.sums import SummedFile

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class StoredSegment:
    """A segment, the number of its folder, and what is in there: nothing in memory."""

    number: int
    segment: Segment
    files: tuple[SummedFile, ...] = ()


class SegmentFiles:
    """The segments of one collection; only one thread at a time writes them.

    Args:
        folder: the collection's folder, None for memory.

    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder and folder / "segments"
        self._last = 0

    def write(self, segment: Segment) -> StoredSegment:
        """Store a segment durably and return it as it is read back, memory-mapped.

        Raises FolderNotWritable when there is no space; nothing of it is left.
        """
        self._last += 1
        if self._folder is None:
            return StoredSegment(self._last, segment)
        path = self._path(self._folder, self._last)
        shutil.rmtree(path, ignore_errors=True)
        try:
            write_arrays(path, segment.arrays(), segment.header())
            return _stored(self._last, path)
        except OSError as error:
            shutil.rmtree(path, ignore_errors=True)
            raise FolderNotWritable(
                f"Cannot write the graph to {path}: {error.strerror}. Searches go on without it; "
                "free some space, then build it again."
            ) from error

    def open(self, number: int) -> StoredSegment | None:
        """Return a segment by its number; None, with a line in the log, when it is damaged."""
        self._last = max(self._last, number)
        if self._folder is None:
            return None
        path = self._path(self._folder, number)
        try:
            stored = _stored(number, path)
            if are_few(stored.files) and (
                found := stored.segment.graph.damage or damage(stored.files)
            ):
                raise ValueError(found)
            return stored
        except (OSError, ValueError, KeyError, TypeError) as error:
            _log.warning("%s is damaged and will be built again: %s", path, error)
            return None

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """Make a folder for what a build writes on its way, and remove it in the end.

        Raises FolderNotWritable when there is no space for it.
        """
        try:
            if self._folder is not None:
                make_folder(self._folder)
            with TemporaryDirectory(prefix="building-", dir=self._folder) as path:
                yield Path(path)
        except OSError as error:
            raise FolderNotWritable(
                f"Cannot build the graph in {self._folder}: {error}. Searches go on without it; "
                "free some space, then build it again."
            ) from error

    def remove(self, numbers: Iterable[int]) -> None:
        """Remove segments that no longer count; mapped ones stay readable."""
        if self._folder is not None:
            for number in numbers:
                shutil.rmtree(self._path(self._folder, number), ignore_errors=True)

    def remove_others(self, kept: Iterable[int]) -> None:
        """Remove what a crash left: every segment but those of these numbers."""
        if self._folder is None or not self._folder.is_dir():
            return
        paths = {self._path(self._folder, number) for number in kept}
        for path in self._folder.iterdir():
            if path not in paths:
                shutil.rmtree(path, ignore_errors=True)  # files mapped on Windows go next time

    @staticmethod
    def _path(folder: Path, number: int) -> Path:
        return folder / str(number)


def _stored(number: int, path: Path) -> StoredSegment:
    arrays, header, files = read_arrays(path)
    return StoredSegment(number, Segment.of_arrays(arrays, header), files)
