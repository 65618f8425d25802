"""The k-NN graph: the nearest others of every point, by all pairs or by walks on the index."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine.counts import check_count
from engine.index import loops
from engine.index.join import Cells, Join
from engine.patience import check_patience
from engine.payload.allowed import Allowed
from engine.query.candidates import first_by_id
from engine.query.matrix import best_others, searched_rows
from engine.query.search import allowed_rows, distances
from engine.scoring.leading import leading
from engine.vectors import DenseRows

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray
    from qdrant_client import models

    from engine.ids import PointId
    from engine.query.options import Database, Options
    from engine.snapshot import Snapshot

    Rows = NDArray[np.int64]
    Scores = NDArray[np.float32]
    Step = Callable[[int, int], None]

ALL_PAIRS = 50_000
"""Up to so many points all pairs are compared: walks are not much faster then, and miss some."""

MOST_WALKED = 256
"""Neighbours of a point up to which walks pay: a walk that keeps thousands is a slow scan."""

_TAIL = 0.1
"""Share of points behind the index up to which walks pay; these are compared with all."""

_ASTRAY = 0.1
"""Share of points that may find too few others before all pairs are compared after all."""

_BLOCK = 256


@dataclass(frozen=True, slots=True, eq=False)
class KnnGraph:
    """The k nearest others of each point; a point is not its own neighbour.

    Attributes:
        ids: of the n points, ascending.
        indices: int32 (n, k), places in `ids`, nearest first; -1 where a point has fewer: sparse
            vectors that share no index are no neighbours.
        scores: float32 (n, k), as nearest queries show them; NaN where there is no neighbour.
        exact: whether all pairs were compared; else a few neighbours may be missed.

    """

    ids: Sequence[PointId]
    indices: NDArray[np.int32]
    scores: Scores
    exact: bool


def knn_graph(
    name: str,
    k: int,
    using: str,
    condition: models.Filter | None,
    database: Database,
    options: Options,
    *,
    exact: bool = False,
    progress: Step | None = None,
) -> KnnGraph:
    """Return the nearest others of all points that have a vector and pass a filter.

    Args:
        name: of a collection, or an alias.
        k: neighbours of each point, at least 1; at most as many as there are other points.
        using: name of the vector.
        condition: the filter.
        database: where collections are found.
        options: of the engine.
        exact: compare all pairs, whatever that takes.
        progress: called before each block of points with those done and their total; what it
            raises ends the work.

    Returns:
        The graph; empty where fewer than two points are found.

    Raises:
        InvalidRequest: k below 1.
        NotFound: no such collection.
        WrongInput: no such vector.

    """
    check_count("k", k, 1)
    snapshot = database.snapshot(name)
    vectors = searched_rows(snapshot, using)
    allowed = allowed_rows(snapshot, condition, options).mask & vectors.present
    rows = first_by_id(snapshot, Allowed(allowed), snapshot.rows)
    k = min(k, len(rows) - 1)
    if k < 1:
        return KnnGraph([], np.empty((0, 0), np.int32), np.empty((0, 0), np.float32), exact=True)

    def step(done: int, total: int) -> None:
        check_patience()
        if progress is not None:
            progress(done, total)

    joined = None
    walks_pay = len(rows) > ALL_PAIRS and k <= MOST_WALKED
    if isinstance(vectors, DenseRows) and walks_pay and not exact:
        joined = _joined(snapshot, vectors, allowed, rows, k, step)
    indices, similarities = joined or best_others(vectors, rows, k, step)
    scores = similarities
    if not vectors.spec.larger_is_better:
        scores = distances(vectors.spec, similarities)
    scores = np.where(indices < 0, np.float32(np.nan), scores)
    return KnnGraph(snapshot.ids.ids(rows), indices, scores, exact=joined is None)


def _joined(
    snapshot: Snapshot,
    vectors: DenseRows,
    allowed: NDArray[np.bool_],
    rows: Rows,
    k: int,
    step: Step,
) -> tuple[NDArray[np.int32], Scores] | None:
    """Return what walks find, as places in `rows`; None where they do not pay or find too little.

    Points behind the index, and those whose walks found too few, are compared with all.
    """
    segment = snapshot.segments.get(vectors.spec.name)
    coded = None if segment is None else segment.walked
    if segment is None or coded is None or loops.ready() is None:
        return None
    covered = np.flatnonzero(rows < segment.rows)
    if len(rows) - len(covered) > _TAIL * len(rows):
        return None
    bits = None if len(covered) == segment.linked else Allowed(allowed).bits
    join = Join(segment.graph, coded, vectors, bits)
    found, similarities = join.nearest(rows[covered], k, step)
    astray = covered[(found < 0).any(axis=1)]
    if len(astray) > _ASTRAY * len(rows):
        return None
    places = np.full(len(allowed), -1, np.int64)
    places[rows] = np.arange(len(rows))
    number, rank = np.nonzero(found >= 0)
    cells = [(covered[number], places[found[number, rank]], similarities[number, rank])]
    worst = np.full(len(rows), -np.inf, np.float32)
    worst[covered] = similarities[:, -1]
    apart = np.concatenate([astray, np.flatnonzero(rows >= segment.rows)])
    for start in range(0, len(apart), _BLOCK):
        step(len(rows) - len(apart) + start, len(rows))
        cells.append(_compared(vectors, rows, apart[start : start + _BLOCK], worst, k))
    return Cells(*map(np.concatenate, zip(*cells, strict=True))).leading(len(rows), k)


def _compared(
    vectors: DenseRows, rows: Rows, chosen: Rows, worst: Scores, k: int
) -> tuple[Rows, Rows, Scores]:
    """Return the cells that matter of some places of `rows`, compared with all.

    These are the k best of each, and those that are better than the `worst` that the other has.
    """
    examples = np.asarray(vectors.data[rows[chosen]], np.float32)
    found = vectors.compared(examples, rows)
    found[np.arange(len(chosen)), chosen] = -np.inf
    number, other = np.nonzero((found > worst) & np.isfinite(worst))
    best, similarities = leading(found, k)
    line, rank = np.nonzero(best >= 0)
    return (
        np.concatenate([chosen[number], chosen[line]]),
        np.concatenate([other, best[line, rank].astype(np.int64)]),
        np.concatenate([found[number, other], similarities[line, rank]]),
    )
