"""What a decision on findings would change, worked out before anything is touched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from explorer.cleaning.best import CENTRAL, Best
from explorer.cleaning.change import Dropped, FieldsSet, payloads, whole_points
from explorer.cleaning.decision import Action, DeskError
from explorer.cleaning.merge import merged_fields, relabelled
from explorer.findings import FindingKind, label_in

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.ids import PointId
    from explorer.cleaning.change import Change
    from explorer.cleaning.decision import Entry
    from explorer.client import Client
    from explorer.findings import Label
    from explorer.jobs import Report, Stopped

    Payloads = Mapping[PointId, Mapping[str, Any]]
    """Of a finding's points that exist, in the order of the finding."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What is decided.

    Attributes:
        action: keep, drop, merge or relabel.
        best: of a group, which point stays.
        kept: the same said outright.
        label: the new label; None for the one that the neighbours suggest.

    """

    action: Action
    best: Best = CENTRAL
    kept: PointId | None = None
    label: Label | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """What a decision changes because of one finding."""

    entry: Entry
    dropped: tuple[PointId, ...] = ()
    fields: FieldsSet | None = None

    @property
    def staying(self) -> tuple[PointId, ...]:
        """The points of the finding that are not dropped."""
        return tuple(point for point in self.entry.finding.points if point not in self.dropped)


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a decision changes; each point is touched by at most one finding.

    Attributes:
        steps: of the findings that are decided.
        gone: findings that no longer hold: their points are gone, or say something else.
        left: findings that stay open, since they share a point with one that is decided, or since
            there is nothing to decide in this way.

    """

    steps: tuple[Step, ...]
    gone: tuple[Entry, ...]
    left: tuple[Entry, ...]

    @property
    def dropped(self) -> tuple[PointId, ...]:
        """The points that go to the trash."""
        return tuple(point for step in self.steps for point in step.dropped)

    @property
    def written(self) -> int:
        """How many points get other values in their payload."""
        return sum(step.fields is not None for step in self.steps)

    def changes(
        self,
        client: Client,
        collection: str,
        report: Report | None = None,
        stopped: Stopped | None = None,
    ) -> list[Change]:
        """Return the changes, with all that the dropped points hold.

        Raises Cancelled when stopped, and what the client raises.
        """
        points = whole_points(client, collection, self.dropped, report, stopped)
        fields = (step.fields for step in self.steps if step.fields is not None)
        return [*map(Dropped, points), *fields]


def alive(entry: Entry, found: Payloads) -> Payloads:
    """Return the payloads of a finding's points that are left; empty where it no longer holds.

    Of a group at least two must be left, and a doubted label must still be there.
    """
    finding = entry.finding
    left = {point: found[point] for point in finding.points if point in found}
    if finding.kind is FindingKind.DUPLICATES:
        return left if len(left) > 1 else {}
    changed = finding.label is not None and any(
        label_in(payload, finding.field) != finding.label for payload in left.values()
    )
    return {} if changed else left


def propose(client: Client, collection: str, entries: Sequence[Entry], choice: Choice) -> Proposal:
    """Work out one decision on many findings; raises what the client raises."""
    points = dict.fromkeys(point for entry in entries for point in entry.finding.points)
    found = payloads(client, collection, list(points))
    touched: set[PointId] = set()
    steps, gone, left = [], [], []
    for entry in entries:
        group = alive(entry, found)
        if not group:
            gone.append(entry)
        elif choice.action is not Action.KEEP and not touched.isdisjoint(group):
            left.append(entry)
        else:
            try:
                steps.append(step(entry, group, choice))
            except DeskError:
                left.append(entry)
            else:
                touched.update(group)
    return Proposal(tuple(steps), tuple(gone), tuple(left))


def step(entry: Entry, group: Payloads, choice: Choice) -> Step:
    """Return what a decision on one finding changes; raises DeskError where it cannot be made."""
    grouped = entry.finding.kind is FindingKind.DUPLICATES
    match choice.action:
        case Action.DROP if not grouped:
            return Step(entry, tuple(group))
        case Action.DROP | Action.MERGE:
            return _one_left(entry, group, choice)
        case Action.RELABEL:
            return _relabelled(entry, group, choice.label)
    return Step(entry)


def _one_left(entry: Entry, group: Payloads, choice: Choice) -> Step:
    if entry.finding.kind is not FindingKind.DUPLICATES:
        raise DeskError("Only the points of a group can be merged.")
    kept = choice.best.of(group) if choice.kept is None else choice.kept
    if kept not in entry.finding.points:
        raise DeskError(f"Point {kept} is none of the group: say which of its points is kept.")
    if kept not in group:
        raise DeskError(f"Point {kept} has been deleted meanwhile: keep another one.")
    others = tuple(point for point in group if point != kept)
    if choice.action is Action.DROP:
        return Step(entry, others)
    fields = merged_fields(group[kept], [group[point] for point in others])
    return Step(entry, others, FieldsSet(kept, group[kept], fields) if fields else None)


def _relabelled(entry: Entry, group: Payloads, label: Label | None) -> Step:
    finding = entry.finding
    if finding.kind is not FindingKind.DISAGREEMENT:
        raise DeskError("Only a finding about labels can be relabelled.")
    wanted = finding.suggestion if label is None else label
    if wanted is None:
        raise DeskError("Say which label it gets: its neighbours suggest none.")
    ((point, before),) = group.items()
    fields = relabelled(before, finding.field, wanted)
    if fields is None:
        raise DeskError(f"Point {point} has no field {finding.field!r} to relabel.")
    return Step(entry, fields=FieldsSet(point, before, fields))
