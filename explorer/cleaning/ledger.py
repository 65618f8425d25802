"""What the cleaning desk knows, in one SQLite file: the queue, the decisions and the trash.

What a decision changes is written here, whole, before anything happens to the collection.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

from explorer.cleaning.change import read, written
from explorer.cleaning.decision import (
    Action,
    Course,
    Decision,
    DeskError,
    Entry,
    Fate,
    Stand,
    Trashed,
)
from explorer.cleaning.ledger_file import LedgerFile
from explorer.findings import Finding

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from engine.ids import PointId
    from explorer.cleaning.change import Change, Dropped

_ENTRIES = "SELECT number, collection, finding, state FROM entries WHERE "
_DECISIONS = (
    "SELECT number, collection, entry, action, person, time, state, points FROM decisions WHERE "
)
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

    def entry(self, number: int) -> Entry:
        """Return one finding of the queue; raises DeskError where it has been cleared away."""
        found = self._entries("number = ?", number)
        if not found:
            raise DeskError("This finding has been cleared away: take the next one.")
        return found[0]

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

    def put(self, entry: int, stand: Stand) -> None:
        """Let a finding stand elsewhere."""
        with self._file.writing() as database:
            database.execute("UPDATE entries SET state = ? WHERE number = ?", (stand, entry))

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
        self, entry: Entry, action: Action, person: str, changes: Sequence[Change]
    ) -> Decision:
        """Write down what is about to be decided on a finding."""
        points = entry.finding.points
        with self._file.writing() as database:
            number = _insert(
                database, entry.collection, entry.number, action, person, Course.BEGUN, points
            )
            database.executemany(
                "INSERT INTO changes (decision, point, whole, fields, state)"
                " VALUES (?, ?, ?, ?, ?)",
                ((number, *written(change), Fate.MADE) for change in changes),
            )
        return self.decision(number)

    def made(self, decision: Decision) -> None:
        """Say that all of a decision has happened."""
        with self._file.writing() as database:
            _advance(database, decision, Course.MADE, decision.action)

    def undoing(self, decision: Decision, person: str) -> None:
        """Say that a decision is being taken back, and who wants it."""
        with self._file.writing() as database:
            _advance(database, decision, Course.UNDOING, None)
            _insert(
                database,
                decision.collection,
                None,
                Action.UNDO,
                person,
                Course.MADE,
                decision.points,
            )

    def undone(self, decision: Decision, left: Sequence[PointId]) -> None:
        """Say that a decision is taken back but for some points, which stay in the trash."""
        with self._file.writing() as database:
            _advance(database, decision, Course.UNDONE, Stand.OPEN)
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
            "collection = ? AND state = ? AND entry IS NOT NULL AND NOT EXISTS (SELECT 1 FROM"
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

    # The trash

    def trash(self, collection: str) -> tuple[Trashed, ...]:
        """Return the dropped points of a collection, the latest first."""
        decisions = {found.number: found for found in self.decisions(collection)}
        rows = self._file.rows(
            f"SELECT changes.number, decision, point, whole {_TRASH} ORDER BY changes.number DESC",
            *(collection, Course.MADE, Course.UNDONE, Fate.MADE),
        )
        return tuple(
            Trashed(number, decisions[decision], cast("Dropped", read(point, whole, None)))
            for number, decision, point, whole in rows
        )

    def settle(
        self, collection: str, trashed: Sequence[Trashed], action: Action, person: str
    ) -> None:
        """Say that points left the trash, restored or for good; then only their ids are kept."""
        final = action is Action.EMPTY
        fate = Fate.FINAL if final else Fate.TAKEN_BACK
        points = tuple(item.change.id for item in trashed)
        with self._file.writing() as database:
            for item in trashed:
                kept = item.change.emptied() if final else item.change
                _, whole, _ = written(kept)
                database.execute(
                    "UPDATE changes SET state = ?, whole = ? WHERE number = ?",
                    (fate, whole, item.number),
                )
            _insert(database, collection, None, action, person, Course.MADE, points)

    def trash_size(self, collection: str) -> int:
        """Return how many dropped points of a collection there are."""
        ((count,),) = self._file.rows(
            f"SELECT count(*) {_TRASH}",
            *(collection, Course.MADE, Course.UNDONE, Fate.MADE),
        )
        return int(count)

    # SQL

    def _entries(self, wanted: str, *values: object) -> tuple[Entry, ...]:
        return tuple(
            Entry(number, collection, Finding.from_json(finding), Stand(state))
            for number, collection, finding, state in self._file.rows(_ENTRIES + wanted, *values)
        )

    def _decisions(self, wanted: str, *values: object) -> tuple[Decision, ...]:
        return tuple(
            Decision(
                number,
                collection,
                entry,
                Action(action),
                person,
                time,
                Course(state),
                tuple(json.loads(points)),
            )
            for number, collection, entry, action, person, time, state, points in self._file.rows(
                _DECISIONS + wanted, *values
            )
        )


def _insert(
    database: sqlite3.Connection,
    collection: str,
    entry: int | None,
    action: Action,
    person: str,
    course: Course,
    points: Sequence[PointId],
) -> int:
    """Add a line to the log and return its number."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    values = (collection, entry, action, person, now, course, json.dumps(points))
    return int(
        database.execute(
            "INSERT INTO decisions (collection, entry, action, person, time, state, points)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            values,
        ).lastrowid
        or 0
    )


def _advance(
    database: sqlite3.Connection, decision: Decision, course: Course, stand: str | None
) -> None:
    """Say how far a decision is, and where its finding stands from now on."""
    database.execute("UPDATE decisions SET state = ? WHERE number = ?", (course, decision.number))
    if stand is not None:
        database.execute("UPDATE entries SET state = ? WHERE number = ?", (stand, decision.entry))


def _array(values: Iterable[str]) -> str:
    return json.dumps(list(values))
