"""The catalogue of one collection in SQLite: what is committed and what is not.

A write-ahead log with synchronous=FULL makes each commit survive a power cut. The catalogue says
how many elements of each log belong to the collection; what lies behind was never acknowledged.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.errors import CollectionCorrupt, FolderNotWritable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

FORMAT = 1
"""Number of the storage format; a folder with another number is refused."""

_SCHEMA = """
CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE lengths (log TEXT PRIMARY KEY, elements INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE dead (row INTEGER PRIMARY KEY);
CREATE TABLE indexes (field TEXT PRIMARY KEY, info TEXT NOT NULL) WITHOUT ROWID;
"""

# Made when a collection is opened, since collections of earlier versions lack it.
_SEGMENTS = """
CREATE TABLE IF NOT EXISTS segments (
    vector TEXT PRIMARY KEY, number INTEGER NOT NULL, generation INTEGER NOT NULL
) WITHOUT ROWID
"""


@dataclass(frozen=True, slots=True)
class Commit:
    """What one update adds to the catalogue.

    Attributes:
        operation: the update's number.
        lengths: committed elements by log.
        died: rows that are dead from now on.

    """

    operation: int
    lengths: Mapping[str, int]
    died: NDArray[np.int64]


class Catalogue:
    """One collection's SQLite database; only the collection's writer uses it."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        with self._writing():
            self._database = sqlite3.connect(path or ":memory:", check_same_thread=False)
            self._database.execute("PRAGMA journal_mode = WAL")
            self._database.execute("PRAGMA synchronous = FULL")

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """Turn SQLite's errors, and text that is not JSON, into CollectionCorrupt."""
        try:
            yield
        except (sqlite3.DatabaseError, ValueError) as error:
            raise self._corrupt(error) from error

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Turn SQLite's errors into the engine's: no space or permission, or a damaged file."""
        try:
            yield
        except sqlite3.OperationalError as error:
            raise FolderNotWritable(
                f"Cannot write {self.path}: {error}. Nothing of this update was kept; free some "
                "space or choose another folder with SEXTANT_DATA."
            ) from error
        except sqlite3.DatabaseError as error:
            raise self._corrupt(error) from error

    def _corrupt(self, error: Exception) -> CollectionCorrupt:
        return CollectionCorrupt(
            f"{self.path} is damaged: {error}. "
            "Restore the file from a backup, or delete the collection."
        )

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._writing(), self._database:
            yield self._database

    def create(self, name: str, echo: Mapping[str, Any], lengths: Mapping[str, int]) -> None:
        """Make the tables of a new collection whose logs have `lengths`."""
        with self._writing():
            self._database.executescript(_SCHEMA)
        settings = {"format": FORMAT, "name": name, "echo": echo, "generation": 0, "operation": 0}
        with self._transaction() as database:
            database.executemany(
                "INSERT INTO settings VALUES (?, ?)",
                [(key, json.dumps(value)) for key, value in settings.items()],
            )
            _set_lengths(database, lengths)

    def settings(self) -> dict[str, Any]:
        """Return name, echo, generation and operation.

        Raises CollectionCorrupt when they cannot be read or the format is another version's.
        """
        with self._reading():
            rows = self._database.execute("SELECT key, value FROM settings")
            settings = {key: json.loads(value) for key, value in rows}
        if settings.get("format") != FORMAT:
            raise CollectionCorrupt(
                f"{self.path} has storage format {settings.get('format')}, this version reads "
                f"{FORMAT}. Open it with the version that wrote it, or delete the collection."
            )
        return settings

    def lengths(self) -> dict[str, int]:
        """Return the committed elements of each log."""
        with self._reading():
            return dict(self._database.execute("SELECT log, elements FROM lengths"))

    def dead(self) -> NDArray[np.int64]:
        """Return the dead rows in ascending order."""
        with self._reading():
            rows = self._database.execute("SELECT row FROM dead ORDER BY row")
            return np.fromiter((row for (row,) in rows), np.int64)

    def indexes(self) -> dict[str, Any]:
        """Return the payload indexes as plain JSON by field."""
        with self._reading():
            rows = self._database.execute("SELECT field, info FROM indexes ORDER BY field")
            return {field: json.loads(info) for field, info in rows}

    def segments(self) -> dict[str, int]:
        """Return the number of each vector's segment; those of another generation do not count."""
        with self._writing():
            self._database.execute(_SEGMENTS)
        with self._reading():
            rows = self._database.execute(
                "SELECT vector, number FROM segments WHERE generation = "
                "(SELECT CAST(value AS INTEGER) FROM settings WHERE key = 'generation')"
            )
            return dict(rows)

    def set_segments(self, numbers: Mapping[str, int], generation: int) -> None:
        """Replace the segments of all vectors."""
        with self._transaction() as database:
            _set_segments(database, numbers, generation)

    def commit(self, commit: Commit) -> None:
        """Acknowledge one update: after this it is durable."""
        with self._transaction() as database:
            _set(database, "operation", commit.operation)
            _set_lengths(database, commit.lengths)
            _add_dead(database, commit.died)

    def switch(
        self, generation: int, commit: Commit, echo: Mapping[str, Any], segments: Mapping[str, int]
    ) -> None:
        """Let the collection live in the files of another generation, all at once.

        Args:
            generation: its number.
            commit: its lengths, its dead rows, and the number of the operation.
            echo: the settings.
            segments: number of each vector's segment over the new rows.

        """
        with self._transaction() as database:
            _set(database, "generation", generation)
            _set(database, "echo", echo)
            _set(database, "operation", commit.operation)
            database.execute("DELETE FROM lengths")
            _set_lengths(database, commit.lengths)
            database.execute("DELETE FROM dead")
            _add_dead(database, commit.died)
            _set_segments(database, segments, generation)

    def set_echo(self, echo: Mapping[str, Any]) -> None:
        """Replace the settings that collection info gives back."""
        with self._transaction() as database:
            _set(database, "echo", echo)

    def set_index(self, field: str, info: Mapping[str, Any] | None, operation: int) -> None:
        """Remember a payload index, or forget it with None."""
        with self._transaction() as database:
            _set(database, "operation", operation)
            if info is None:
                database.execute("DELETE FROM indexes WHERE field = ?", (field,))
            else:
                entry = (field, json.dumps(info))
                database.execute("INSERT OR REPLACE INTO indexes VALUES (?, ?)", entry)

    def close(self) -> None:
        """Fold the write-ahead log into the database and close it."""
        self._database.close()


def _set(database: sqlite3.Connection, key: str, value: object) -> None:
    entry = (json.dumps(value), key)
    database.execute("UPDATE settings SET value = ? WHERE key = ?", entry)


def _set_lengths(database: sqlite3.Connection, lengths: Mapping[str, int]) -> None:
    database.executemany("INSERT OR REPLACE INTO lengths VALUES (?, ?)", lengths.items())


def _add_dead(database: sqlite3.Connection, rows: NDArray[np.int64]) -> None:
    database.executemany("INSERT INTO dead VALUES (?)", ((row,) for row in rows.tolist()))


def _set_segments(
    database: sqlite3.Connection, numbers: Mapping[str, int], generation: int
) -> None:
    database.execute("DELETE FROM segments")
    database.executemany(
        "INSERT INTO segments VALUES (?, ?, ?)",
        ((name, number, generation) for name, number in numbers.items()),
    )
