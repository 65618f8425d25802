"""Sparse vectors: rows of (index, value) pairs, compared by the product over shared indices."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from qdrant_client import models

from engine.errors import WrongInput
from engine.storage.ragged import ranges
from engine.vectors.values import SparseValues, Vector, sparse_values

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from engine.schema import VectorSpec

_FEW = 16  # one row in so many: their own numbers are fewer than what the others hold of the query


def encode_sparse(
    spec: VectorSpec,  # noqa: ARG001 - one signature for every kind of vector
    indices: ArrayLike,
    values: ArrayLike,
) -> tuple[NDArray[np.uint32], NDArray[np.float32]]:
    """Return one sparse vector as it is stored: uint32 ascending indices, and float32 values.

    Raises InvalidRequest for unequal lengths or repeated indices, WrongInput for NaN and inf.
    """
    checked = sparse_values(indices, values)
    return checked.indices, checked.values


@dataclass(frozen=True, slots=True, eq=False)
class Postings:
    """The same numbers by index: which rows hold it, with what value.

    Attributes:
        indices: uint32 (distinct,), ascending.
        starts: int64 (distinct + 1,), the postings of indices[i] are at starts[i]:starts[i + 1].
        rows: int64 (nnz,).
        values: float32 (nnz,).
        extremes: float32 (2, distinct), the smallest and the largest value at each index.

    """

    indices: NDArray[np.uint32]
    starts: NDArray[np.int64]
    rows: NDArray[np.int64]
    values: NDArray[np.float32]
    extremes: NDArray[np.float32]

    def extremes_of(self, indices: NDArray[np.uint32]) -> NDArray[np.float32]:
        """Return the smallest and the largest value at each of some indices that rows hold."""
        return self.extremes[:, np.searchsorted(self.indices, indices)]

    def spans(
        self, indices: NDArray[np.uint32]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Return which of some indices any row holds, and where the postings of each begin and end.

        int64 (held,) each: places in `indices`, starts, ends.
        """
        at = np.searchsorted(self.indices, indices)
        within = np.minimum(at, max(0, len(self.indices) - 1))
        held = np.flatnonzero(self.indices[within] == indices) if len(self.indices) else at[:0]
        return held, self.starts[at[held]], self.starts[at[held] + 1]

    def of(self, indices: NDArray[np.uint32]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return all postings of some indices.

        Returns:
            For each posting the place of its index in `indices`, and the posting's own place.

        """
        held, starts, ends = self.spans(indices)
        return np.repeat(held, ends - starts), ranges(starts, ends - starts)


@dataclass(frozen=True, eq=False)
class SparseRows:
    """All rows of one sparse vector, in compressed row form.

    Attributes:
        offsets: uint64 (rows + 1,), row r is at offsets[r]:offsets[r + 1].
        indices: uint32 (nnz,), ascending within a row.
        values: float32 (nnz,).
        present: bool (rows,), which rows have the vector, be it empty.

    """

    spec: VectorSpec
    offsets: NDArray[np.uint64]
    indices: NDArray[np.uint32]
    values: NDArray[np.float32]
    present: NDArray[np.bool_]

    def get(self, row: int) -> SparseValues:
        """Return one stored sparse vector."""
        part = slice(int(self.offsets[row]), int(self.offsets[row + 1]))
        return SparseValues(np.asarray(self.indices[part]), np.asarray(self.values[part]))

    def to_model(self, row: int) -> models.SparseVector:
        """Return one stored sparse vector as responses show it."""
        stored = self.get(row)
        return models.SparseVector(indices=stored.indices.tolist(), values=stored.values.tolist())

    def similarities(
        self, queries: Sequence[Vector], rows: NDArray[np.int64] | None = None
    ) -> NDArray[np.float32]:
        """Return the inner product over shared indices of each row with each query, else 0.

        Returns:
            float32 (queries, rows).

        Raises:
            WrongInput: a query that is not sparse.

        """
        sparse = [sparse_query(query) for query in queries]
        if rows is not None and len(rows) * _FEW < len(self.present):
            return self._of_few(sparse, rows)
        found = np.zeros((len(queries), len(self.present)), dtype=np.float32)
        for scores, query in zip(found, sparse, strict=True):
            terms, places = self.postings.of(query.indices)
            products = self.postings.values[places] * query.values[terms]
            scores[:] = np.bincount(self.postings.rows[places], products, len(scores))
        return found if rows is None else found[:, rows]

    def take(self, rows: NDArray[np.int64]) -> SparseRows:
        """Return copies of some rows, side by side in this order."""
        starts = self.offsets[rows].astype(np.int64)
        counts = self.offsets[rows + 1].astype(np.int64) - starts
        offsets, places = np.append(0, np.cumsum(counts)).astype(np.uint64), ranges(starts, counts)
        indices, values = self.indices[places], self.values[places]
        return SparseRows(self.spec, offsets, indices, values, self.present[rows])

    def _of_few(
        self, queries: Sequence[SparseValues], rows: NDArray[np.int64]
    ) -> NDArray[np.float32]:
        """Return the same for a few rows, from their own numbers, added in the same order."""
        starts = self.offsets[rows].astype(np.int64)
        counts = self.offsets[rows + 1].astype(np.int64) - starts
        places, owners = ranges(starts, counts), np.repeat(np.arange(len(rows)), counts)
        indices, values = self.indices[places], self.values[places]
        found = np.zeros((len(queries), len(rows)), dtype=np.float32)
        for scores, query in zip(found, queries, strict=True):
            if not len(query.indices):
                continue
            terms = np.minimum(np.searchsorted(query.indices, indices), len(query.indices) - 1)
            held = query.indices[terms] == indices
            products = values[held] * query.values[terms[held]]
            scores[:] = np.bincount(owners[held], products, len(scores))
        return found

    def shares_index(self, query: Vector) -> NDArray[np.bool_]:
        """Return bool (rows,), which rows have at least one index of the query."""
        shared = np.zeros(len(self.present), dtype=np.bool_)
        _, places = self.postings.of(sparse_query(query).indices)
        shared[self.postings.rows[places]] = True
        return shared

    def weighted_by_rarity(self, query: Vector, corpus: NDArray[np.bool_]) -> SparseValues:
        """Return the query with each value multiplied by its index's inverse document frequency.

        ln((N - df + 0.5) / (df + 0.5) + 1), where N counts the rows of `corpus`, bool (rows,),
        with a non-empty vector, and df those that hold the index (BM25's probabilistic IDF). Qdrant
        counts deleted points, too, until it rewrites their segment.
        """
        sparse = sparse_query(query)
        total = np.count_nonzero(corpus & self._filled)
        if total == self._total:
            held, starts, ends = self.postings.spans(sparse.indices)
            counts = np.zeros(len(sparse.indices), np.int64)
            counts[held] = ends - starts
        else:
            terms, places = self.postings.of(sparse.indices)
            within = corpus[self.postings.rows[places]]
            counts = np.bincount(terms[within], minlength=len(sparse.indices))
        rarity = np.log((total - counts + 0.5) / (counts + 0.5) + 1).astype(np.float32)
        return SparseValues(sparse.indices, sparse.values * rarity)

    @cached_property
    def _filled(self) -> NDArray[np.bool_]:
        return np.diff(self.offsets) > 0

    @cached_property
    def _total(self) -> int:
        return int(np.count_nonzero(self._filled))

    @cached_property
    def postings(self) -> Postings:
        """The rows that hold each index, ascending."""
        order = np.argsort(self.indices, kind="stable")
        indices = self.indices[order]
        firsts = np.flatnonzero(np.append(True, indices[1:] != indices[:-1])[: len(indices)])
        counts, values = np.diff(self.offsets).astype(np.int64), self.values[order]
        extremes = [
            extreme.reduceat(values, firsts) if len(firsts) else values
            for extreme in (np.minimum, np.maximum)
        ]
        rows = np.repeat(np.arange(len(counts)), counts)[order]
        starts = np.append(firsts, len(order))
        return Postings(indices[firsts], starts, rows, values, np.array(extremes))


def sparse_query(query: Vector) -> SparseValues:
    """Return a query for a sparse vector; raises WrongInput for other kinds."""
    if not isinstance(query, SparseValues):
        raise WrongInput("Conversion between sparse and regular vectors failed")
    return query
