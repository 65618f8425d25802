"""The catalogue of one collection in SQLite: what is committed and what is not.

A write-ahead log with synchronous=FULL makes each commit survive a power cut. The catalogue says
how many elements of each log belong to the collection, and what their bytes sum up to; what lies
behind was never acknowledged. SQLite does not notice every flipped bit: the seal does, one number
for all that the tables say.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any
from zlib import crc32

import numpy as np

from engine.errors import CollectionCorrupt, FolderNotWritable
from engine.storage.logs import Extent
from engine.storage.sums import REMEDY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

FORMAT = 2
"""Number of the storage format; a folder with another number is refused."""

WITHOUT_SUMS = 1
"""The format before it, which is taken over: what it holds is summed up when it is opened."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS lengths (log TEXT PRIMARY KEY, elements INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sums (
    log TEXT, block INTEGER, sum INTEGER NOT NULL, PRIMARY KEY (log, block)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS dead (row INTEGER PRIMARY KEY);
CREATE TABLE IF NOT EXISTS indexes (field TEXT PRIMARY KEY, info TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS segments (
    vector TEXT PRIMARY KEY, number INTEGER NOT NULL, generation INTEGER NOT NULL
) WITHOUT ROWID;
"""

_SEALED = (
    "SELECT key, value FROM settings WHERE key != 'seal' ORDER BY key",
    "SELECT log, elements FROM lengths ORDER BY log",
    "SELECT field, info FROM indexes ORDER BY field",
    "SELECT vector, number, generation FROM segments ORDER BY vector",
)
_ANY_SUM = (1 << 63) - 1  # sums of dead rows stay within what SQLite counts with


@dataclass(frozen=True, slots=True)
class Commit:
    """What one update adds to the catalogue.

    Attributes:
        operation: the update's number.
        extents: what is committed, by log.
        died: rows that are dead from now on.

    """

    operation: int
    extents: Mapping[str, Extent]
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
        """Turn errors of SQLite, and values of another kind, into CollectionCorrupt."""
        try:
            yield
        except (sqlite3.DatabaseError, ValueError, TypeError) as error:
            raise self._corrupt(error) from error

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Turn SQLite's errors into the engine's: no space or permission, or a damaged file."""
        try:
            yield
        except sqlite3.OperationalError as error:
            raise FolderNotWritable(
                f"Cannot write {self.path}: {error}. Nothing was changed; free some space or "
                "choose another folder with SEXTANT_DATA."
            ) from error
        except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
            raise self._corrupt(error) from error

    def _corrupt(self, error: Exception) -> CollectionCorrupt:
        return CollectionCorrupt(f"{self.path} is damaged: {error}. {REMEDY}")

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        self._check_there()
        with self._writing(), self._database:
            yield self._database
            _set(self._database, "seal", self._seal())

    def _check_there(self) -> None:
        """Raise FolderNotWritable where what is written would not be found again."""
        try:
            if self.path is not None:
                self.path.stat()
        except OSError as error:
            raise FolderNotWritable(
                f"{self.path} is gone since it was opened: {error.strerror}. "
                "Nothing was changed; bring it back where it was, then try again."
            ) from error

    def _seal(self) -> int:
        """Return one number for all that the tables say but `sums`, whose rows speak of files."""
        seal = 0
        for query in _SEALED:
            for row in self._database.execute(query):
                seal = crc32(repr(row).encode("utf-8", "surrogatepass"), seal)
        return seal

    def create(self, name: str, echo: Mapping[str, Any], extents: Mapping[str, Extent]) -> None:
        """Make the tables of a new collection whose logs have `extents`."""
        with self._writing():
            self._database.executescript(_SCHEMA)
        settings = {"format": FORMAT, "name": name, "echo": echo, "generation": 0, "operation": 0}
        with self._transaction() as database:
            for key, value in settings.items():
                _set(database, key, value)
            _set(database, "dead", [0, 0])
            _set_extents(database, extents, {})

    def settings(self) -> dict[str, Any]:
        """Return name, echo, generation and operation.

        Raises CollectionCorrupt when the catalogue is damaged or the format is another version's.
        """
        with self._reading():
            rows = self._database.execute("SELECT key, value FROM settings")
            settings = {key: json.loads(value) for key, value in rows}
        if settings.get("format") not in (WITHOUT_SUMS, FORMAT):
            raise CollectionCorrupt(
                f"{self.path} has storage format {settings.get('format')}, this version reads "
                f"{FORMAT}. Open it with the version that wrote it, or delete the collection."
            )
        with self._reading():
            if settings["format"] == WITHOUT_SUMS:
                self._database.executescript(_SCHEMA)
            elif settings.get("seal") != self._seal():
                raise ValueError("its tables do not say what was written into them")
        return settings

    def extents(self) -> dict[str, Extent]:
        """Return what is committed of each log."""
        with self._reading():
            lengths = dict(self._database.execute("SELECT log, elements FROM lengths"))
            rows = self._database.execute("SELECT log, sum FROM sums ORDER BY log, block")
            sums = {log: tuple(s for _, s in of) for log, of in groupby(rows, lambda row: row[0])}
        return {log: Extent(length, sums.get(log, ())) for log, length in lengths.items()}

    def take_over(self, extents: Mapping[str, Extent]) -> None:
        """Make a catalogue of the format before into one of this format."""
        with self._transaction() as database:
            _set(database, "format", FORMAT)
            rows = self.dead()
            _set(database, "dead", [len(rows), int(rows.sum()) & _ANY_SUM])
            _set_extents(database, extents, {})

    def dead(self) -> NDArray[np.int64]:
        """Return the dead rows in ascending order."""
        with self._reading():
            rows = self._database.execute("SELECT row FROM dead ORDER BY row")
            found = np.fromiter((row for (row,) in rows), np.int64)
            expected = _get(self._database, "dead")
            if expected is not None and expected != [len(found), int(found.sum()) & _ANY_SUM]:
                raise ValueError("its list of dead rows is not what was written")
            return found

    def indexes(self) -> dict[str, Any]:
        """Return the payload indexes as plain JSON by field."""
        with self._reading():
            rows = self._database.execute("SELECT field, info FROM indexes ORDER BY field")
            return {field: json.loads(info) for field, info in rows}

    def segments(self) -> dict[str, int]:
        """Return the number of each vector's segment; those of another generation do not count."""
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

    def commit(self, commit: Commit, before: Mapping[str, Extent]) -> None:
        """Acknowledge one update: after this it is durable; `before` was committed before it."""
        with self._transaction() as database:
            _set(database, "operation", commit.operation)
            _set_extents(database, commit.extents, before)
            _add_dead(database, commit.died)

    def switch(
        self, generation: int, commit: Commit, echo: Mapping[str, Any], segments: Mapping[str, int]
    ) -> None:
        """Let the collection live in the files of another generation, all at once.

        Args:
            generation: its number.
            commit: its extents, its dead rows, and the number of the operation.
            echo: the settings.
            segments: number of each vector's segment over the new rows.

        """
        with self._transaction() as database:
            _set(database, "generation", generation)
            _set(database, "echo", echo)
            _set(database, "operation", commit.operation)
            database.execute("DELETE FROM lengths")
            database.execute("DELETE FROM sums")
            _set_extents(database, commit.extents, {})
            database.execute("DELETE FROM dead")
            _set(database, "dead", [0, 0])
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
    entry = (key, json.dumps(value))
    database.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", entry)


def _get(database: sqlite3.Connection, key: str) -> Any:
    row = database.execute("SELECT value FROM settings WHERE key = ?", (key,)).fetchone()
    return None if row is None else json.loads(row[0])


def _set_extents(
    database: sqlite3.Connection, extents: Mapping[str, Extent], before: Mapping[str, Extent]
) -> None:
    """Store extents; those of `before` are stored already, and are beginnings of them."""
    lengths = ((log, extent.length) for log, extent in extents.items())
    database.executemany("INSERT OR REPLACE INTO lengths VALUES (?, ?)", lengths)
    sums = []
    for log, extent in extents.items():
        same = max(0, len(before[log].sums) - 1) if log in before else 0
        sums += [(log, block, s) for block, s in enumerate(extent.sums[same:], same)]
    database.executemany("INSERT OR REPLACE INTO sums VALUES (?, ?, ?)", sums)


def _add_dead(database: sqlite3.Connection, rows: NDArray[np.int64]) -> None:
    count, total = _get(database, "dead")
    _set(database, "dead", [count + len(rows), (total + int(rows.sum())) & _ANY_SUM])
    database.executemany("INSERT INTO dead VALUES (?)", ((row,) for row in rows.tolist()))


def _set_segments(
    database: sqlite3.Connection, numbers: Mapping[str, int], generation: int
) -> None:
    database.execute("DELETE FROM segments")
    database.executemany(
        "INSERT INTO segments VALUES (?, ?, ?)",
        ((name, number, generation) for name, number in numbers.items()),
    )
