"""One generation of a collection's logs: its files until compaction writes new ones."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.errors import CollectionCorrupt, FolderNotWritable
from engine.storage.folders import make_folder, sync_folder
from engine.storage.layout import OFFSET_DTYPE, log_specs
from engine.storage.logs import Extent, FileLog, Log, MemoryLog
from engine.storage.sums import sums_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from engine.schema import CollectionConfig
    from engine.storage.sums import SummedFile


class Generation:
    """All logs of a collection, with how much of each is committed.

    Attributes:
        number: 0 for the files that the collection was created with.
        extents: what is committed, by log.

    """

    def __init__(self, number: int, logs: Mapping[str, Log], extents: Mapping[str, Extent]) -> None:
        self.number = number
        self.extents = dict(extents)
        self._logs = logs

    @classmethod
    def create(cls, folder: Path | None, number: int, config: CollectionConfig) -> Generation:
        """Make empty logs in a sub-folder of the collection's folder, or in memory.

        Raises FolderNotWritable when there is no space; then nothing is left of them.
        """
        path = folder and generation_folder(folder, number)
        if path is not None:
            shutil.rmtree(path, ignore_errors=True)
            make_folder(path)
        logs: dict[str, Log] = {}
        generation = cls(number, logs, {})
        try:
            for spec in log_specs(config):
                logs[spec.name] = FileLog(path, spec, create=True) if path else MemoryLog(spec)
                first = np.zeros(1 if spec.offsets_into else 0, OFFSET_DTYPE)
                generation.extents[spec.name] = (
                    logs[spec.name].write(Extent(), first) if len(first) else Extent()
                )
            generation.flush()
        except FolderNotWritable:
            generation.remove(folder)
            raise
        if path is not None:
            sync_folder(path)
            sync_folder(path.parent)
        return generation

    @classmethod
    def open(
        cls, folder: Path, number: int, config: CollectionConfig, extents: Mapping[str, Extent]
    ) -> Generation:
        """Open the logs of a collection's folder.

        Raises CollectionCorrupt when a file is missing or shorter than its committed length.
        """
        path = generation_folder(folder, number)
        logs: dict[str, Log] = {}
        try:
            for spec in log_specs(config):
                if spec.name not in extents:
                    raise CollectionCorrupt(f"The catalogue in {folder} does not know {spec.name}.")
                log = logs[spec.name] = FileLog(path, spec)
                log.require(extents[spec.name].length)
        except CollectionCorrupt:
            _close(logs)
            raise
        return cls(number, logs, extents)

    def append(
        self, arrays: Mapping[str, NDArray[Any]], behind: Mapping[str, Extent]
    ) -> dict[str, Extent]:
        """Write `arrays` into their logs, behind extents that are the committed ones or more.

        Offsets are given from 0. Returns the new extents; they hold once `extents` is set to them.

        Raises FolderNotWritable when there is no space; what is committed stays as it was.
        """
        after = dict(behind)
        for name, array in arrays.items():
            flat = self._logs[name].spec.offsets_into
            elements = array + np.uint64(behind[flat].length) if flat else array
            after[name] = self._logs[name].write(behind[name], elements)
        return after

    def sum_up(self) -> None:
        """Take what the files hold now for what they have to hold."""
        for name, log in self._logs.items():
            length = self.extents[name].length
            self.extents[name] = Extent(length, sums_of(log.view(length)))

    def summed(self) -> list[SummedFile]:
        """Return every file with what it has to hold; none in memory."""
        return [
            log.summed(self.extents[name])
            for name, log in self._logs.items()
            if isinstance(log, FileLog)
        ]

    def flush(self) -> None:
        """Make everything written survive a power cut; to be called before its lengths count."""
        for log in self._logs.values():
            log.flush()

    def view(self, name: str, length: int) -> NDArray[Any]:
        """Return the first elements of a log; raises StorageError when it cannot be mapped."""
        return self._logs[name].view(length)

    def close(self) -> None:
        """Release every log; views stay valid."""
        for name, extent in self.extents.items():
            if isinstance(log := self._logs[name], FileLog):
                log.trim(extent.length)
        _close(self._logs)

    def remove(self, folder: Path | None) -> None:
        """Release every log and remove its file: these never counted."""
        self.close()
        if folder is not None:
            shutil.rmtree(generation_folder(folder, self.number), ignore_errors=True)


def generation_folder(folder: Path, number: int) -> Path:
    """Return where a collection's folder keeps one generation."""
    return folder / f"generation-{number}"


def remove_other_generations(folder: Path, number: int) -> None:
    """Remove the files that a compaction left behind, or did not finish."""
    for path in folder.glob("generation-*"):
        if path != generation_folder(folder, number):
            shutil.rmtree(path, ignore_errors=True)  # files still mapped on Windows go next time


def _close(logs: Mapping[str, Log]) -> None:
    for log in logs.values():
        log.close()
