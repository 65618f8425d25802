"""PCA: the directions in which the vectors differ most; there at once for any collection."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from explorer.layout.vectors import Matrix

SAMPLE = 10_000
"""Rows that the directions are fitted on; all rows are then projected."""

SPARSE_DIMENSIONS = 64
"""What sparse vectors are reduced to before distances between them are taken."""

DENSE_LIMIT = 16
"""Matrices with a shorter side than this are decomposed whole: Lanczos wants room."""

COVARIANCE_LIMIT = 1024
"""Up to so many dimensions the covariance is decomposed: faster than Lanczos by a factor of ten."""


def pca(X: Matrix, seed: int = 0, dimensions: int = 2) -> NDArray[np.float32]:
    """Return the first principal components, float32 (n, dimensions), of the rows of X (n, d).

    Dense rows are centred; sparse ones are not, which would fill them (latent semantic analysis,
    Deerwester et al. 1990). Signs are fixed so that the same rows give the same picture.
    """
    if not X.shape[0]:
        return np.zeros((0, dimensions), np.float32)
    sample = X[_sample_rows(X.shape[0], seed)]
    centre = np.zeros(X.shape[1])
    if isinstance(sample, np.ndarray):
        centre = sample.mean(axis=0, dtype=np.float64)
        sample = sample - centre.astype(np.float32)
    axes = principal_axes(sample, dimensions, seed)
    components = np.asarray(X @ axes.T, np.float32)
    components -= (centre @ axes.T).astype(np.float32)
    return components


def reduced(X: Matrix, seed: int = 0) -> NDArray[np.float32]:
    """Return X (n, d) as a dense matrix; a sparse one is first brought to 64 dimensions."""
    if isinstance(X, np.ndarray):
        return X
    if min(X.shape) <= SPARSE_DIMENSIONS + 1:
        return np.asarray(X.toarray(), np.float32)
    start = np.random.default_rng(seed).normal(size=min(X.shape))
    axes = _largest(X, SPARSE_DIMENSIONS, start)
    return np.asarray(X @ axes.T, np.float32)


def principal_axes(sample: Matrix, count: int, seed: int = 0) -> NDArray[np.float32]:
    """Return the leading right singular vectors of the rows, float32 (count, d).

    Zeros where there are fewer. Each is turned so that its largest element is positive.
    """
    shorter = min(sample.shape)
    if shorter < DENSE_LIMIT:
        dense = sample if isinstance(sample, np.ndarray) else sample.toarray()
        found = np.linalg.svd(dense, full_matrices=False)[2][:count]
    elif isinstance(sample, np.ndarray) and sample.shape[1] <= COVARIANCE_LIMIT:
        found = np.linalg.eigh((sample.T @ sample).astype(np.float64))[1][:, : -count - 1 : -1].T
    else:
        start = np.random.default_rng(seed).normal(size=shorter)
        found = _largest(sample, count, start)[::-1]
    axes = np.zeros((count, sample.shape[1]), np.float32)
    axes[: len(found)] = found
    largest = axes[np.arange(count), np.abs(axes).argmax(axis=1)]
    return axes * np.where(largest < 0, -1, 1).astype(np.float32)[:, None]


def _sample_rows(rows: int, seed: int) -> NDArray[np.intp]:
    if rows <= SAMPLE:
        return np.arange(rows)
    return np.sort(np.random.default_rng(seed).choice(rows, SAMPLE, replace=False))


def _largest(X: Matrix, count: int, start: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the right singular vectors (count, d) of the largest singular values, ascending."""
    from scipy.sparse.linalg import svds  # noqa: PLC0415 - slow to import

    axes: NDArray[np.float64] = svds(X.astype(np.float64), k=count, v0=start)[2]
    return axes
