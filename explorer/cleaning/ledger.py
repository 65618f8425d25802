"""What the cleaning desk knows, in one SQLite file: the queue, the decisions and the trash.

What a decision changes is written here, whole, before anything happens to the collection. One file
may serve several collections, each under a key of its own.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

from explorer.cleaning.change import BATCH, emptied, read, written
from explorer.cleaning.decision import (
    Action,
    Course,
    Decision,
    Entry,
    Fate,
    Stand,
    Trashed,
)
from explorer.cleaning.ledger_file import LedgerFile
from explorer.findings import Finding

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from engine.ids import PointId
    from explorer.cleaning.change import Change, Dropped

_ENTRIES = "SELECT number, finding, state FROM entries WHERE "
_DECISIONS = "SELECT number, entries, action, person, time, state, points FROM decisions WHERE "
_TRASH = (
    "FROM changes JOIN decisions ON decisions.number = decision WHERE collection = ?"
    " AND decisions.state IN (?, ?) AND changes.state = ? AND fields IS NULL"
)


class Ledger:
    """The desk's file, or memory where no path is given; any thread may use it."""

    def __init__(self, path: Path | None = None) -> None:
        """Use a file, which the first use makes. Every method raises DeskError if it cannot."""
        self._file = LedgerFile(path)

    def close(self) -> None:
        """Close the file; closing twice is fine."""
        self._file.close()

    # The queue

    def add(self, collection: str, findings: Sequence[Finding]) -> int:
        """Put findings into the queue and return how many were not in it, nor kept before."""
        added = 0
        with self._file.writing() as database:
            for finding in findings:
                added += database.execute(
                    "INSERT INTO entries (collection, key, finding, state) VALUES (?, ?, ?, ?)"
                    " ON CONFLICT (collection, key) DO UPDATE"
                    " SET finding = excluded.finding, state = excluded.state"
                    " WHERE state NOT IN (?, ?)",
                    (
                        collection,
                        finding.key,
                        finding.to_json(),
                        Stand.OPEN,
                        Stand.OPEN,
                        Stand.KEPT,
                    ),
                ).rowcount
        return added

    def entries(self, collection: str) -> tuple[Entry, ...]:
        """Return the whole queue of a collection, in the order of arrival."""
        return self._entries("collection = ? ORDER BY number", collection)

    def chosen(self, collection: str, numbers: Sequence[int]) -> tuple[Entry, ...]:
        """Return these findings of the queue, without those that have been cleared away."""
        wanted = "collection = ? AND number IN (SELECT value FROM json_each(?)) ORDER BY number"
        return self._entries(wanted, collection, json.dumps(numbers))

    def next_open(self, collection: str, after: int = 0) -> Entry | None:
        """Return the first open finding behind a number, else the first of all, or None."""
        wanted = "collection = ? AND state = ? ORDER BY number <= ?, number LIMIT 1"
        return next(iter(self._entries(wanted, collection, Stand.OPEN, after)), None)

    def counts(self, collection: str) -> dict[Stand, int]:
        """Return how many findings of a collection stand where."""
        rows = self._file.rows(
            "SELECT state, count(*) FROM entries WHERE collection = ? GROUP BY state", collection
        )
        return {Stand(state): count for state, count in rows}

    def put(self, entries: Sequence[Entry], stand: Stand) -> None:
        """Let findings stand elsewhere."""
        with self._file.writing() as database:
            _put(database, [entry.number for entry in entries], stand)

    def clear(self, collection: str, *, undecided: bool) -> int:
        """Take the decided findings out of the queue, or those too that wait; return how many."""
        with self._file.writing() as database:
            return int(
                database.execute(
                    "DELETE FROM entries WHERE collection = ? AND (? OR state != ?)",
                    (collection, undecided, Stand.OPEN),
                ).rowcount
            )

    # Decisions

    def begin(
        self,
        collection: str,
        entries: Sequence[Entry],
        action: Action,
        person: str,
        changes: Sequence[Change],
    ) -> Decision:
        """Write down what is about to be decided on findings."""
        numbers = [entry.number for entry in entries]
        points = list(dict.fromkeys(point for entry in entries for point in entry.finding.points))
        with self._file.writing() as database:
            number = _insert(database, collection, numbers, action, person, Course.BEGUN, points)
            database.executemany(
                "INSERT INTO changes (decision, point, whole, fields, state)"
                " VALUES (?, ?, ?, ?, ?)",
                ((number, *written(change), Fate.MADE) for change in changes),
            )
        return self.decision(number)

    def made(self, decision: Decision) -> None:
        """Say that all of a decision has happened."""
        with self._file.writing() as database:
            _advance(database, decision, Course.MADE)
            _put(database, decision.entries, Stand(decision.action))

    def undoing(self, collection: str, decision: Decision, person: str) -> None:
        """Say that a decision is being taken back, and who wants it."""
        points = decision.points
        with self._file.writing() as database:
            _advance(database, decision, Course.UNDOING)
            _insert(database, collection, (), Action.UNDO, person, Course.MADE, points)

    def undone(self, collection: str, decision: Decision, left: Sequence[PointId]) -> None:
        """Say that a decision is taken back but for some points, which stay in the trash."""
        with self._file.writing() as database:
            _advance(database, decision, Course.UNDONE)
            _put(database, decision.entries, Stand.OPEN)
            _look_again(database, collection)
            database.execute(
                "UPDATE changes SET state = ? WHERE decision = ? AND state = ?"
                " AND point NOT IN (SELECT value FROM json_each(?))",
                (Fate.TAKEN_BACK, decision.number, Fate.MADE, _array(map(json.dumps, left))),
            )

    def decision(self, number: int) -> Decision:
        """Return one decision."""
        (found,) = self._decisions("number = ?", number)
        return found

    def decisions(self, collection: str, *courses: Course) -> tuple[Decision, ...]:
        """Return the decisions that stand at one of these courses (all if none), latest first."""
        wanted = "collection = ? AND state IN (SELECT value FROM json_each(?)) ORDER BY number DESC"
        return self._decisions(wanted, collection, _array(courses or Course))

    def last_undoable(self, collection: str) -> Decision | None:
        """Return the latest decision on a finding of which nothing has left the trash for good."""
        wanted = (
            "collection = ? AND state = ? AND entries != '[]' AND NOT EXISTS (SELECT 1 FROM"
            " changes WHERE changes.decision = decisions.number AND changes.state = ?)"
            " ORDER BY number DESC LIMIT 1"
        )
        return next(iter(self._decisions(wanted, collection, Course.MADE, Fate.FINAL)), None)

    def changes(self, decision: int, *fates: Fate) -> tuple[Change, ...]:
        """Return those changes of a decision that have one of these fates."""
        rows = self._file.rows(
            "SELECT point, whole, fields FROM changes WHERE decision = ?"
            " AND state IN (SELECT value FROM json_each(?)) ORDER BY number",
            decision,
            _array(fates),
        )
        return tuple(read(*row) for row in rows)

    def change_count(self, decision: int, fate: Fate) -> int:
        """Return how many changes of a decision have a fate."""
        wanted = "SELECT count(*) FROM changes WHERE decision = ? AND state = ?"
        ((count,),) = self._file.rows(wanted, decision, fate)
        return int(count)

    def portions(self, decision: int, fate: Fate) -> Iterator[tuple[Change, ...]]:
        """Yield the changes of a decision that have a fate, `BATCH` at a time."""
        last = -1
        while rows := self._file.rows(
            "SELECT number, point, whole, fields FROM changes"
            " WHERE decision = ? AND state = ? AND number > ? ORDER BY number LIMIT ?",
            *(decision, fate, last, BATCH),
        ):
            last = rows[-1][0]
            yield tuple(read(*row) for _, *row in rows)

    # The trash

    def trash(self, collection: str) -> tuple[Trashed, ...]:
        """Return the dropped points of a collection, the latest first."""
        decisions = {found.number: found for found in self.decisions(collection)}
        rows = self._file.rows(
            f"SELECT changes.number, decision, point {_TRASH} ORDER BY changes.number DESC",
            *(collection, Course.MADE, Course.UNDONE, Fate.MADE),
        )
        return tuple(
            Trashed(number, decisions[decision], json.loads(point))
            for number, decision, point in rows
        )

    def dropped(self, trashed: Sequence[Trashed]) -> tuple[Dropped, ...]:
        """Return points of the trash, whole, the latest first."""
        rows = self._file.rows(
            "SELECT point, whole FROM changes WHERE number IN (SELECT value FROM json_each(?))"
            " ORDER BY number DESC",
            json.dumps([item.number for item in trashed]),
        )
        return tuple(cast("Dropped", read(point, whole, None)) for point, whole in rows)

    def settle(
        self, collection: str, trashed: Sequence[Trashed], action: Action, person: str
    ) -> None:
        """Say that points left the trash, restored or for good; then only their ids are kept."""
        final = action is Action.EMPTY
        fate = Fate.FINAL if final else Fate.TAKEN_BACK
        points = tuple(item.id for item in trashed)
        with self._file.writing() as database:
            for item in trashed:
                _, nothing, _ = written(emptied(item.id))
                database.execute(
                    "UPDATE changes SET state = ?, whole = coalesce(?, whole) WHERE number = ?",
                    (fate, nothing if final else None, item.number),
                )
            _insert(database, collection, (), action, person, Course.MADE, points)
            _look_again(database, collection)

    def trash_size(self, collection: str) -> int:
        """Return how many dropped points of a collection there are."""
        ((count,),) = self._file.rows(
            f"SELECT count(*) {_TRASH}",
            *(collection, Course.MADE, Course.UNDONE, Fate.MADE),
        )
        return int(count)

    # Keys

    def known(self) -> tuple[str, ...]:
        """Return the keys of which there is anything in the log, the latest first."""
        rows = self._file.rows(
            "SELECT collection FROM decisions GROUP BY collection ORDER BY max(number) DESC"
        )
        return tuple(key for (key,) in rows)

    def holds(self, key: str) -> bool:
        """Tell whether there is anything under a key."""
        rows = self._file.rows(
            "SELECT 1 WHERE ? IN (SELECT collection FROM entries"
            " UNION SELECT collection FROM decisions)",
            key,
        )
        return bool(rows)

    def rename(self, old: str, new: str) -> None:
        """Move all that is known of a collection under another key."""
        with self._file.writing() as database:
            moved = "SET collection = ? WHERE collection = ?"
            database.execute(f"UPDATE OR IGNORE entries {moved}", (new, old))
            database.execute(f"UPDATE decisions {moved}", (new, old))

    # SQL

    def _entries(self, wanted: str, *values: object) -> tuple[Entry, ...]:
        return tuple(
            Entry(number, Finding.from_json(finding), Stand(state))
            for number, finding, state in self._file.rows(_ENTRIES + wanted, *values)
        )

    def _decisions(self, wanted: str, *values: object) -> tuple[Decision, ...]:
        return tuple(
            Decision(
                number,
                tuple(json.loads(entries)),
                Action(action),
                person,
                time,
                Course(state),
                tuple(json.loads(points)),
            )
            for number, entries, action, person, time, state, points in self._file.rows(
                _DECISIONS + wanted, *values
            )
        )


