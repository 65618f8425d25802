"""The cleaning desk: a queue of findings, decided one by one, with a trash and a way back."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock, RLock
from typing import TYPE_CHECKING, Any

from engine.errors import EngineError
from explorer.cleaning.change import (
    Dropped,
    FieldsSet,
    make,
    payloads,
    take_back,
    whole_points,
)
from explorer.cleaning.decision import Action, Course, DeskError, Fate, Stand
from explorer.cleaning.ledger import Ledger
from explorer.cleaning.merge import merged_fields, relabelled
from explorer.findings import FindingKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from engine.ids import PointId
    from explorer.cleaning.change import Change
    from explorer.cleaning.decision import Decision, Entry, Trashed
    from explorer.client import Client
    from explorer.findings import Finding, Label


_LOCKS: dict[Path, RLock] = {}
_LOCKING = Lock()


@dataclass(frozen=True, slots=True)
class Open:
    """A finding that waits for a decision, with its points as they are now.

    Attributes:
        entry: the finding in the queue.
        payloads: of its points that still exist, in the order of the finding.

    """

    entry: Entry
    payloads: Mapping[PointId, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the queue is: decided findings, and all but those whose points are gone."""

    decided: int
    total: int
    gone: int


class Desk:
    """Decides on findings through a client; nothing is lost that a decision takes away.

    Each change is written to the ledger before it is made. What a process leaves half done is put
    back by `recover`.
    """

    def __init__(self, client: Client, path: Path | None = None) -> None:
        """Work through `client`; the ledger is a file, or memory where there is no path.

        The file is made at first use; each method raises DeskError when it cannot be used.
        """
        self._client = client
        self._ledger = Ledger(path)
        self._deciding = _lock_of(path)

    def close(self) -> None:
        """Close the ledger; closing twice is fine."""
        self._ledger.close()

    # The queue

    def add(self, collection: str, findings: Sequence[Finding]) -> int:
        """Put findings into the queue; returns how many of them are new there.

        Those that were kept before stay decided; other decided ones are opened again.
        """
        return self._ledger.add(collection, findings)

    def progress(self, collection: str) -> Progress:
        """Return how far the queue of a collection is."""
        counts = self._ledger.counts(collection)
        gone = counts.pop(Stand.GONE, 0)
        total = sum(counts.values())
        return Progress(total - counts.get(Stand.OPEN, 0), total, gone)

    def entries(self, collection: str) -> tuple[Entry, ...]:
        """Return the whole queue of a collection, in the order of arrival."""
        return self._ledger.entries(collection)

    def next_open(self, collection: str, after: int = 0) -> Open | None:
        """Return the next open finding behind a number, from the start again after the last one.

        Findings whose points are gone meanwhile leave the queue on the way; of a group at least two
        must be left. Raises what the client raises.
        """
        while (entry := self._ledger.next_open(collection, after)) is not None:
            found = payloads(self._client, collection, entry.finding.points)
            needed = 2 if entry.finding.kind is FindingKind.DUPLICATES else 1
            if len(found) >= needed:
                return Open(entry, found)
            self._ledger.put(entry.number, Stand.GONE)
        return None

    def clear(self, collection: str, *, undecided: bool = False) -> int:
        """Take the decided findings out of the queue, or those too that wait; return how many.

        The log and the trash stay, and no point changes.
        """
        return self._ledger.clear(collection, undecided=undecided)

    # Decisions

    def keep(self, number: int, person: str) -> None:
        """Let the points of a finding stay as they are; raises DeskError if it is decided."""
        with self._deciding:
            self._decide(self._open(number), Action.KEEP, person, ())

    def drop(self, number: int, person: str, kept: PointId | None = None) -> None:
        """Move the points of a finding to the trash, of a group all but the one that is kept.

        Raises DeskError if it is decided already, and what the client raises.
        """
        with self._deciding:
            entry = self._open(number)
            points: Sequence[PointId] = entry.finding.points
            if entry.finding.kind is FindingKind.DUPLICATES:
                points, _ = self._others(entry, kept)
            dropped = whole_points(self._client, entry.collection, points)
            self._decide(entry, Action.DROP, person, [Dropped(point) for point in dropped])

    def merge(self, number: int, person: str, kept: PointId | None) -> None:
        """Make one point of a group: the others' fields join it by `merge.RULE`, then they go.

        Raises DeskError if it is decided already or is no group, and what the client raises.
        """
        with self._deciding:
            entry = self._open(number)
            others, before = self._others(entry, kept)
            dropped = whole_points(self._client, entry.collection, others)
            fields = merged_fields(before, [point.payload or {} for point in dropped])
            changes: list[Change] = [Dropped(point) for point in dropped]
            if kept is not None and fields:
                changes.append(FieldsSet(kept, before, fields))
            self._decide(entry, Action.MERGE, person, changes)

    def relabel(self, number: int, person: str, label: Label) -> None:
        """Give the point of a disagreement another label.

        Raises DeskError if it is decided already, is about no label, or the field is gone.
        """
        with self._deciding:
            entry = self._open(number)
            finding = entry.finding
            if finding.kind is not FindingKind.DISAGREEMENT:
                raise DeskError("Only a finding about labels can be relabelled.")
            (point,) = finding.points
            before = payloads(self._client, entry.collection, [point]).get(point, {})
            fields = relabelled(before, finding.field, label)
            if fields is None:
                raise DeskError(f"Point {point} has no field {finding.field!r} to relabel.")
            self._decide(entry, Action.RELABEL, person, [FieldsSet(point, before, fields)])

    def last_decision(self, collection: str) -> Decision | None:
        """Return the decision that `undo` would take back, or None."""
        return self._ledger.last_undoable(collection)

    def undo(self, collection: str, person: str) -> tuple[Decision, tuple[PointId, ...]] | None:
        """Take the last decision back; returns it, and the points that stand in the way.

        Points that have been written anew meanwhile are left as they are. None where nothing can be
        undone. Raises what the client raises; then the desk goes on with it later.
        """
        with self._deciding:
            decision = self.last_decision(collection)
            if decision is None:
                return None
            self._ledger.undoing(decision, person)
            return decision, self._take_back(decision)

    def log(self, collection: str) -> tuple[Decision, ...]:
        """Return all decisions about a collection, the latest first."""
        return self._ledger.decisions(collection)

    def changes(self, decision: Decision) -> tuple[Change, ...]:
        """Return what a decision changed, without what was put back since.

        Of what has left the trash for good only the id is known.
        """
        return self._ledger.changes(decision.number, Fate.MADE, Fate.FINAL)

    def recover(self, collection: str) -> int:
        """Put back what was left half done by a process or a server that died; returns how much."""
        with self._deciding:
            cut_short = self._ledger.decisions(collection, Course.BEGUN, Course.UNDOING)
            for decision in cut_short:
                self._take_back(decision)
            return len(cut_short)

    # The trash

    def trash(self, collection: str) -> tuple[Trashed, ...]:
        """Return the dropped points of a collection, the latest first."""
        return self._ledger.trash(collection)

    def trash_size(self, collection: str) -> int:
        """Return how many dropped points of a collection there are."""
        return self._ledger.trash_size(collection)

    def restore(
        self, collection: str, trashed: Sequence[Trashed], person: str
    ) -> tuple[PointId, ...]:
        """Write points of the trash back, payload and vectors as they were.

        Returns those whose id has been taken by another point meanwhile: they stay in the trash.
        """
        with self._deciding:
            changes = [item.change for item in trashed]
            in_the_way = set(take_back(self._client, collection, changes))
            restored = [item for item in trashed if item.change.id not in in_the_way]
            if restored:
                self._ledger.settle(collection, restored, Action.RESTORE, person)
            return tuple(item.change.id for item in trashed if item.change.id in in_the_way)

    def empty(self, collection: str, trashed: Sequence[Trashed], person: str) -> None:
        """Forget points of the trash for good: the only step that has no way back."""
        with self._deciding:
            self._ledger.settle(collection, trashed, Action.EMPTY, person)

    # Parts

    def _open(self, number: int) -> Entry:
        entry = self._ledger.entry(number)
        if entry.stand is not Stand.OPEN:
            raise DeskError(f"This finding was decided meanwhile: {entry.stand}.")
        return entry

    def _others(
        self, entry: Entry, kept: PointId | None
    ) -> tuple[list[PointId], Mapping[str, Any]]:
        """Return the points of a group but one, and the payload of that one, which must exist."""
        points = entry.finding.points
        if kept is None or kept not in points or len(points) < 2:
            raise DeskError("Say which point of the group is kept.")
        found = payloads(self._client, entry.collection, [kept])
        if kept not in found:
            raise DeskError(f"Point {kept} has been deleted meanwhile: keep another one.")
        return [point for point in points if point != kept], found[kept]

    def _decide(self, entry: Entry, action: Action, person: str, changes: Sequence[Change]) -> None:
        decision = self._ledger.begin(entry, action, person, changes)
        try:
            make(self._client, entry.collection, changes)
        except EngineError:
            self._take_back(decision)
            raise
        self._ledger.made(decision)

    def _take_back(self, decision: Decision) -> tuple[PointId, ...]:
        changes = self._ledger.changes(decision.number, Fate.MADE)
        in_the_way = take_back(self._client, decision.collection, changes)
        self._ledger.undone(decision, in_the_way)
        return in_the_way


def _lock_of(path: Path | None) -> RLock:
    """Return the lock of a ledger: two desks of this process may share one, by different keys."""
    if path is None:
        return RLock()
    with _LOCKING:
        return _LOCKS.setdefault(path.absolute(), RLock())
