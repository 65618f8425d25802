"""What findings are made from beside neighbours, kept: labels, and the points least alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from explorer.client import change_count
from explorer.findings.labels import labels_of
from explorer.findings.outliers import Dissimilar, most_dissimilar
from explorer.kept import Kept

if TYPE_CHECKING:
    from engine.ids import PointId
    from explorer.client import Client
    from explorer.findings.finding import Label
    from explorer.jobs import Report, Stopped
    from explorer.nearest import Nearest, Scope

Labels: TypeAlias = "tuple[Label | None, ...]"

MAX_LABELS = 12


class Neighbourhoods:
    """What the points of a scope are labelled; another state of the data has its own."""

    def __init__(self, client: Client, nearest: Nearest) -> None:
        """Read through `client`; `nearest` finds neighbours through the same."""
        self._client = client
        self._nearest = nearest
        self._labels: Kept[Labels] = Kept(MAX_LABELS)
        self._dissimilar: Kept[Dissimilar] = Kept(MAX_LABELS)

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
        ids = self._nearest.neighbours(scope, report, stopped).ids
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
        ids = self._nearest.neighbours(scope).ids
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
        for kept in (self._labels, self._dissimilar):
            kept.forget(collection)

    def _state(self, scope: Scope) -> tuple[int, int | None]:
        """Return what tells this state of the data from others, as far as the client tells."""
        count = self._client.get_collection(scope.collection).points_count
        return change_count(self._client, scope.collection), count
