"""The cleaning desk: a queue of findings, decided one by one or many at once, with a way back."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.errors import EngineError
from explorer.cleaning.change import BATCH, in_parts, make, payloads, take_back
from explorer.cleaning.decision import Action, Course, DeskError, Fate, Stand
from explorer.cleaning.mark import key_of, mark_of
from explorer.cleaning.proposal import Choice, Proposal, alive, propose, step
from explorer.jobs import Cancelled

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from qdrant_client import models

    from engine.ids import PointId
    from explorer.cleaning.change import Change
    from explorer.cleaning.decision import Decision, Entry, Trashed
    from explorer.cleaning.ledger import Ledger
    from explorer.cleaning.turn import Turns
    from explorer.client import Client
    from explorer.findings import Finding, Label
    from explorer.jobs import Report, Stopped


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
    """How far the queue is: decided findings, and all but those that no longer hold."""

    decided: int
    total: int
    gone: int

    @property
    def waiting(self) -> int:
        """How many findings are to be decided."""
        return self.total - self.decided


class Desk:
    """Decides on findings in one collection; nothing is lost that a decision takes away.

    Each change is written to the ledger before it is made. What a process leaves half done is put
    back by `recover`. Every method raises DeskError when the ledger cannot be used, and what the
    client raises; those that decide also when the collection was deleted and made anew meanwhile.
    """

    def __init__(
        self, client: Client, ledger: Ledger, turns: Turns, collection: str, key: str
    ) -> None:
        """Decide through `client`; `key` is what the collection is called in the ledger."""
        self.collection = collection
        self.key = key
        self._client = client
        self._ledger = ledger
        self._turns = turns

    # The queue

    def add(self, findings: Sequence[Finding]) -> int:
        """Put findings into the queue; returns how many of them are new there.

        Those that were kept before stay decided; other decided ones are opened again.
        """
        return self._ledger.add(self.key, findings)

    def progress(self) -> Progress:
        """Return how far the queue is."""
        counts = self._ledger.counts(self.key)
        gone = counts.pop(Stand.GONE, 0)
        total = sum(counts.values())
        return Progress(total - counts.get(Stand.OPEN, 0), total, gone)

    def entries(self) -> tuple[Entry, ...]:
        """Return the whole queue, in the order of arrival."""
        return self._ledger.entries(self.key)

    def next_open(self, after: int = 0) -> Open | None:
        """Return the next open finding behind a number, from the start again after the last one.

        Findings that no longer hold leave the queue on the way.
        """
        while (entry := self._ledger.next_open(self.key, after)) is not None:
            found = payloads(self._client, self.collection, entry.finding.points)
            if group := alive(entry, found):
                return Open(entry, group)
            self._ledger.put([entry], Stand.GONE)
        return None

    def clear(self, *, undecided: bool = False) -> int:
        """Take the decided findings out of the queue, or those too that wait; return how many.

        The log and the trash stay, and no point changes.
        """
        return self._ledger.clear(self.key, undecided=undecided)

    # Decisions

    def keep(self, number: int, person: str) -> None:
        """Let the points of a finding stay as they are; raises DeskError if it is decided."""
        self._decide_one(number, Choice(Action.KEEP), person)

    def drop(self, number: int, person: str, kept: PointId | None = None) -> None:
        """Move the points of a finding to the trash, of a group all but the one that is kept.

        Raises DeskError if it is decided already.
        """
        self._decide_one(number, Choice(Action.DROP, kept=kept), person)

    def merge(self, number: int, person: str, kept: PointId | None = None) -> None:
        """Make one point of a group: the others' fields join it by `merge.RULE`, then they go.

        Raises DeskError if it is decided already or is no group.
        """
        self._decide_one(number, Choice(Action.MERGE, kept=kept), person)

    def relabel(self, number: int, person: str, label: Label | None = None) -> None:
        """Give the point of a disagreement another label, None for what its neighbours suggest.

        Raises DeskError if it is decided already, is about no label, or the field is gone.
        """
        self._decide_one(number, Choice(Action.RELABEL, label=label), person)

    def propose(self, numbers: Sequence[int], choice: Choice) -> Proposal:
        """Return what a decision on those of these findings that are open would change."""
        chosen = self._ledger.chosen(self.key, numbers)
        waiting = [entry for entry in chosen if entry.stand is Stand.OPEN]
        return propose(self._client, self.collection, waiting, choice)

    def decide(
        self,
        numbers: Sequence[int],
        choice: Choice,
        person: str,
        report: Report | None = None,
        stopped: Stopped | None = None,
    ) -> Proposal:
        """Decide on many findings in one step, which one undo takes back; returns what it did.

        Whatever fails midway, and when stopped, all is as it was and the error goes on.
        """
        with self._turn():
            proposal = self.propose(numbers, choice)
            if proposal.gone:
                self._ledger.put(proposal.gone, Stand.GONE)
            self._make(proposal, choice.action, person, report, stopped)
            return proposal

    def last_decision(self) -> Decision | None:
        """Return the decision that `undo` would take back, or None."""
        return self._ledger.last_undoable(self.key)

    def undo(
        self, person: str, report: Report | None = None
    ) -> tuple[Decision, tuple[PointId, ...]] | None:
        """Take the last decision back; returns it, and the points that stand in the way.

        Points that have been written anew meanwhile are left as they are. None where nothing can be
        undone. What the client raises leaves it half done; then the desk goes on with it later.
        """
        with self._turn():
            decision = self.last_decision()
            if decision is None:
                return None
            self._ledger.undoing(self.key, decision, person)
            return decision, self._take_back(decision, report)

    def log(self) -> tuple[Decision, ...]:
        """Return all decisions, the latest first."""
        return self._ledger.decisions(self.key)

    def changes(self, decision: Decision) -> tuple[Change, ...]:
        """Return what a decision changed, without what was put back since.

        Of what has left the trash for good only the id is known.
        """
        return self._ledger.changes(decision.number, Fate.MADE, Fate.FINAL)

    def recover(self) -> int:
        """Put back what was left half done by a process or a server that died; returns how much.

        While somebody decides nothing is done.
        """
        if not self._cut_short():
            return 0
        with self._turns.offered() as held:
            cut_short = self._cut_short() if held else ()
            for decision in cut_short:
                self._take_back(decision)
            return len(cut_short)

    # The trash

    def trash(self) -> tuple[Trashed, ...]:
        """Return the dropped points, the latest first."""
        return self._ledger.trash(self.key)

    def dropped(self, trashed: Sequence[Trashed]) -> tuple[models.PointStruct, ...]:
        """Return points of the trash, payload and vectors, the latest first."""
        return tuple(change.point for change in self._ledger.dropped(trashed))

    def trash_size(self) -> int:
        """Return how many dropped points there are."""
        return self._ledger.trash_size(self.key)

    def restore(
        self, trashed: Sequence[Trashed], person: str, report: Report | None = None
    ) -> tuple[PointId, ...]:
        """Write points of the trash back, payload and vectors as they were.

        Returns those whose id has been taken by another point meanwhile: they stay in the trash.
        """
        with self._turn():
            portions = (self._ledger.dropped(part) for part in in_parts(trashed, BATCH))
            in_the_way = self._put_back(portions, len(trashed), report)
            restored = [item for item in trashed if item.id not in in_the_way]
            if restored:
                self._ledger.settle(self.key, restored, Action.RESTORE, person)
            return tuple(item.id for item in trashed if item.id in in_the_way)

    def empty(self, trashed: Sequence[Trashed], person: str) -> None:
        """Forget points of the trash for good: the only step that has no way back."""
        with self._turns.taken():
            self._ledger.settle(self.key, trashed, Action.EMPTY, person)

    # Parts

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Decide alone, and only about the collection that this desk is for."""
        with self._turns.taken():
            if key_of(self.collection, mark_of(self._client, self.collection)) != self.key:
                raise DeskError(
                    f"The collection {self.collection!r} is not the one that this page was about: "
                    "it has been deleted and made anew. Nothing was changed."
                )
            yield

    def _decide_one(self, number: int, choice: Choice, person: str) -> None:
        with self._turn():
            entry = next(iter(self._ledger.chosen(self.key, [number])), None)
            if entry is None:
                raise DeskError("This finding has been cleared away: take the next one.")
            if entry.stand is not Stand.OPEN:
                raise DeskError(f"This finding was decided meanwhile: {entry.stand}.")
            found = payloads(self._client, self.collection, entry.finding.points)
            group = alive(entry, found)
            if not group:
                raise DeskError("This finding no longer holds: its points are gone or changed.")
            self._make(Proposal((step(entry, group, choice),), (), ()), choice.action, person)

    def _make(
        self,
        proposal: Proposal,
        action: Action,
        person: str,
        report: Report | None = None,
        stopped: Stopped | None = None,
    ) -> None:
        if not proposal.steps:
            return
        entries = [step.entry for step in proposal.steps]
        changes = proposal.changes(self._client, self.collection, report, stopped)
        decision = self._ledger.begin(self.key, entries, action, person, changes)
        try:
            make(self._client, self.collection, changes, report, stopped)
        except (EngineError, Cancelled):
            self._take_back(decision)
            raise
        self._ledger.made(decision)

    def _take_back(self, decision: Decision, report: Report | None = None) -> tuple[PointId, ...]:
        portions = self._ledger.portions(decision.number, Fate.MADE)
        count = self._ledger.change_count(decision.number, Fate.MADE)
        in_the_way = self._put_back(portions, count, report)
        self._ledger.undone(self.key, decision, in_the_way)
        return in_the_way

    def _put_back(
        self, portions: Iterable[Sequence[Change]], count: int, report: Report | None
    ) -> tuple[PointId, ...]:
        """Take changes back, portion by portion; returns the points that stand in the way."""
        in_the_way: list[PointId] = []
        done = 0
        for changes in portions:
            in_the_way += take_back(self._client, self.collection, changes)
            done += len(changes)
            if report is not None:
                report(done, count, "Putting points back")
        return tuple(in_the_way)

    def _cut_short(self) -> tuple[Decision, ...]:
        return self._ledger.decisions(self.key, Course.BEGUN, Course.UNDOING)
