"""The SQLite file of the cleaning desk: any thread may use it, a commit survives a power cut."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from threading import RLock
from typing import TYPE_CHECKING, Any

from explorer.cleaning.decision import DeskError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS entries (
    number INTEGER PRIMARY KEY, collection TEXT NOT NULL, key TEXT NOT NULL,
    finding TEXT NOT NULL, state TEXT NOT NULL, UNIQUE (collection, key)
);
CREATE TABLE IF NOT EXISTS decisions (
    number INTEGER PRIMARY KEY, collection TEXT NOT NULL, entry INTEGER, action TEXT NOT NULL,
    person TEXT NOT NULL, time TEXT NOT NULL, state TEXT NOT NULL, points TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS changes (
    number INTEGER PRIMARY KEY, decision INTEGER NOT NULL REFERENCES decisions,
    point TEXT NOT NULL, whole TEXT, fields TEXT, state TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS changes_of ON changes (decision);
"""


class LedgerFile:
    """A file, or memory where no path is given."""

    def __init__(self, path: Path | None) -> None:
        """Open the file, made when missing; raises DeskError when it cannot be used."""
        self.path = path
        self._lock = RLock()
        with self._used():
            if path is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
            self._database = sqlite3.connect(path or ":memory:", check_same_thread=False)
            self._database.execute("PRAGMA journal_mode = WAL")
            self._database.execute("PRAGMA synchronous = FULL")
            self._database.executescript(_SCHEMA)

    def close(self) -> None:
        """Close the file; closing twice is fine."""
        self._database.close()

    def rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Return what a statement finds."""
        with self._used():
            return self._database.execute(statement, values).fetchall()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Yield the database in one transaction."""
        with self._used(), self._database:
            yield self._database

    @contextmanager
    def _used(self) -> Iterator[None]:
        """Let one thread in at a time, and turn SQLite's errors into ours."""
        with self._lock:
            try:
                yield
            except (sqlite3.Error, OSError) as error:
                raise DeskError(
                    f"The cleaning desk cannot use {self.path}: {error}. If the file is damaged, "
                    "move it away: a new one is made, and what is in it can still be read."
                ) from error
