"""A vector as it is given or looked up: dense, multi (a matrix) or sparse, checked to be finite."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from qdrant_client import models

from engine.errors import FormatError, InvalidRequest, WrongInput, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray


_NUMBERS = frozenset("fiubO")  # as NumPy names kinds of values; objects are tried one by one


@dataclass(frozen=True, slots=True, eq=False)
class SparseValues:
    """A sparse vector.

    Attributes:
        indices: uint32 (nnz,), ascending and unique.
        values: float32 (nnz,).

    """

    indices: NDArray[np.uint32]
    values: NDArray[np.float32]


Vector: TypeAlias = "NDArray[np.float32] | SparseValues"
"""Dense: float32 (dim,). Multi: float32 (vectors, dim). Sparse: SparseValues."""


def parse_vector(value: object) -> Vector:
    """Return what a request gives as a vector: numbers, rows of numbers, or a SparseVector.

    Raises FormatError for anything else, WrongInput for NaN and infinities.
    """
    if isinstance(value, (list, tuple, np.ndarray)):
        array = float_array(value)
        if array.ndim in (1, 2):
            return array
    if isinstance(value, models.SparseVector):
        return sparse_values(value.indices, value.values)
    raise FormatError(
        f"Expected some form of vector, id, or a type of query, got {type(value).__name__}"
    )


def parse_vectors(values: Sequence[object]) -> list[Vector]:
    """Return what `parse_vector` makes of each; lists of numbers are read together."""
    if len(values) > 1:
        rows = [value for value in values if isinstance(value, list)]
        packed = _packed(rows) if len(rows) == len(values) else None
        if packed is not None and np.count_nonzero(np.isfinite(packed)) == packed.size:
            return list(packed)
    return [parse_vector(value) for value in values]


def float_array(values: ArrayLike) -> NDArray[np.float32]:
    """Return `values` as contiguous float32, every element finite.

    Raises WrongInput for rows of unequal length, for what is not a number, NaN and infinities.
    """
    array = unchecked_floats(values)
    check_finite(array)
    return array


def unchecked_floats(values: ArrayLike) -> NDArray[np.float32]:
    """Return the same without a look at the elements; raises as `float_array` for other shapes."""
    if isinstance(values, list) and (packed := _packed(values)) is not None:
        return packed
    try:
        array = np.asarray(values)
        if array.dtype.kind in _NUMBERS:
            with np.errstate(over="ignore"):
                return np.ascontiguousarray(array, dtype=np.float32)
        told = f"it is of type {array.dtype}"
    except (TypeError, ValueError, OverflowError) as error:
        told = str(error)
    raise WrongInput(f"Vector is not made of equally long rows of numbers: {told}")


def _packed(values: list[Any]) -> NDArray[np.float32] | None:
    """Return numbers, or equally long lists of them, as NumPy would, in a third of the time.

    None for any other list.
    """
    try:
        if not values or not isinstance(values[0], list):
            return np.frombuffer(bytearray(_floats(len(values)).pack(*values)), np.float32)
        pack = _floats(len(values[0])).pack
        packed = bytearray().join([pack(*row) for row in values])
    except (struct.error, TypeError):  # no number among them, or a row that is no list
        return None
    return np.frombuffer(packed, np.float32).reshape(len(values), -1)


@lru_cache(maxsize=64)
def _floats(count: int) -> struct.Struct:
    return struct.Struct(f"{count}f")


def check_finite(array: NDArray[np.float32]) -> None:
    """Raise WrongInput, with the place, when an element is NaN or infinite."""
    if np.count_nonzero(np.isfinite(array)) < array.size:
        place = np.argwhere(~np.isfinite(array))[0].tolist()
        raise WrongInput(
            f"Vector holds {array[tuple(place)]} at position {place}, "
            "every element must be a finite 32-bit float; replace it where the vector was made"
        )


def sparse_values(indices: ArrayLike, values: ArrayLike) -> SparseValues:
    """Return a sparse vector sorted by index.

    Raises InvalidRequest unless indices are unique 32-bit unsigned integers, one for each value.
    """
    numbers = np.asarray(indices).reshape(-1)
    if len(numbers) and numbers.dtype.kind not in "iu":
        raise InvalidRequest("indices", f"must be 32-bit unsigned integers, not {shown(indices)}")
    weights = float_array(values).reshape(-1)
    if len(numbers) != len(weights):
        raise InvalidRequest(
            "values", f"must be the same length as indices: {len(weights)} and {len(numbers)}"
        )
    outside = (numbers < 0) | (numbers > np.iinfo(np.uint32).max)
    if outside.any():
        raise InvalidRequest(
            "indices", f"value {numbers[outside][0]} invalid, must be from 0 to {2**32 - 1}"
        )
    order = np.argsort(numbers, kind="stable")
    numbers = numbers[order]
    repeated = numbers[1:] == numbers[:-1]
    if repeated.any():
        raise InvalidRequest("indices", f"must be unique: {numbers[1:][repeated][0]} repeats")
    return SparseValues(numbers.astype(np.uint32), weights[order])
