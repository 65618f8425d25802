"""Dense vectors, one row each: encoding at insert, and similarities to queries."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from qdrant_client import models

from engine.errors import WrongInput
from engine.scoring import kernels, norms
from engine.vectors.values import SparseValues, Vector, check_finite, unchecked_floats

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from engine.schema import VectorSpec

_STORED: dict[models.Datatype, np.dtype[Any]] = {
    models.Datatype.FLOAT32: np.dtype("<f4"),
    models.Datatype.FLOAT16: np.dtype("<f2"),
    models.Datatype.UINT8: np.dtype("u1"),
}


def stored_dtype(spec: VectorSpec) -> np.dtype[Any]:
    """Return the dtype in which elements of this vector are stored."""
    return _STORED[spec.datatype]


def encode_dense(spec: VectorSpec, vectors: ArrayLike) -> NDArray[Any]:
    """Return vectors (n, size) as they are stored: normalised for Cosine, rounded to the datatype.

    uint8 drops the fraction and saturates; Cosine on uint8 is normalised when compared, not here.
    Raises WrongInput for another dimension and for elements that are not finite.
    """
    array = unchecked_floats(vectors)
    check_dimension(spec, array.shape[-1])
    if spec.distance != models.Distance.COSINE or spec.datatype == models.Datatype.UINT8:
        check_finite(array)  # otherwise the sums of squares tell
    return rounded(spec, array.reshape(-1, spec.size))


def rounded(spec: VectorSpec, array: NDArray[np.float32]) -> NDArray[Any]:
    """Return checked float32 rows (n, size) in the form in which they are stored and compared."""
    if spec.datatype == models.Datatype.UINT8:
        return np.clip(array, 0, 255).astype(np.uint8)
    if spec.distance == models.Distance.COSINE:
        array = normalised(array)
    return _halved(array) if spec.datatype == models.Datatype.FLOAT16 else array


def _halved(array: NDArray[np.float32]) -> NDArray[np.float16]:
    with np.errstate(over="ignore"):
        stored = array.astype(np.float16)
    if not np.isfinite(stored).all():
        raise WrongInput("Vector holds an element beyond ±65504, the range of datatype float16")
    return stored


def normalised(array: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return rows (n, dim) divided by their L2 norm, as `norms.normalised` says.

    Raises WrongInput for elements that are not finite, and where their squares overflow.
    """
    divided = norms.normalised(array)
    if divided is None:
        check_finite(array)
        raise WrongInput("Vector is too long to be normalised: its squares overflow 32-bit floats")
    return divided


def check_dimension(spec: VectorSpec, got: int) -> None:
    """Raise WrongInput unless `got` is the size of the vector."""
    if got != spec.size:
        raise WrongInput(f"Vector dimension error: expected dim: {spec.size}, got {got}")


