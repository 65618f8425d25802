"""The points that are clustered: which, and what is read of them, once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, cast

import numpy as np

from explorer.clusters.evidence import gather
from explorer.clusters.ground import LEAST_POINTS, Ground
from explorer.conditions import filter_of
from explorer.fields import payload_fields
from explorer.jobs import Cancelled
from explorer.layout.pairs import comparable
from explorer.layout.vectors import vectors_of
from explorer.nearest import Scope
from explorer.neighbours import drawn
from explorer.records import chosen_records
from explorer.results import a_vector

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from qdrant_client.models import Distance

    from engine.ids import PointId
    from explorer.client import Client
    from explorer.clusters.evidence import Evidence, Payload
    from explorer.conditions import Condition
    from explorer.jobs import Report, Stopped
    from explorer.layout.vectors import Matrix
    from explorer.neighbours import Neighbours


class ClusteringError(Exception):
    """Nothing can be clustered; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Which points are clustered, by which vector.

    Attributes:
        using: the vector, `""` for the unnamed one.
        conditions: only points that meet all of them.
        size: at most so many, drawn at random; None for all.
        seed: of the draw.

    """

    collection: str
    using: str = ""
    conditions: tuple[Condition, ...] = ()
    size: int | None = None
    seed: int = 0


@dataclass(frozen=True, eq=False)
class Sample:
    """Chosen points with all that is known of them.

    Attributes:
        ids: ascending; only points that have the vector.
        X: (n, d), as methods see it: at length 1 where angles are compared.
        distance: what the vectors are compared by.
        evidence: of their payload.

    """

    choice: Choice
    ids: tuple[PointId, ...]
    X: Matrix
    distance: Distance
    evidence: Evidence

    def __len__(self) -> int:
        """Return the number of points."""
        return len(self.ids)

    def row(self, point: PointId) -> int | None:
        """Return the row of a point, None where it is not in the sample."""
        return self._rows.get(point)

    def chosen(self, rows: NDArray[np.integer]) -> tuple[PointId, ...]:
        """Return the ids of rows."""
        return tuple(self.ids[row] for row in rows)

    def scope(self, k: int) -> Scope:
        """Return what finds the k nearest neighbours of the points among each other."""
        choice = self.choice
        if choice.size is None:
            return Scope(choice.collection, choice.using, k, conditions=choice.conditions)
        return Scope(choice.collection, choice.using, k, ids=self.ids)

    def ground(self, near: Neighbours | None) -> Ground:
        """Return what methods see; points that went meanwhile have no neighbours in `near`."""
        if near is None:
            none = np.empty((len(self), 0))
            return Ground(self.X, none.astype(np.int32), none.astype(np.float32))
        if near.ids == self.ids:
            return Ground(self.X, near.indices, near.distances)
        rows = np.array([self._rows.get(point, -1) for point in near.ids], np.int32)
        known = rows >= 0  # others came since
        indices = np.full((len(self), near.k), -1, np.int32)
        distances = np.full((len(self), near.k), np.inf, np.float32)
        indices[rows[known]] = np.where(near.filled, rows[near.indices], -1)[known]
        distances[rows[known]] = near.distances[known]
        distances[indices < 0] = np.inf
        return Ground(self.X, indices, distances)

    @cached_property
    def _rows(self) -> dict[PointId, int]:
        return {point: row for row, point in enumerate(self.ids)}


def read_sample(client: Client, choice: Choice, report: Report, stopped: Stopped) -> Sample:
    """Read the chosen points.

    Raises ClusteringError for fewer than three points, Cancelled, LayoutError where there is no
    such vector, and what the client raises.
    """
    wanted = filter_of(choice.conditions)
    ids = drawn(
        client,
        choice.collection,
        choice.using,
        wanted=wanted,
        sample=choice.size,
        seed=choice.seed,
    )
    payloads = _payloads(client, choice, ids, report, stopped)
    table = vectors_of(client, choice.collection, choice.using, ids, report, stopped)
    rows = np.array(
        [
            row
            for row, point in enumerate(table.ids)
            if point in payloads and bool(table.present[row])
        ],
        np.int64,
    )
    if len(rows) < LEAST_POINTS:
        raise ClusteringError(_too_few(len(rows), choice))
    kept = tuple(table.ids[row] for row in rows)
    evidence = gather(
        [payloads[point] for point in kept], payload_fields(client, choice.collection)
    )
    return Sample(choice, kept, _seen(table.X[rows], table.distance), table.distance, evidence)


def _payloads(
    client: Client,
    choice: Choice,
    ids: tuple[PointId, ...],
    report: Report,
    stopped: Stopped,
) -> dict[PointId, Payload]:
    payloads: dict[PointId, Payload] = {}
    for page in chosen_records(client, choice.collection, ids, with_payload=True):
        payloads |= {cast("PointId", record.id): record.payload or {} for record in page}
        report(len(payloads), len(ids), "Reading points")
        if stopped():
            raise Cancelled
    return payloads


def _seen(X: Matrix, distance: Distance) -> Matrix:
    """Return rows as methods see them: at length 1 where angles are compared, as in sparse ones."""
    if isinstance(X, np.ndarray):
        return comparable(X, distance)
    from sklearn.preprocessing import normalize  # noqa: PLC0415 - slow to import

    X.indices, X.indptr = X.indices.astype(np.int32), X.indptr.astype(np.int32)  # as it wants them
    return cast("Matrix", normalize(X))


def _too_few(count: int, choice: Choice) -> str:
    passing = " and pass the filters" if choice.conditions else ""
    found = {0: "No point has", 1: "Only one point has"}.get(count, f"Only {count} points have")
    advice = "Loosen the filters" if choice.conditions else "Choose another vector or collection"
    lacking = f"{found} {a_vector(choice.using)}{passing}"
    return f"{lacking}; clusters need at least {LEAST_POINTS}. {advice}."
