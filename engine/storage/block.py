"""A block: rows of points in columns, on their way into the logs or out of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, assert_never

import numpy as np

from engine.schema import VectorKind
from engine.storage.layout import (
    PAYLOAD_BYTES,
    PAYLOAD_OFFSETS,
    POINT_DTYPE,
    POINTS,
    vector_files,
)
from engine.storage.ragged import joined_offsets, places
from engine.vectors import DenseRows, MultiRows, SparseRows, VectorRows, stored_dtype

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from engine.schema import CollectionConfig, VectorSpec
    from engine.storage.payloads import PayloadRows


@dataclass(frozen=True, slots=True)
class Block:
    """Points in columns.

    Attributes:
        ids: ID_DTYPE (n,).
        payload: the payload of each row.
        vectors: every vector of the collection by name, n rows each.

    """

    ids: NDArray[np.void]
    payload: PayloadRows
    vectors: Mapping[str, VectorRows]

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, rows: NDArray[np.int64]) -> Block:
        """Return `rows` of this block, in that order."""
        vectors = {name: take_vectors(stored, rows) for name, stored in self.vectors.items()}
        return Block(self.ids[rows], self.payload.take(rows), vectors)

    def reshaped(self, config: CollectionConfig) -> Block:
        """Return the block with the vectors of `config`: others are dropped, new ones absent."""
        known = {n: of for n, of in self.vectors.items() if of.spec == config.vectors.get(n)}
        vectors = {
            name: known[name] if name in known else absent_vectors(spec, len(self))
            for name, spec in config.vectors.items()
        }
        return Block(self.ids, self.payload, vectors)

    def arrays(
        self, config: CollectionConfig, version: int | NDArray[np.uint64]
    ) -> dict[str, NDArray[Any]]:
        """Return what to append to each log; offsets count from the start of this block."""
        points = np.empty(len(self), POINT_DTYPE)
        points["id"], points["version"] = self.ids, version
        arrays: dict[str, NDArray[Any]] = {
            POINTS.name: points,
            PAYLOAD_OFFSETS.name: self.payload.offsets[1:],
            PAYLOAD_BYTES.name: self.payload.data,
        }
        for name, stem in vector_files(config).items():
            for part, array in _vector_arrays(self.vectors[name]).items():
                arrays[f"{stem}-{part}"] = array
        return arrays


def stored_vectors(
    config: CollectionConfig, view: Callable[[str], NDArray[Any]]
) -> dict[str, VectorRows]:
    """Return the vectors of every row; `view` gives the committed elements of a log by its name."""
    return {
        name: _vector_rows(config.vectors[name], stem, view)
        for name, stem in vector_files(config).items()
    }


def _vector_rows(spec: VectorSpec, stem: str, view: Callable[[str], NDArray[Any]]) -> VectorRows:
    def part(name: str) -> NDArray[Any]:
        return view(f"{stem}-{name}")

    if spec.kind is VectorKind.DENSE:
        return DenseRows(spec, part("data"), part("present"))
    if spec.kind is VectorKind.SPARSE:
        values = part("indices"), part("values")
        return SparseRows(spec, part("offsets"), *values, present=part("present"))
    return MultiRows(spec, part("data"), part("offsets"), part("present"))


def _vector_arrays(stored: VectorRows) -> dict[str, NDArray[Any]]:
    match stored:
        case DenseRows():
            return {"data": stored.data, "present": stored.present}
        case SparseRows():
            return {
                "offsets": stored.offsets[1:],
                "indices": stored.indices,
                "values": stored.values,
                "present": stored.present,
            }
        case MultiRows():
            return {
                "offsets": stored.offsets[1:],
                "data": stored.data,
                "present": stored.present,
            }
    assert_never(stored)


def take_vectors(stored: VectorRows, rows: NDArray[np.int64]) -> VectorRows:
    """Return `rows` of one named vector, in that order."""
    present = stored.present[rows]
    match stored:
        case DenseRows():
            return DenseRows(stored.spec, stored.data[rows], present)
        case SparseRows():
            offsets, values = places(stored.offsets, rows)
            return SparseRows(
                stored.spec, offsets, stored.indices[values], stored.values[values], present
            )
        case MultiRows():
            offsets, values = places(stored.offsets, rows)
            return MultiRows(stored.spec, stored.data[values], offsets, present)
    assert_never(stored)


def join_vectors(first: VectorRows, second: VectorRows) -> VectorRows:
    """Return the rows of `first`, then those of `second`, which is of the same kind."""
    spec, present = first.spec, np.concatenate([first.present, second.present])
    match first, second:
        case DenseRows(), DenseRows():
            return DenseRows(spec, np.concatenate([first.data, second.data]), present)
        case SparseRows(), SparseRows():
            return SparseRows(
                spec,
                joined_offsets([first.offsets, second.offsets]),
                np.concatenate([first.indices, second.indices]),
                np.concatenate([first.values, second.values]),
                present,
            )
        case MultiRows(), MultiRows():
            offsets = joined_offsets([first.offsets, second.offsets])
            return MultiRows(spec, np.concatenate([first.data, second.data]), offsets, present)
    raise TypeError(f"cannot join {type(first).__name__} and {type(second).__name__}")


def absent_vectors(spec: VectorSpec, rows: int) -> VectorRows:
    """Return `rows` rows that lack the vector."""
    present, offsets = np.zeros(rows, np.bool_), np.zeros(rows + 1, np.uint64)
    if spec.kind is VectorKind.DENSE:
        return DenseRows(spec, np.zeros((rows, spec.size), stored_dtype(spec)), present)
    if spec.kind is VectorKind.SPARSE:
        empty = np.empty(0, np.uint32), np.empty(0, np.float32)
        return SparseRows(spec, offsets, *empty, present=present)
    return MultiRows(spec, np.empty((0, spec.size), stored_dtype(spec)), offsets, present)