@dataclass(frozen=True, eq=False)
class DenseRows:
    """All rows of one dense vector.

    Attributes:
        data: (rows, size) of the stored dtype; rows that lack the vector hold zeros.
        present: bool (rows,), which rows have the vector.

    """

    spec: VectorSpec
    data: NDArray[Any]
    present: NDArray[np.bool_]

    @property
    def row_bytes(self) -> int:
        """Bytes of one stored vector."""
        return self.data.dtype.itemsize * self.spec.size

    def get(self, row: int) -> NDArray[np.float32]:
        """Return one stored vector, float32 (size,)."""
        return np.asarray(self.data[row], dtype=np.float32)

    def take(self, rows: NDArray[np.int64]) -> DenseRows:
        """Return copies of some rows, side by side in this order."""
        return DenseRows(self.spec, self.data[rows], self.present[rows])

    def to_model(self, row: int) -> list[float]:
        """Return one stored vector as responses show it."""
        return self.get(row).tolist()  # type: ignore[no-any-return]  # tolist is typed by shape

    def similarities(
        self, queries: Sequence[Vector], rows: NDArray[np.int64] | None = None
    ) -> NDArray[np.float32]:
        """Return the similarity, larger is closer, of each row to each query.

        Cosine and Dot: the inner product. Euclid: the negated squared distance. Manhattan: the
        negated distance. All rows, or only `rows`.

        Returns:
            float32 (queries, rows).

        Raises:
            WrongInput: a query of another dimension or kind.

        """
        return self.compared(self.encoded(queries), rows)

    def compared(
        self, examples: NDArray[np.float32], rows: NDArray[np.int64] | None = None
    ) -> NDArray[np.float32]:
        """Return `similarities` to examples that are encoded already, float32 (examples, size)."""
        found = kernels.similarities(self.spec.distance, self.data, examples, rows)
        if self._is_byte_cosine:
            norms = self._norms if rows is None else self._norms[rows]
            scale = np.linalg.norm(examples, axis=1)[:, None] * norms
            np.divide(found, scale, out=found, where=scale > 0)
        return found

    def between(self, rows: slice, others: slice) -> NDArray[np.float32]:
        """Return the similarities of some rows to others, float32 (rows, others)."""
        examples = np.ascontiguousarray(self.data[rows], np.float32)
        return self._part(others).compared(examples)

    def each_with(self, rows: NDArray[np.int64], others: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the similarities of each of n rows to its own others, float32 (n, m).

        Args:
            rows: int64 (n,).
            others: int64 (n, m).

        """
        examples = np.asarray(self.data[rows], np.float32)
        compared = np.asarray(self.data[others], np.float32)
        found = kernels.each_with(self.spec.distance, examples, compared)
        if self._is_byte_cosine:
            scale = self._norms[rows][:, None] * self._norms[others]
            np.divide(found, scale, out=found, where=scale > 0)
        return found

    def _part(self, rows: slice) -> DenseRows:
        return DenseRows(self.spec, self.data[rows], self.present[rows])

    def of(self, vectors: Sequence[Vector]) -> DenseRows:
        """Return other vectors as if they were stored beside these."""
        data = self.encoded(vectors).astype(self.data.dtype)
        return DenseRows(self.spec, data, np.ones(len(vectors), np.bool_))

    def widened(self) -> DenseRows:
        """Return the stored values as those of a vector of datatype float32."""
        spec = replace(self.spec, datatype=models.Datatype.FLOAT32)
        return DenseRows(spec, np.ascontiguousarray(self.data, np.float32), self.present)

    def as_queries(self) -> DenseRows:
        """Return the rows as they are where they are the query: normalised for Cosine."""
        return DenseRows(self.spec, rounded(self.spec, self.data), self.present)

    @property
    def _is_byte_cosine(self) -> bool:
        return self.data.dtype == np.uint8 and self.spec.distance == models.Distance.COSINE

    @cached_property
    def _norms(self) -> NDArray[np.float32]:
        squares = kernels.by_block(lambda block: np.einsum("ij,ij->i", block, block), self.data)
        return np.sqrt(squares)

    def encoded(self, queries: Sequence[Vector]) -> NDArray[np.float32]:
        """Return queries as they are compared, float32 (queries, size).

        Raises as `similarities` does.
        """
        if not queries:
            return np.empty((0, self.spec.size), dtype=np.float32)
        checked = [dense_query(self.spec, query) for query in queries]
        matrix = np.array(checked) if len(checked) > 1 else checked[0][None]
        stored = rounded(self.spec, matrix)
        return stored if stored.dtype == np.float32 else stored.astype(np.float32)


def dense_query(spec: VectorSpec, query: Vector) -> NDArray[np.float32]:
    """Return a query for a dense vector, float32 (size,); raises WrongInput for other kinds."""
    if isinstance(query, SparseValues):
        raise WrongInput("Conversion between sparse and regular vectors failed")
    if query.ndim != 1:
        raise WrongInput("Conversion between multi and regular vectors failed")
    check_dimension(spec, len(query))
    return query
