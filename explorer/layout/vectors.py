"""The vectors of one name as one matrix, read through the client's own methods."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import numpy as np
from qdrant_client import models

from engine import Engine
from engine.vectors import DenseRows
from explorer.jobs import Cancelled
from explorer.layout.layout import LayoutError
from explorer.records import PAGE, chosen_records, record_pages

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray
    from scipy import sparse

    from engine.ids import PointId
    from engine.snapshot import Snapshot
    from explorer.client import Client
    from explorer.jobs import Report, Stopped

Matrix: TypeAlias = "NDArray[np.float32] | sparse.csr_array"
"""Rows of float32: dense (n, d), or sparse where the vectors are."""

UNITS = 1 << 20
"""Numbers hashed, or asked of a server, at a time."""


@dataclass(frozen=True, eq=False)
class VectorTable:
    """All vectors of one name, in the order of a scroll.

    Attributes:
        ids: of every point of the collection.
        X: one row per point; zeros where the point lacks this vector. A multivector is the mean of
            its rows.
        present: bool (n,), whether the point has this vector.
        distance: what the vectors are compared by.

    """

    ids: tuple[PointId, ...]
    X: Matrix
    present: NDArray[np.bool_]
    distance: models.Distance

    def marks(self) -> NDArray[np.uint64]:
        """Return a hash of each row, uint64 (n,): equal vectors have equal marks."""
        return self._marks

    @cached_property
    def _marks(self) -> NDArray[np.uint64]:
        X = self.X
        marks = np.empty(X.shape[0], np.uint64)
        words = -(-X.shape[1] // 2)  # two numbers are hashed as one
        weights = np.random.default_rng(0).integers(1 << 63, size=words, dtype=np.uint64) | 1
        step = max(UNITS // max(X.shape[1], 1), 1)
        for start in range(0, len(marks), step):
            block = X[start : start + step]
            dense = np.zeros((block.shape[0], 2 * words), np.float32)
            dense[:, : X.shape[1]] = block if isinstance(block, np.ndarray) else block.toarray()
            bits = dense.view(np.uint64)
            marks[start : start + step] = (bits ^ bits >> 29) @ weights
        return marks ^ self.present


def vector_names(info: models.CollectionInfo) -> tuple[str, ...]:
    """Return the names of a collection's vectors, dense ones first; `""` is the unnamed one."""
    params = info.config.params
    dense = list(params.vectors) if isinstance(params.vectors, dict) else [""]
    return (*(dense if params.vectors else ()), *(params.sparse_vectors or ()))


def read_vectors(
    client: Client,
    collection: str,
    using: str,
    report: Report | None = None,
    stopped: Stopped | None = None,
) -> VectorTable:
    """Read every vector named `using` (`""` is the unnamed one) of a collection.

    Raises LayoutError when the collection has no vector of that name, Cancelled when stopped.
    """
    info = client.get_collection(collection)
    _check_name(info, collection, using)
    if isinstance(client, Engine):
        snapshot = client.snapshot(collection)
        table = _embedded(snapshot, using, snapshot.ids.order())
        if table is not None:
            return table
    size = _page(info, using)
    pages = record_pages(client, collection, with_vectors=_asked(using), size=size)
    return _gathered(pages, info, using, info.points_count, report, stopped)


def vectors_of(
    client: Client,
    collection: str,
    using: str,
    ids: Sequence[PointId],
    report: Report | None = None,
    stopped: Stopped | None = None,
) -> VectorTable:
    """Read the vectors named `using` of these points; points that are gone are left out.

    Raises LayoutError when the collection has no vector of that name, Cancelled when stopped.
    """
    info = client.get_collection(collection)
    _check_name(info, collection, using)
    if isinstance(client, Engine):
        snapshot = client.snapshot(collection)
        rows = snapshot.ids.rows_of(ids)
        table = _embedded(snapshot, using, rows[rows >= 0])
        if table is not None:
            return table
    pages = chosen_records(client, collection, ids, with_vectors=_asked(using))
    return _gathered(pages, info, using, len(ids), report, stopped)


