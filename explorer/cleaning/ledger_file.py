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
    number INTEGER PRIMARY KEY AUTOINCREMENT, collection TEXT NOT NULL, key TEXT NOT NULL,
    finding TEXT NOT NULL, state TEXT NOT NULL, UNIQUE (collection, key)
);
CREATE TABLE IF NOT EXISTS decisions (
    number INTEGER PRIMARY KEY, collection TEXT NOT NULL, entries TEXT NOT NULL,
    action TEXT NOT NULL, person TEXT NOT NULL, time TEXT NOT NULL, state TEXT NOT NULL,
    points TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS changes (
    number INTEGER PRIMARY KEY, decision INTEGER NOT NULL REFERENCES decisions,
    point TEXT NOT NULL, whole TEXT, fields TEXT, state TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS changes_of ON changes (decision);
"""

_ONE_ENTRY_EACH = """
BEGIN;
ALTER TABLE decisions RENAME COLUMN entry TO entries;
UPDATE decisions SET entries = CASE WHEN entries IS NULL THEN '[]' ELSE json_array(entries) END;
COMMIT;
"""
"""Bring up to date what was written when a decision was about one finding at most."""


class LedgerFile:
    """A file, made at first use, or memory where no path is given.

    Each method raises DeskError when the file cannot be used.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._lock = RLock()
        self._opened: sqlite3.Connection | None = None

    def close(self) -> None:
        """Close the file; closing twice is fine, and the next use opens it anew."""
        with self._lock:
            if self._opened is not None:
                self._opened.close()
                self._opened = None

    def rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Return what a statement finds."""
        with self._used() as database:
            return database.execute(statement, values).fetchall()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Yield the database in one transaction."""
        with self._used() as database, database:
            yield database

    @contextmanager
    def _used(self) -> Iterator[sqlite3.Connection]:
        """Let one thread in at a time, and turn SQLite's errors into ours."""
        with self._lock:
            try:
                self._opened = self._opened or self._open()
                yield self._opened
            except (sqlite3.Error, OSError) as error:
                raise DeskError(
                    f"The cleaning desk cannot use {self.path}: {error}. If the file is damaged, "
                    "move it away, and a new one is made."
                ) from error

    def _open(self) -> sqlite3.Connection:
        if self.path is not None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        database = sqlite3.connect(self.path or ":memory:", check_same_thread=False)
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")
        database.executescript(_SCHEMA)
        columns = {name for _, name, *_ in database.execute("PRAGMA table_info(decisions)")}
        if "entry" in columns:
            database.executescript(_ONE_ENTRY_EACH)
        return database
