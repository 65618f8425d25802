"""Averages of example vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.errors import WrongInput
from engine.vectors.values import SparseValues, Vector

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def average(positives: Sequence[Vector], negatives: Sequence[Vector]) -> Vector:
    """Return mean(positives) + mean(positives) - mean(negatives), in float32.

    Sparse vectors are averaged over the union of their indices. Multivectors are not averaged: the
    rows of all positives are followed by those of all negatives, negated (as Qdrant does).

    Raises:
        WrongInput: no positives, or vectors of different kinds or dimensions.

    """
    if not positives:
        raise WrongInput("Positive vectors should not be empty with `average` strategy")
    if all(isinstance(vector, SparseValues) for vector in (*positives, *negatives)):
        return _sparse_average(positives, negatives)
    pluses, minuses = _arrays(positives), _arrays(negatives)
    dimensions = {array.ndim for array in (*pluses, *minuses)}
    if len(dimensions) > 1:
        raise WrongInput("Can't average vectors with different types")
    _check_same_size([*pluses, *minuses])
    if dimensions == {2}:
        return np.concatenate([*pluses, *(-array for array in minuses)])
    liked = _mean(pluses)
    return liked + liked - _mean(minuses) if minuses else liked


def average_weights(positives: int, negatives: int) -> NDArray[np.float32]:
    """Return the weight of each vector in their average, float32 (positives + negatives,)."""
    pull = (2.0 if negatives else 1.0) / positives
    push = -1.0 / max(1, negatives)
    return np.array([pull] * positives + [push] * negatives, dtype=np.float32)


def _mean(arrays: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    total = arrays[0]
    for array in arrays[1:]:
        total = total + array
    return total / np.float32(len(arrays))


def _arrays(vectors: Sequence[Vector]) -> list[NDArray[np.float32]]:
    arrays = [vector for vector in vectors if not isinstance(vector, SparseValues)]
    if len(arrays) != len(vectors):
        raise WrongInput("Can't average vectors with different types")
    return arrays


def _check_same_size(arrays: Sequence[NDArray[np.float32]]) -> None:
    expected = arrays[0].shape[-1]
    for array in arrays:
        if array.shape[-1] != expected:
            raise WrongInput(
                f"Vector dimension error: expected dim: {expected}, got {array.shape[-1]}"
            )


def _sparse_average(positives: Sequence[Vector], negatives: Sequence[Vector]) -> Vector:
    weights = average_weights(len(positives), len(negatives))
    return _sparse_sum([*positives, *negatives], weights)


def _sparse_sum(vectors: Sequence[Vector], weights: NDArray[np.float32]) -> SparseValues:
    sparse = [vector for vector in vectors if isinstance(vector, SparseValues)]
    indices, places = np.unique(
        np.concatenate([vector.indices for vector in sparse]), return_inverse=True
    )
    values = np.concatenate(
        [vector.values * weight for vector, weight in zip(sparse, weights, strict=True)]
    )
    summed = np.bincount(places, weights=values, minlength=len(indices))
    return SparseValues(indices, summed.astype(np.float32))
