"""The data folder: one sub-folder per collection, one process at a time; and its twin in memory."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import unquote

from filelock import FileLock, Timeout

from engine.errors import FolderLocked, FolderNotWritable, StorageError
from engine.storage.alias_file import read_aliases, write_aliases
from engine.storage.folders import folder_name, make_folder, rename_folder, sync_folder
from engine.storage.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

_NAME = "name.txt"
_UNFINISHED = ".unfinished-"
_REMOVED = ".removed-"


class Folder(Protocol):
    """Where collections are kept."""

    def names(self) -> list[str]:
        """Return the names of the collections that are there, damaged ones too."""

    def create(self, name: str, echo: Mapping[str, Any], make_way: Callable[[], object]) -> Store:
        """Make a collection, whole or not at all.

        Args:
            name: of the collection.
            echo: its settings.
            make_way: called once it is complete, to remove another one of this name.

        """

    def open(self, name: str) -> Store:
        """Open a collection that is there."""

    def remove(self, name: str) -> None:
        """Remove a collection that is there, damaged or not."""

    def aliases(self) -> dict[str, str]:
        """Return collection names by alias."""

    def set_aliases(self, aliases: Mapping[str, str]) -> None:
        """Replace all aliases at once."""

    def close(self) -> None:
        """Let others open the folder."""


class DataFolder:
    """A folder on disk, locked while it is open.

    Raises:
        FolderLocked: another engine has it open, in this process or in another.
        FolderNotWritable: it cannot be made or written.

    """

    def __init__(self, path: Path) -> None:
        self.path = path
        make_folder(path)
        self._lock = FileLock(path / ".lock")
        self._acquire()
        self._remove_leftovers()

    def names(self) -> list[str]:
        """Return the names of the collections that are there, damaged ones too."""
        return sorted(_collection_name(folder) for folder in self._folders())

    def create(self, name: str, echo: Mapping[str, Any], make_way: Callable[[], object]) -> Store:
        """Make a collection in a folder of its own, which gets its name when it is complete."""
        unfinished = self.path / f"{_UNFINISHED}{folder_name(name)}"
        shutil.rmtree(unfinished, ignore_errors=True)
        make_folder(unfinished)
        try:
            (unfinished / _NAME).write_text(name, encoding="utf-8", errors="surrogatepass")
            Store.create(unfinished, name, echo).close()
            sync_folder(unfinished)
            make_way()
            rename_folder(unfinished, self._folder(name))
        except OSError as error:
            raise FolderNotWritable(
                f"Cannot make a collection in {self.path}: {error.strerror}. "
                "Free some space, or choose another folder with SEXTANT_DATA."
            ) from error
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
        return self.open(name)

    def open(self, name: str) -> Store:
        """Open a collection; raises CollectionCorrupt when its files are damaged."""
        return Store.open(self._folder(name))

    def remove(self, name: str) -> None:
        """Remove a collection's folder: first its name, then its files."""
        removed = self.path / f"{_REMOVED}{folder_name(name)}"
        shutil.rmtree(removed, ignore_errors=True)
        rename_folder(self._folder(name), removed)
        shutil.rmtree(removed, ignore_errors=True)

    def aliases(self) -> dict[str, str]:
        """Return collection names by alias; raises CollectionCorrupt when their file is damaged."""
        return read_aliases(self.path)

    def set_aliases(self, aliases: Mapping[str, str]) -> None:
        """Replace all aliases at once; raises FolderNotWritable."""
        write_aliases(self.path, aliases)

    def close(self) -> None:
        """Let others open the folder."""
        self._lock.release()

    def _folder(self, name: str) -> Path:
        return self.path / folder_name(name)

    def _folders(self) -> list[Path]:
        try:
            named = [path for path in self.path.iterdir() if not path.name.startswith(".")]
            return [path for path in named if path.is_dir()]
        except OSError as error:
            raise StorageError(
                f"The data folder {self.path} cannot be read: {error.strerror}. "
                "Bring it back as it was, or open another one."
            ) from error

    def _acquire(self) -> None:
        owner = self.path / ".owner"
        try:
            self._lock.acquire(timeout=0)
            owner.write_text(f"process {os.getpid()} ({sys.argv[0] or 'python'})", "utf-8")
        except Timeout:
            raise FolderLocked(
                f"The data folder {self.path} is open in {_read(owner, 'another process')}. "
                "Close that one first, or choose another folder with SEXTANT_DATA."
            ) from None
        except OSError as error:
            raise FolderNotWritable(
                f"The data folder {self.path} cannot be written: {error.strerror}. "
                "Choose a folder that you may write to with SEXTANT_DATA."
            ) from error

    def _remove_leftovers(self) -> None:
        for path in self.path.iterdir():
            if path.name.startswith((_UNFINISHED, _REMOVED)):
                shutil.rmtree(path, ignore_errors=True)


class MemoryFolder:
    """Keeps nothing: collections last as long as their stores."""

    def names(self) -> list[str]:
        """Return no names: what exists is open."""
        return []

    def create(self, name: str, echo: Mapping[str, Any], make_way: Callable[[], object]) -> Store:
        """Make a collection in memory."""
        store = Store.create(None, name, echo)
        make_way()
        return store

    def open(self, name: str) -> Store:
        """Raise KeyError: a collection in memory is never closed before it is gone."""
        raise KeyError(name)

    def remove(self, name: str) -> None:
        """Nothing to remove."""

    def aliases(self) -> dict[str, str]:
        """Return no aliases: there were none before."""
        return {}

    def set_aliases(self, aliases: Mapping[str, str]) -> None:
        """Nothing is kept."""

    def close(self) -> None:
        """Nothing to release."""


def _collection_name(folder: Path) -> str:
    """Return the name in a collection's folder; what the folder's own name tells if damaged."""
    name = _read(folder / _NAME, folder.name)
    return name if folder_name(name) == folder.name else unquote(folder.name)


def _read(path: Path, otherwise: str) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="surrogatepass") or otherwise
    except (OSError, ValueError):
        return otherwise