def _insert(
    database: sqlite3.Connection,
    collection: str,
    entries: Sequence[int],
    action: Action,
    person: str,
    course: Course,
    points: Sequence[PointId],
) -> int:
    """Add a line to the log and return its number."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    about = json.dumps(list(entries)), json.dumps(points)
    return int(
        database.execute(
            "INSERT INTO decisions (collection, action, person, time, state, entries, points)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (collection, action, person, now, course, *about),
        ).lastrowid
        or 0
    )


def _advance(database: sqlite3.Connection, decision: Decision, course: Course) -> None:
    """Say how far a decision is."""
    database.execute("UPDATE decisions SET state = ? WHERE number = ?", (course, decision.number))


def _put(database: sqlite3.Connection, entries: Sequence[int], stand: Stand) -> None:
    """Say where findings stand from now on."""
    database.execute(
        "UPDATE entries SET state = ? WHERE number IN (SELECT value FROM json_each(?))",
        (stand, json.dumps(list(entries))),
    )


def _look_again(database: sqlite3.Connection, collection: str) -> None:
    """Open what was about points that were gone: some have come back."""
    database.execute(
        "UPDATE entries SET state = ? WHERE collection = ? AND state = ?",
        (Stand.OPEN, collection, Stand.GONE),
    )


def _array(values: Iterable[str]) -> str:
    return json.dumps(list(values))
