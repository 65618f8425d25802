"""The nearest neighbours of points: what graphs, clusters and findings are made from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, cast

import numpy as np
from qdrant_client import models

from engine import Engine
from engine.errors import WrongInput
from explorer.jobs import Cancelled
from explorer.records import record_pages

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from engine.ids import PointId
    from explorer.client import Client
    from explorer.jobs import Report, Stopped

ASKED = 100
"""Queries that a server gets in one call."""

_SMALLER_IS_BETTER = (models.Distance.EUCLID, models.Distance.MANHATTAN)


@dataclass(frozen=True, eq=False)
class Neighbours:
    """The k nearest others of each point; a point is not its own neighbour.

    Attributes:
        ids: of the points, ascending; only such as have the vector.
        indices: int32 (n, k), places in `ids`, nearest first. -1 where a point has fewer: sparse
            vectors that share no index are no neighbours.
        scores: float32 (n, k), as nearest queries show them; NaN where there is no neighbour.
        larger_is_better: whether scores are similarities (Cosine, Dot), not distances.

    """

    ids: tuple[PointId, ...]
    indices: NDArray[np.int32]
    scores: NDArray[np.float32]
    larger_is_better: bool

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def k(self) -> int:
        """How many neighbours a point has at most."""
        return int(self.indices.shape[1])

    @property
    def filled(self) -> NDArray[np.bool_]:
        """Where there is a neighbour, bool (n, k)."""
        return self.indices >= 0

    @cached_property
    def distances(self) -> NDArray[np.float32]:
        """How far each neighbour is, float32 (n, k), at least 0; inf where there is none.

        Scores that are distances stay; cosines become 1 - score. Dot products have no upper end:
        where some exceed 1 they are taken from the largest.
        """
        if self.larger_is_better:
            largest = self.scores[self.filled].max(initial=1.0)
            found = np.maximum(largest - self.scores, 0)
        else:
            found = self.scores
        return np.where(self.filled, found, np.float32(np.inf))

    def nearest(self, k: int) -> Neighbours:
        """Return the first k neighbours of each point."""
        return replace(self, indices=self.indices[:, :k], scores=self.scores[:, :k])

    @cached_property
    def places(self) -> dict[PointId, int]:
        """The place of each point in `ids`."""
        return {point: place for place, point in enumerate(self.ids)}


def neighbours(
    client: Client,
    collection: str,
    using: str = "",
    k: int = 15,
    *,
    wanted: models.Filter | None = None,
    ids: Sequence[PointId] | None = None,
    sample: int | None = None,
    seed: int = 0,
    report: Report | None = None,
    stopped: Stopped | None = None,
) -> Neighbours:
    """Return the nearest neighbours of points among each other.

    The embedded engine compares all pairs, or walks its index where all of many points are asked
    about. A server answers one query per point from its index. Either may miss a few.

    Args:
        client: embedded or remote.
        collection: its name, or an alias.
        using: name of the vector, `""` for the unnamed one.
        k: neighbours of each point, at least 1; at most as many as there are other points.
        wanted: only points that pass this filter.
        ids: only these points; such as are gone or lack the vector are left out.
        sample: draw at most so many points, at least 2; None takes all.
        seed: of the draw.
        report: told how many points are done.
        stopped: asked between two blocks of points.

    Returns:
        Neighbours; empty where fewer than two points are found.

    Raises:
        WrongInput: the collection has no vector of that name.
        Cancelled: `stopped` said so.
        RequestError: what the client raises for a collection or a filter that does not fit.

    """
    larger_is_better = _larger_is_better(client.get_collection(collection), using)
    wanted = _among(wanted, ids)
    step = _Step(report, stopped)
    if isinstance(client, Engine) and ids is None and sample is None:
        graph = client.knn_graph(collection, k, using, wanted, progress=step)
        return Neighbours(tuple(graph.ids), graph.indices, graph.scores, larger_is_better)
    if isinstance(client, Engine):
        matrix = client.distance_matrix(
            collection,
            wanted,
            limit=k,
            sample=max(2, len(ids or ()) if sample is None else sample),
            using=using,
            seed=seed,
            progress=step,
        )
        found = tuple(matrix.ids)
        rows, columns, scores = matrix.rows, matrix.columns, matrix.scores
    else:
        found = drawn(client, collection, using, wanted=wanted, sample=sample, seed=seed)
        if sample is not None:
            wanted = _among(wanted, found)
        rows, columns, scores = _asked(client, collection, using, k, found, wanted, step)
    if len(found) < 2:
        found, k = (), 0
    return _table(found, rows, columns, scores, min(k, max(len(found) - 1, 0)), larger_is_better)


def drawn(
    client: Client,
    collection: str,
    using: str = "",
    *,
    wanted: models.Filter | None = None,
    sample: int | None = None,
    seed: int = 0,
) -> tuple[PointId, ...]:
    """Return the ids of the points that have a vector and pass a filter, ascending.

    Of these at most `sample`, where that is given. Raises what the client raises for a collection
    or a filter that does not fit.
    """
    pages = record_pages(client, collection, wanted=_having(wanted, using))
    ids = [cast("PointId", record.id) for page in pages for record in page]
    if sample is not None and sample < len(ids):
        places = np.random.default_rng(seed).permutation(len(ids))[:sample]
        ids = [ids[place] for place in np.sort(places)]
    return tuple(ids)


@dataclass(frozen=True, slots=True)
class _Step:
    """Tells how far the search is, and ends it when asked to."""

    report: Report | None
    stopped: Stopped | None

    def __call__(self, done: int, total: int) -> None:
        if self.stopped is not None and self.stopped():
            raise Cancelled
        if self.report is not None:
            self.report(done, total, "Finding neighbours")


def _larger_is_better(info: models.CollectionInfo, using: str) -> bool:
    params = info.config.params
    if using in (params.sparse_vectors or {}):
        return True
    dense = params.vectors if isinstance(params.vectors, dict) else {"": params.vectors}
    found = dense.get(using)
    if found is None:
        names = ", ".join(map(repr, (*dense, *(params.sparse_vectors or {}))))
        raise WrongInput(f"There is no vector {using!r} in this collection; choose one of {names}.")
    return found.distance not in _SMALLER_IS_BETTER


def _among(wanted: models.Filter | None, ids: Sequence[PointId] | None) -> models.Filter | None:
    """Return a filter for those of `ids` that pass another one."""
    if ids is None:
        return wanted
    return _both(wanted, models.HasIdCondition(has_id=list(ids)))


def _having(wanted: models.Filter | None, using: str) -> models.Filter:
    return _both(wanted, models.HasVectorCondition(has_vector=using))


def _both(wanted: models.Filter | None, condition: models.Condition) -> models.Filter:
    return models.Filter(must=[condition] if wanted is None else [wanted, condition])


def _asked(
    client: Client,
    collection: str,
    using: str,
    k: int,
    ids: tuple[PointId, ...],
    wanted: models.Filter | None,
    step: _Step,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]:
    """Return places of points and of their neighbours, best first, and the scores, by queries."""
    places = {point: place for place, point in enumerate(ids)}
    cells: list[tuple[int, int, float]] = []
    for start in range(0, len(ids), ASKED):
        step(start, len(ids))
        requests = [
            models.QueryRequest(query=point, using=using or None, filter=wanted, limit=k)
            for point in ids[start : start + ASKED]
        ]
        answers = client.query_batch_points(collection, requests=requests)
        cells += [
            (place, places[cast("PointId", hit.id)], hit.score)
            for place, answer in enumerate(answers, start)
            for hit in answer.points
            if hit.id in places  # not one that was added meanwhile
        ]
    rows, columns, scores = zip(*cells, strict=True) if cells else ((), (), ())
    return np.array(rows, np.int64), np.array(columns, np.int64), np.array(scores, np.float32)


def _table(
    ids: tuple[PointId, ...],
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    scores: NDArray[np.float32],
    k: int,
    larger_is_better: bool,
) -> Neighbours:
    """Return the cells, sorted by row and best first, as one line of k for each point."""
    found = Neighbours(
        ids,
        np.full((len(ids), k), -1, np.int32),
        np.full((len(ids), k), np.nan, np.float32),
        larger_is_better,
    )
    ranks = np.arange(len(rows)) - np.searchsorted(rows, rows)
    found.indices[rows, ranks] = columns
    found.scores[rows, ranks] = scores
    return found
