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

    """

    indices: NDArray[np.uint32]
    starts: NDArray[np.int64]
    rows: NDArray[np.int64]
    values: NDArray[np.float32]

    def of(self, indices: NDArray[np.uint32]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return all postings of some indices.

        Returns:
            For each posting the place of its index in `indices`, and the posting's own place.

        """
        at = np.searchsorted(self.indices, indices)
        held = np.flatnonzero(np.append(self.indices, 0)[at] == indices)
        held = held[at[held] < len(self.indices)]
        starts = self.starts[at[held]]
        counts = self.starts[at[held] + 1] - starts
        return np.repeat(held, counts), ranges(starts, counts)


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
        found = np.zeros((len(queries), len(self.present)), dtype=np.float32)
        for scores, query in zip(found, queries, strict=True):
            sparse, postings = sparse_query(query), self._postings
            terms, places = postings.of(sparse.indices)
            products = postings.values[places] * sparse.values[terms]
            scores[:] = np.bincount(postings.rows[places], products, len(scores))
        return found if rows is None else found[:, rows]

    def shares_index(self, query: Vector) -> NDArray[np.bool_]:
        """Return bool (rows,), which rows have at least one index of the query."""
        shared = np.zeros(len(self.present), dtype=np.bool_)
        _, places = self._postings.of(sparse_query(query).indices)
        shared[self._postings.rows[places]] = True
        return shared

    def weighted_by_rarity(self, query: Vector, corpus: NDArray[np.bool_]) -> SparseValues:
        """Return the query with each value multiplied by its index's inverse document frequency.

        ln((N - df + 0.5) / (df + 0.5) + 1), where N counts the rows of `corpus`, bool (rows,),
        with a non-empty vector, and df those that hold the index (BM25's probabilistic IDF).
        """
        sparse = sparse_query(query)
        total = np.count_nonzero(corpus & (np.diff(self.offsets) > 0))
        terms, places = self._postings.of(sparse.indices)
        held = corpus[self._postings.rows[places]]
        counts = np.bincount(terms[held], minlength=len(sparse.indices))
        rarity = np.log((total - counts + 0.5) / (counts + 0.5) + 1).astype(np.float32)
        return SparseValues(sparse.indices, sparse.values * rarity)

    @cached_property
    def _postings(self) -> Postings:
        order = np.argsort(self.indices, kind="stable")
        distinct, firsts = np.unique(self.indices[order], return_index=True)
        counts = np.diff(self.offsets).astype(np.int64)
        return Postings(
            distinct,
            np.append(firsts, len(order)),
            np.repeat(np.arange(len(counts)), counts)[order],
            self.values[order],
        )


def sparse_query(query: Vector) -> SparseValues:
    """Return a query for a sparse vector; raises WrongInput for other kinds."""
    if not isinstance(query, SparseValues):
        raise WrongInput("Conversion between sparse and regular vectors failed")
    return query
