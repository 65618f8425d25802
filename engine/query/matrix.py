"""The distance matrix: for each point of a sample, its nearest others in the sample."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from qdrant_client import models

from engine.counts import check_count
from engine.errors import WrongInput
from engine.ids import PointId, parse_point_id
from engine.patience import check_patience
from engine.payload.allowed import Allowed
from engine.query.candidates import first_by_id
from engine.query.resolve import rows_with_vector
from engine.query.search import allowed_rows, distances
from engine.scoring.leading import leading
from engine.scoring.mutual import nearest_others
from engine.vectors import DenseRows, SparseRows

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from engine.query.options import Database, Options
    from engine.snapshot import Snapshot
    from engine.vectors import VectorRows

DEFAULT_SAMPLE = 10
DEFAULT_LIMIT = 3
_BLOCK = 512  # rows of the matrix that are held at a time,
_HELD = 1 << 22  # or fewer, so that no more cells than this are held


@dataclass(frozen=True, slots=True, eq=False)
class DistanceMatrix:
    """The filled cells, row by row, best first within a row; the diagonal is left out.

    Attributes:
        ids: the sampled points, ascending; rows and columns are places in this list.
        rows: int64 (cells,).
        columns: int64 (cells,).
        scores: float32 (cells,), as nearest queries show them.

    """

    ids: Sequence[PointId]
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    scores: NDArray[np.float32]

    def to_pairs(self) -> models.SearchMatrixPairsResponse:
        """Return the cells as pairs of ids."""
        cells = zip(self.rows.tolist(), self.columns.tolist(), self.scores.tolist(), strict=True)
        pairs = [
            models.SearchMatrixPair.model_construct(
                a=self.ids[row], b=self.ids[column], score=score
            )
            for row, column, score in cells
        ]
        return models.SearchMatrixPairsResponse.model_construct(pairs=pairs)

    def to_offsets(self) -> models.SearchMatrixOffsetsResponse:
        """Return the cells as a sparse matrix in coordinate form."""
        return models.SearchMatrixOffsetsResponse.model_construct(
            offsets_row=self.rows.tolist(),
            offsets_col=self.columns.tolist(),
            scores=self.scores.tolist(),
            ids=list(self.ids),
        )


def distance_matrix(
    name: str,
    request: models.SearchMatrixRequest,
    database: Database,
    options: Options,
    *,
    ids: Sequence[object] | None = None,
    seed: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> DistanceMatrix:
    """Compare the points of a sample with each other.

    Args:
        name: of a collection, or an alias.
        request: filter, vector, how many points are drawn (10), how many neighbours each (3).
        database: where collections are found.
        options: of the engine.
        ids: compare these points instead of drawing some; those outside the filter are left out.
        seed: of the draw; the same seed draws the same points from the same collection.
        progress: called before each block of rows with those done and their total; what it raises
            ends the work.

    Returns:
        The matrix; empty where fewer than two points are found.

    Raises:
        InvalidRequest: `sample` below 2, `limit` below 1, or `seed` below 0.
        NotFound: no such collection, or one of `ids` does not exist or lacks the vector.
        WrongInput: no such vector.

    """
    sample = DEFAULT_SAMPLE if request.sample is None else request.sample
    limit = DEFAULT_LIMIT if request.limit is None else request.limit
    check_count("search_request.sample", sample, 2)
    check_count("search_request.limit", limit, 1)
    check_count("seed", seed, 0)
    snapshot = database.snapshot(name)
    vectors = searched_rows(snapshot, request.using or "")
    allowed = allowed_rows(snapshot, request.filter, options).mask & vectors.present
    if ids is None:
        _draw(allowed, sample, seed)
    else:
        _choose(allowed, ids, snapshot, vectors)
    rows = first_by_id(snapshot, Allowed(allowed), snapshot.rows)
    if len(rows) < 2:
        return DistanceMatrix([], *(np.empty(0, np.int64),) * 2, np.empty(0, np.float32))

    def step(done: int, total: int) -> None:
        check_patience()
        if progress is not None:
            progress(done, total)

    others, similarities = best_others(vectors, rows, limit, step)
    places, ranks = np.nonzero(others >= 0)
    columns, scores = others[places, ranks].astype(np.int64), similarities[places, ranks]
    if not vectors.spec.larger_is_better:
        scores = distances(vectors.spec, scores)
    return DistanceMatrix(snapshot.ids.ids(rows), places, columns, scores)


def searched_rows(snapshot: Snapshot, name: str) -> VectorRows:
    """Return all rows of a named vector; raises WrongInput where there is none."""
    if name not in snapshot.vectors:
        raise WrongInput(f"Vector with name {name} is not configured in this collection")
    return snapshot.vectors[name]


def _draw(allowed: NDArray[np.bool_], sample: int, seed: int | None) -> None:
    """Leave at most `sample` rows of the mask."""
    rows = np.flatnonzero(allowed)
    if len(rows) > sample:
        dropped = np.random.default_rng(seed).permutation(rows)[sample:]
        allowed[dropped] = False


def _choose(
    allowed: NDArray[np.bool_], ids: Sequence[object], snapshot: Snapshot, vectors: VectorRows
) -> None:
    """Leave only the rows of `ids` in the mask."""
    points = [parse_point_id(value) for value in ids]
    chosen = np.zeros_like(allowed)
    chosen[rows_with_vector(snapshot, points, vectors)] = True
    allowed &= chosen


def best_others(
    vectors: VectorRows,
    rows: NDArray[np.int64],
    limit: int,
    step: Callable[[int, int], None],
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Return the most similar others of each of some rows among each other, by all pairs.

    Args:
        vectors: all rows.
        rows: int64 (n,), those that are compared.
        limit: others of each, at least 1.
        step: told how many rows are done, and their number; what it raises ends the work.

    Returns:
        int32 and float32 (n, min(limit, n)): places in `rows` and similarities, best first; -1 and
        -inf where there are no more.

    """
    if isinstance(vectors, DenseRows):
        return nearest_others(vectors.take(rows).between, len(rows), limit, step)
    return _row_by_row(vectors, rows, limit, step)


def _row_by_row(
    vectors: VectorRows,
    rows: NDArray[np.int64],
    limit: int,
    step: Callable[[int, int], None],
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Return what `nearest_others` does, for vectors whose similarity has a direction."""
    size = max(1, min(_BLOCK, _HELD // len(rows)))
    found = []
    for start in range(0, len(rows), size):
        step(start, len(rows))
        places = np.arange(start, min(start + size, len(rows)))
        queries = [vectors.get(int(row)) for row in rows[places]]
        similarities = vectors.similarities(queries, rows)
        if isinstance(vectors, SparseRows):
            for row, query in zip(similarities, queries, strict=True):
                row[~vectors.shares_index(query)[rows]] = -np.inf
        similarities[places - start, places] = -np.inf
        found.append(leading(similarities, limit))
    columns, scores = (np.concatenate(part) for part in zip(*found, strict=True))
    return columns, scores
