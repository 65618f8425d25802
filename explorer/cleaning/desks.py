"""The desks of all collections that a client reaches, with one ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explorer.cleaning.desk import Desk
from explorer.cleaning.ledger import Ledger
from explorer.cleaning.mark import is_of, key_of, mark_of, marked
from explorer.cleaning.turn import Turns

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.client import Client


class Desks:
    """A desk for each collection.

    A collection is known by its name and a mark in its metadata, which one that is deleted and made
    anew does not have: it gets a desk of its own, and what the one before left is set aside. What
    was decided while there were no marks belongs to the collection that has the name now.
    """

    def __init__(self, client: Client, path: Path | None = None) -> None:
        """Work through `client`; the ledger is a file, or memory where there is no path.

        The file is made at first use; each method raises DeskError when it cannot be used, and what
        the client raises for a collection that does not exist.
        """
        self._client = client
        self._ledger = Ledger(path)
        self._turns = Turns(path)

    def close(self) -> None:
        """Close the ledger; closing twice is fine."""
        self._ledger.close()

    def of(self, collection: str) -> Desk:
        """Return the desk of a collection; nothing is written."""
        return self._desk(collection, mark_of(self._client, collection))

    def working(self, collection: str) -> Desk:
        """Return the desk of a collection to work at: the collection is marked as its own."""
        mark = marked(self._client, collection)
        if mark:
            self._ledger.rename(collection, key_of(collection, mark))
        return self._desk(collection, mark)

    def resumed(self, collection: str) -> Desk:
        """Return the desk of a collection, which is marked only if something was left on it."""
        if self._ledger.holds(collection):
            return self.working(collection)
        return self.of(collection)

    def earlier(self, desk: Desk) -> tuple[Desk, ...]:
        """Return the desks of collections that had the name before, the latest first.

        Their logs and trash can be read, and the trash emptied; they decide on nothing.
        """
        name = desk.collection
        keys = (key for key in self._ledger.known() if is_of(key, name) and key != desk.key)
        return tuple(self._keyed(name, key) for key in keys)

    def _desk(self, collection: str, mark: str) -> Desk:
        return self._keyed(collection, key_of(collection, mark))

    def _keyed(self, collection: str, key: str) -> Desk:
        return Desk(self._client, self._ledger, self._turns, collection, key)
