"""One generation of a collection's logs: its files until compaction writes new ones."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.errors import CollectionCorrupt, FolderNotWritable
from engine.storage.folders import make_folder, sync_folder
from engine.storage.layout import OFFSET_DTYPE, log_specs
from engine.storage.logs import FileLog, Log, MemoryLog

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from engine.schema import CollectionConfig


class Generation:
    """All logs of a collection, with how many elements of each are committed.

    Attributes:
        number: 0 for the files that the collection was created with.
        lengths: committed elements by log.

    """

    def __init__(self, number: int, logs: Mapping[str, Log], lengths: Mapping[str, int]) -> None:
        self.number = number
        self.lengths = dict(lengths)
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
                generation.lengths[spec.name] = 0
                if spec.offsets_into:
                    logs[spec.name].write(0, np.zeros(1, OFFSET_DTYPE))
                    generation.lengths[spec.name] = 1
            generation.flush()
        except FolderNotWritable:
            generation.remove(folder)
            raise
        if path is not None:
            sync_folder(path)
        return generation

    @classmethod
    def open(
        cls, folder: Path, number: int, config: CollectionConfig, lengths: Mapping[str, int]
    ) -> Generation:
        """Open the logs of a collection's folder.

        Raises CollectionCorrupt when a file is missing or shorter than its committed length.
        """
        path = generation_folder(folder, number)
        logs: dict[str, Log] = {}
        try:
            for spec in log_specs(config):
                if spec.name not in lengths:
                    raise CollectionCorrupt(f"The catalogue in {folder} does not know {spec.name}.")
                log = logs[spec.name] = FileLog(path, spec)
                log.require(lengths[spec.name])
        except CollectionCorrupt:
            _close(logs)
            raise
        return cls(number, logs, lengths)

    def append(
        self, arrays: Mapping[str, NDArray[Any]], behind: Mapping[str, int]
    ) -> dict[str, int]:
        """Write `arrays` into their logs, behind lengths that are the committed ones or more.

        Offsets are given from 0. Returns the new lengths; they hold once `lengths` is set to them.

        Raises FolderNotWritable when there is no space; what is committed stays as it was.
        """
        after = dict(behind)
        for name, array in arrays.items():
            flat = self._logs[name].spec.offsets_into
            elements = array + np.uint64(behind[flat]) if flat else array
            self._logs[name].write(behind[name], elements)
            after[name] += len(array)
        return after

    def flush(self) -> None:
        """Make everything written survive a power cut; to be called before its lengths count."""
        for log in self._logs.values():
            log.flush()

    def view(self, name: str, length: int) -> NDArray[Any]:
        """Return the first elements of a log; raises StorageError when it cannot be mapped."""
        return self._logs[name].view(length)

    def close(self) -> None:
        """Release every log; views stay valid."""
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
