"""The neighbour graphs of a client's collections: found once, for all who start from them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from explorer.client import change_count
from explorer.conditions import filter_of
from explorer.kept import Kept
from explorer.neighbours import Neighbours, neighbours

if TYPE_CHECKING:
    from collections.abc import Hashable

    from engine.ids import PointId
    from explorer.client import Client
    from explorer.conditions import Condition
    from explorer.jobs import Report, Stopped

MAX_GRAPHS = 8
"""Neighbour graphs that are kept: of 100,000 points with 15 neighbours each takes 12 MB."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Which points are compared, and by what. Equal scopes of the same data find the same.

    Attributes:
        collection: its name.
        using: the vector, `""` for the unnamed one.
        k: neighbours of each point, at least 1.
        sample: at most so many points, at least 2, drawn by `seed`; None for all.
        seed: of the draw.
        conditions: only points that meet them all.
        ids: only these points; None for all.

    """

    collection: str
    using: str = ""
    k: int = 15
    sample: int | None = None
    seed: int = 0
    conditions: tuple[Condition, ...] = ()
    ids: tuple[PointId, ...] | None = None


def within(
    client: Client, scope: Scope, report: Report | None = None, stopped: Stopped | None = None
) -> Neighbours:
    """Return the neighbours of the points of a scope, kept nowhere; raises as `neighbours` does."""
    return neighbours(
        client,
        scope.collection,
        scope.using,
        scope.k,
        wanted=filter_of(scope.conditions),
        ids=scope.ids,
        sample=scope.sample,
        seed=scope.seed,
        report=report,
        stopped=stopped,
    )


class Nearest:
    """Neighbours by scope; another state of the data has its own."""

    def __init__(self, client: Client) -> None:
        """Read through `client`."""
        self._client = client
        self._kept: Kept[tuple[int, Neighbours]] = Kept(MAX_GRAPHS)

    def neighbours(
        self, scope: Scope, report: Report | None = None, stopped: Stopped | None = None
    ) -> Neighbours:
        """Return the neighbours of the points of a scope; raises what `neighbours` raises."""
        known = self.kept(scope)
        if known is not None:
            return known
        key = self._key(scope)
        found = within(self._client, scope, report, stopped)
        return self._kept.put(key, (scope.k, found))[1]

    def kept(self, scope: Scope) -> Neighbours | None:
        """Return the neighbours that are kept, of those of a larger `k` the first; or None."""
        asked, found = self._kept.find(self._key(scope)) or (0, None)
        if found is None or asked < scope.k:
            return None
        return found if asked == scope.k else found.nearest(scope.k)

    def forget(self, collection: str) -> None:
        """Drop what is kept of a collection, whose payload or vectors have changed."""
        self._kept.forget(collection)

    def _key(self, scope: Scope) -> tuple[Hashable, ...]:
        """Return a key that changes with the collection, as far as its client can tell."""
        name = scope.collection
        points = self._client.get_collection(name).points_count
        return (name, change_count(self._client, name), points, replace(scope, k=0))
