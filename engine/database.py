"""The collections of one engine and their aliases: opened when first used, dropped whole."""

from __future__ import annotations

from contextlib import ExitStack
from threading import Condition, Lock, RLock
from typing import TYPE_CHECKING, Any

from engine.aliases import changed_aliases
from engine.collection import Collection
from engine.errors import Conflict, NotFound, StorageError, WrongInput
from engine.storage.folders import check_collection_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from qdrant_client import models

    from engine.query.options import Options
    from engine.snapshot import Snapshot
    from engine.storage.data_folder import Folder


class Collections:
    """Collections by name or alias; any thread may ask."""

    def __init__(self, folder: Folder, options: Options) -> None:
        self._folder = folder
        self._options = options
        self._lock = RLock()
        self._turn = Lock()
        self._open: dict[str, Collection] = {}
        self._dropping: set[str] = set()
        self._dropped = Condition(self._lock)
        self._closed = False
        known = folder.names()  # a crash may leave aliases of a collection that was just dropped
        stored = folder.aliases()
        self._aliases = {alias: name for alias, name in stored.items() if name in known}

    def names(self) -> list[str]:
        """Return the names of all collections in order, damaged ones too."""
        with self._lock:
            self._check_open()
            return sorted({*self._folder.names(), *self._open} - self._dropping)

    def aliases(self) -> dict[str, str]:
        """Return collection names by alias."""
        with self._lock:
            self._check_open()
            return dict(self._aliases)

    def change_aliases(self, actions: Sequence[models.AliasOperations]) -> None:
        """Make all changes at once, or none; raises as `changed_aliases` does."""
        with self._lock:
            self._set_aliases(changed_aliases(self._aliases, actions, self.names()))

    def snapshot(self, name: str) -> Snapshot:
        """Return the present state of a collection; raises NotFound when there is none."""
        return self.get(name).snapshot()

    def get(self, name: str) -> Collection:
        """Return a collection by its name, or by an alias.

        Raises:
            NotFound: there is none of this name.
            CollectionCorrupt: its files are damaged.

        """
        with self._lock:
            name = self._aliases.get(name, name)
            if name not in self._open:
                if name not in self.names():
                    raise _missing(name)
                self._open[name] = Collection(self._folder.open(name), self._options, self._turn)
            opened = self._open[name]
            opened.verification.check()
            return opened

    def create(self, name: str, echo: Mapping[str, Any], *, replacing: bool = False) -> None:
        """Make an empty collection.

        Args:
            name: that none has yet.
            echo: its settings.
            replacing: drop one of this name, once the new one is made.

        Raises:
            WrongInput: the name is not allowed, or an alias has it, or the settings do not fit
                together.
            Conflict: there is one of this name already.

        """
        check_collection_name(name)
        with self._lock:
            if name in self._dropping:
                raise Conflict(f"Collection `{name}` is being deleted; try again in a moment")
            if name in self.names() and not replacing:
                raise Conflict(f"Collection `{name}` already exists!")
            if name in self._aliases:
                raise WrongInput(
                    f"Can't create collection with name {name}. "
                    "Alias with the same name already exists"
                )
            store = self._folder.create(name, echo, lambda: self.drop(name))
            self._open[name] = Collection(store, self._options, self._turn)

    def drop(self, name: str) -> bool:
        """Remove a collection, damaged or not, and its aliases; returns whether there was one.

        A build that is under way is cancelled; other collections do not wait for that.
        """
        with self._lock:
            if name not in self.names():
                return False
            self._dropping.add(name)
            opened = self._open.pop(name, None)
        try:
            if opened is not None:
                opened.close(_missing(name))
            with self._lock:
                self._folder.remove(name)
                kept = {alias: of for alias, of in self._aliases.items() if of != name}
                if kept != self._aliases:
                    self._set_aliases(kept)
        finally:
            with self._dropped:
                self._dropping.discard(name)
                self._dropped.notify_all()
        return True

    def close(self) -> None:
        """Close every collection and let others open the folder; closing twice is fine."""
        with self._lock, ExitStack() as closing:
            if self._closed:
                return
            self._closed = True
            self._dropped.wait_for(lambda: not self._dropping)
            closing.callback(self._folder.close)
            for collection in self._open.values():
                closing.callback(collection.close, _closed())
            self._open.clear()

    def _set_aliases(self, aliases: dict[str, str]) -> None:
        self._folder.set_aliases(aliases)
        self._aliases = aliases

    def _check_open(self) -> None:
        if self._closed:
            raise _closed()


def _missing(name: str) -> NotFound:
    return NotFound(f"Collection `{name}` doesn't exist!")


def _closed() -> StorageError:
    return StorageError("This engine is closed; make a new one to go on.")
