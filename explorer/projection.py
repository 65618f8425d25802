"""Vectors of few dimensions made from those of the sentence encoder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Projection:
    """The directions in which vectors spread most, from the origin: cosine keeps its meaning.

    Attributes:
        axes: float32 (size, dimensions), orthonormal columns, the widest spread first.

    """

    axes: NDArray[np.float32]

    @classmethod
    def fit(cls, vectors: NDArray[np.float32], dimensions: int) -> Projection:
        """Return the projection of vectors (n, size) that keeps most of their squared length.

        The right singular vectors, by the eigenvectors of the small matrix of products.
        """
        exact = vectors.astype(np.float64)
        axes = np.linalg.eigh(exact.T @ exact)[1][:, : -dimensions - 1 : -1]
        axes *= np.sign(axes.sum(axis=0))  # a direction and its opposite are alike: settle on one
        return cls(np.ascontiguousarray(axes, np.float32))

    def units(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return vectors (n, size) as unit vectors, float32 (n, dimensions)."""
        projected: NDArray[np.float32] = vectors @ self.axes
        projected /= np.linalg.norm(projected, axis=1, keepdims=True)
        return projected

    def levels(self, vectors: NDArray[np.float32]) -> NDArray[np.uint8]:
        """Return the unit vectors in whole numbers, uint8 (n, dimensions): -1..1 become 1..255.

        The zero has moved, so they compare by Euclid, which orders unit vectors as cosine does.
        """
        levels: NDArray[np.uint8] = np.rint(self.units(vectors) * 127 + 128).astype(np.uint8)
        return levels
