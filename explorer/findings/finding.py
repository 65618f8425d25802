"""A finding: points that deserve a second look, why, and the neighbours that say so."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b
from typing import TYPE_CHECKING, TypeAlias

from pydantic import TypeAdapter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.neighbours import Neighbours

PointId: TypeAlias = int | str
Label: TypeAlias = bool | int | str

EVIDENCE = 8
"""How many neighbours a finding names."""


class FindingKind(StrEnum):
    """What may be wrong."""

    OUTLIER = "outlier"
    DUPLICATES = "duplicates"
    DISAGREEMENT = "disagreement"


@dataclass(frozen=True, slots=True)
class Evidence:
    """A neighbour, and the score that a nearest query gives it."""

    point: PointId
    score: float


@dataclass(frozen=True, slots=True)
class Finding:
    """One suspicion.

    Attributes:
        kind: what may be wrong.
        points: whom it is about: one point, or all of a group of duplicates.
        strength: how strong the suspicion is; comparable among findings of one list.
        reason: one sentence for people.
        evidence: the nearest neighbours, nearest first.
        field: the payload field of a disagreement, else `""`.
        label: what the point says there, where labels disagree.
        suggestion: what its neighbours say.

    """

    kind: FindingKind
    points: tuple[PointId, ...]
    strength: float
    reason: str
    evidence: tuple[Evidence, ...] = ()
    field: str = ""
    label: Label | None = None
    suggestion: Label | None = None

    @property
    def key(self) -> str:
        """16 hex digits that are equal for the same suspicion about the same points."""
        subject = [self.kind.value, *sorted(map(repr, self.points)), self.field]
        return blake2b("\0".join(subject).encode(), digest_size=8).hexdigest()

    def to_json(self) -> str:
        """Return the finding as JSON."""
        return _FINDING.dump_json(self).decode()

    @classmethod
    def from_json(cls, text: str) -> Finding:
        """Return the finding that `to_json` wrote; raises ValueError for any other text."""
        return _FINDING.validate_json(text)


_FINDING = TypeAdapter(Finding)


def evidence(neighbours: Neighbours, place: int, count: int = EVIDENCE) -> tuple[Evidence, ...]:
    """Return the nearest neighbours of one point, at most `count` of them."""
    near = zip(
        neighbours.indices[place, :count].tolist(),
        neighbours.scores[place, :count].tolist(),
        strict=True,
    )
    return tuple(Evidence(neighbours.ids[other], score) for other, score in near if other >= 0)


def marks(findings: Sequence[Finding]) -> dict[PointId, str]:
    """Return what a payload field may say of the points of findings, by point.

    Such as `outlier`, `duplicates 3` for the third group, or `disagreement: 4` where the neighbours
    say 4. The first finding about a point counts.
    """
    marked: dict[PointId, str] = {}
    groups = 0
    for finding in findings:
        groups += finding.kind is FindingKind.DUPLICATES
        mark = {
            FindingKind.OUTLIER: "outlier",
            FindingKind.DUPLICATES: f"duplicates {groups}",
            FindingKind.DISAGREEMENT: f"disagreement: {finding.suggestion}",
        }[finding.kind]
        for point in finding.points:
            marked.setdefault(point, mark)
    return marked
