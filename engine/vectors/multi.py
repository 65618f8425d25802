"""Multivectors, several vectors of one size per row, compared by MaxSim."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.errors import InvalidRequest, WrongInput
from engine.storage.ragged import ranges
from engine.vectors.dense import DenseRows, check_dimension, encode_dense
from engine.vectors.values import SparseValues, Vector

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from engine.schema import VectorSpec


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
        starts, counts = self._starts[wanted], self._starts[wanted + 1] - self._starts[wanted]
        filled = counts > 0
        firsts = np.concatenate(([0], np.cumsum(counts)))
        tokens = ranges(starts, counts)
        found = np.zeros((len(queries), len(wanted)), dtype=np.float32)
        for place, query in enumerate(queries):
            pairs = self._tokens.similarities(list(self._matrix(query)), tokens)
            if filled.any():
                best = np.maximum.reduceat(pairs, firsts[:-1][filled], axis=1)
                found[place, filled] = best.sum(axis=0)
        return found

    @cached_property
    def _starts(self) -> NDArray[np.int64]:
        return self.offsets.astype(np.int64)

    @cached_property
    def _tokens(self) -> DenseRows:
        return DenseRows(self.spec, self.data, np.ones(len(self.data), dtype=np.bool_))

    def _matrix(self, query: Vector) -> NDArray[np.float32]:
        if isinstance(query, SparseValues):
            raise WrongInput("Conversion between sparse and regular vectors failed")
        check_dimension(self.spec, query.shape[-1])
        return np.atleast_2d(query)
