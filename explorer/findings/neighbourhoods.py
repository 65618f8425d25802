"""What findings are made from, computed once and kept: neighbours, labels, the least alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from explorer.client import change_count
from explorer.conditions import filter_of
from explorer.findings.labels import labels_of
from explorer.findings.outliers import Dissimilar, most_dissimilar
from explorer.kept import Kept
from explorer.neighbours import Neighbours, neighbours

if TYPE_CHECKING:
    from engine.ids import PointId
    from explorer.client import Client
    from explorer.conditions import Condition
    from explorer.findings.finding import Label
    from explorer.jobs import Report, Stopped

Labels: TypeAlias = "tuple[Label | None, ...]"

MAX_NEIGHBOURS = 6
"""Neighbourhoods that are kept: of 20,000 points with 15 neighbours each takes some megabytes."""

MAX_LABELS = 12


@dataclass(frozen=True, slots=True)
class Scope:
    """Which points are compared, and by what. Equal scopes of the same data find the same.

    Attributes:
        collection: its name.
        using: the vector, `""` for the unnamed one.
        k: neighbours of each point.
        sample: at most so many points, drawn by `seed`; None for all.
        seed: of the draw.
        conditions: only points that meet them all.

    """

    collection: str
    using: str = ""
    k: int = 15
    sample: int | None = None
    seed: int = 0
    conditions: tuple[Condition, ...] = ()


class Neighbourhoods:
    """Neighbours by scope, and what points are labelled; another state of the data has its own."""

    def __init__(self, client: Client) -> None:
        """Read through `client`."""
        self._client = client
        self._neighbours: Kept[Neighbours] = Kept(MAX_NEIGHBOURS)
        self._labels: Kept[Labels] = Kept(MAX_LABELS)
        self._dissimilar: Kept[Dissimilar] = Kept(MAX_LABELS)

    def neighbours(
        self, scope: Scope, report: Report | None = None, stopped: Stopped | None = None
    ) -> Neighbours:
        """Return the neighbours of the points of a scope; raises what `neighbours` raises."""
        key = (scope.collection, scope, *self._state(scope))
        return self._neighbours.find(key) or self._neighbours.put(
            key,
            neighbours(
                self._client,
                scope.collection,
                scope.using,
                scope.k,
                wanted=filter_of(scope.conditions),
                sample=scope.sample,
                seed=scope.seed,
                report=report,
                stopped=stopped,
            ),
        )

    def kept_neighbours(self, scope: Scope) -> Neighbours | None:
        """Return the neighbours that are kept, or None."""
        return self._neighbours.find((scope.collection, scope, *self._state(scope)))

    def labels(
        self,
        scope: Scope,
        field: str,
        report: Report | None = None,
        stopped: Stopped | None = None,
    ) -> Labels:
        """Return what a payload field says of each point of a scope, in the order of its ids."""
        key = (scope.collection, scope, field, *self._state(scope))
        found = self._labels.find(key)
        if found is not None:
            return found
        ids = self.neighbours(scope, report, stopped).ids
        return self._labels.put(
            key, labels_of(self._client, scope.collection, field, ids, report, stopped)
        )

    def kept_labels(self, scope: Scope, field: str) -> Labels | None:
        """Return the labels that are kept, or None."""
        return self._labels.find((scope.collection, scope, field, *self._state(scope)))

    def dissimilar(self, scope: Scope, chosen: tuple[PointId, ...], limit: int) -> Dissimilar:
        """Return the points of a scope that are least like chosen ones, or like a sample of all.

        Raises what the client raises.
        """
        key = (scope.collection, scope, chosen, limit, *self._state(scope))
        found = self._dissimilar.find(key)
        if found is not None:
            return found
        ids = self.neighbours(scope).ids
        return self._dissimilar.put(
            key,
            most_dissimilar(
                self._client,
                scope.collection,
                scope.using,
                ids,
                limit,
                chosen=chosen,
                seed=scope.seed,
            ),
        )

    def forget(self, collection: str) -> None:
        """Drop what is kept of a collection, whose payload or vectors have changed."""
        for kept in (self._neighbours, self._labels, self._dissimilar):
            kept.forget(collection)

    def _state(self, scope: Scope) -> tuple[int, int | None]:
        """Return what tells this state of the data from others, as far as the client tells."""
        count = self._client.get_collection(scope.collection).points_count
        return change_count(self._client, scope.collection), count