def _check_name(info: models.CollectionInfo, collection: str, using: str) -> None:
    if using not in vector_names(info):
        names = ", ".join(map(repr, vector_names(info)))
        if not names:
            raise LayoutError(f"Collection {collection!r} has no vectors to draw a map by.")
        raise LayoutError(f"collection {collection!r} has no vector {using!r}; it has {names}")


def _asked(using: str) -> bool | list[str]:
    return [using] if using else True


def _embedded(snapshot: Snapshot, using: str, rows: NDArray[np.int64]) -> VectorTable | None:
    """Return dense vectors straight from the engine's rows; None for the other kinds."""
    vectors = snapshot.vectors[using]
    if not isinstance(vectors, DenseRows):
        return None
    all_in_order = len(rows) == len(vectors.data) and np.array_equal(rows, np.arange(len(rows)))
    data = vectors.data if all_in_order else vectors.data[rows]
    X = np.ascontiguousarray(data, np.float32)  # as it lies on disk, where it can be
    return VectorTable(
        tuple(snapshot.ids.ids(rows)), X, vectors.present[rows], vectors.spec.distance
    )


def _gathered(
    pages: Iterable[Sequence[models.Record]],
    info: models.CollectionInfo,
    using: str,
    total: int | None,
    report: Report | None,
    stopped: Stopped | None,
) -> VectorTable:
    ids: list[PointId] = []
    rows: list[Any] = []
    for page in pages:
        ids += [cast("PointId", record.id) for record in page]
        rows += [_row(record, using) for record in page]
        if report:
            report(len(ids), total, "Reading vectors")
        if stopped and stopped():
            raise Cancelled
    present = np.array([row is not None for row in rows], bool)
    return VectorTable(tuple(ids), _matrix(rows, info, using), present, _distance(info, using))


def _page(info: models.CollectionInfo, using: str) -> int:
    """Return how many points to ask for at a time: some megabytes, whatever the vectors' size."""
    if using in (info.config.params.sparse_vectors or {}):
        return PAGE
    return max(1, min(PAGE, UNITS // _dense_params(info, using).size))


def _row(record: models.Record, using: str) -> Any:
    vector: Any = record.vector
    if isinstance(vector, dict):
        vector = vector.get(using)
    if vector is None or isinstance(vector, models.SparseVector):
        return vector
    row = np.asarray(vector, np.float32)
    return row if row.ndim == 1 else row.mean(axis=0)


def _matrix(rows: list[Any], info: models.CollectionInfo, using: str) -> Matrix:
    if using in (info.config.params.sparse_vectors or {}):
        return _sparse_matrix(rows)
    size = _dense_params(info, using).size
    X = np.zeros((len(rows), size), np.float32)
    for place, row in enumerate(rows):
        if row is not None:
            X[place] = row
    return X


def _sparse_matrix(rows: list[models.SparseVector | None]) -> sparse.csr_array:
    """Return rows over the indices that occur, renumbered: an index may be as large as 2**32."""
    from scipy import sparse  # noqa: PLC0415 - slow to import

    lengths = [len(row.indices) if row else 0 for row in rows]
    indices = np.array([index for row in rows if row for index in row.indices], np.int64)
    values = np.array([value for row in rows if row for value in row.values], np.float32)
    terms, columns = np.unique(indices, return_inverse=True)
    offsets = np.concatenate(([0], np.cumsum(lengths, dtype=np.int64)))
    return sparse.csr_array((values, columns, offsets), shape=(len(rows), max(len(terms), 1)))


def _distance(info: models.CollectionInfo, using: str) -> models.Distance:
    if using in (info.config.params.sparse_vectors or {}):
        return models.Distance.DOT
    return _dense_params(info, using).distance


def _dense_params(info: models.CollectionInfo, using: str) -> models.VectorParams:
    vectors = info.config.params.vectors
    found = vectors[using] if isinstance(vectors, dict) else vectors
    return cast("models.VectorParams", found)
