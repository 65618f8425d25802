"""Multivectors, several vectors of one size per row, compared by MaxSim."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from qdrant_client import models

from engine.errors import InvalidRequest, WrongInput
from engine.scoring import kernels
from engine.scoring.late_interaction import max_similarities, similarities_to
from engine.storage.ragged import ranges
from engine.vectors.dense import check_dimension, encode_dense, normalised, rounded
from engine.vectors.values import SparseValues, Vector

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import ArrayLike, NDArray

    from engine.schema import VectorSpec

_BLOCK = 1 << 12  # rows whose vectors are made float32 at a time


def encode_multi(spec: VectorSpec, vectors: ArrayLike) -> NDArray[Any]:
    """Return one point's vectors (k, size) as they are stored; one dense vector is taken as k = 1.

    Raises InvalidRequest when there is none, WrongInput as `encode_dense` does.
    """
    if np.size(np.asarray(vectors, dtype=object)) == 0:
        raise InvalidRequest("vector", "multivector must hold at least one vector")
    return encode_dense(spec, vectors)


@dataclass(frozen=True, eq=False)
class MultiRows:
    """All rows of one multivector.

    Attributes:
        data: (total, size) of the stored dtype, the vectors of row r at offsets[r]:offsets[r + 1].
        offsets: uint64 (rows + 1,).
        present: bool (rows,), which rows have the vector.

    """

    spec: VectorSpec
    data: NDArray[Any]
    offsets: NDArray[np.uint64]
    present: NDArray[np.bool_]

    def get(self, row: int) -> NDArray[np.float32]:
        """Return one stored multivector, float32 (vectors, size)."""
        return np.asarray(self.data[self._starts[row] : self._starts[row + 1]], dtype=np.float32)

    def to_model(self, row: int) -> list[list[float]]:
        """Return one stored multivector as responses show it."""
        return self.get(row).tolist()  # type: ignore[no-any-return]  # tolist is typed by shape

    def similarities(
        self, queries: Sequence[Vector], rows: NDArray[np.int64] | None = None
    ) -> NDArray[np.float32]:
        """Return MaxSim of each row to each query: the best matches, summed over the query.

        Not symmetric; 0 for rows that lack the vector. A dense query counts as one vector.

        Returns:
            float32 (queries, rows).

        Raises:
            WrongInput: a query of another dimension or kind.

        """
        wanted = np.arange(len(self.present)) if rows is None else rows
        asked = [self._compared(rounded(self.spec, self._matrix(query))) for query in queries]
        found = np.zeros((len(queries), len(wanted)), dtype=np.float32)
        for part, tokens, starts, ends in self._blocks(wanted):
            for scores, query in zip(found[:, part], asked, strict=True):
                scores[:] = max_similarities(self.spec.distance, tokens, query, starts, ends)
        return found

    def asking(self, asked: NDArray[np.float32], rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return MaxSim of each of some rows, as the query, to vectors, float32 (rows,)."""
        found = np.empty(len(rows), dtype=np.float32)
        for part, tokens, starts, ends in self._blocks(rows):
            found[part] = similarities_to(self.spec.distance, tokens, asked, starts, ends)
        return found

    def take(self, rows: NDArray[np.int64]) -> MultiRows:
        """Return copies of some rows, side by side in this order."""
        starts = self._starts[rows]
        counts = self._starts[rows + 1] - starts
        offsets = np.append(0, np.cumsum(counts)).astype(np.uint64)
        data = self.data[ranges(starts, counts)]
        return MultiRows(self.spec, data, offsets, self.present[rows])

    def widened(self) -> MultiRows:
        """Return the stored values as those of a vector of datatype float32."""
        spec = replace(self.spec, datatype=models.Datatype.FLOAT32)
        return MultiRows(
            spec, np.ascontiguousarray(self.data, np.float32), self.offsets, self.present
        )

    def as_queries(self) -> MultiRows:
        """Return the rows as they are where they are the query: normalised for Cosine."""
        return MultiRows(self.spec, rounded(self.spec, self.data), self.offsets, self.present)

    def _blocks(
        self, rows: NDArray[np.int64]
    ) -> Iterator[tuple[slice, NDArray[np.float32], NDArray[np.int64], NDArray[np.int64]]]:
        """Yield parts of the rows: their vectors in float32, and where those of each row are."""
        starts, ends = self._starts[rows], self._starts[rows + 1]
        if kernels.is_plain(self.data):
            yield slice(None), self.data, starts, ends
            return
        for first in range(0, len(rows), _BLOCK):
            part = slice(first, first + _BLOCK)
            counts = ends[part] - starts[part]
            last = np.cumsum(counts)
            tokens = self.data[ranges(starts[part], counts)]
            yield part, self._compared(tokens), last - counts, last

    @cached_property
    def _starts(self) -> NDArray[np.int64]:
        return self.offsets.astype(np.int64)

    def _compared(self, stored: NDArray[Any]) -> NDArray[np.float32]:
        """Return stored vectors as they are compared; bytes are not normalised when stored."""
        compared = np.ascontiguousarray(stored, np.float32)
        is_angle = self.spec.distance == models.Distance.COSINE
        return normalised(compared) if is_angle and stored.dtype == np.uint8 else compared

    def _matrix(self, query: Vector) -> NDArray[np.float32]:
        if isinstance(query, SparseValues):
            raise WrongInput("Conversion between sparse and regular vectors failed")
        check_dimension(self.spec, query.shape[-1])
        return np.atleast_2d(query)
