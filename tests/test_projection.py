"""Vectors of few dimensions from those of many."""

import numpy as np
import pytest

from explorer.projection import Projection

RANDOM = np.random.default_rng(5)
FLAT = (RANDOM.normal(size=(200, 4)) @ RANDOM.normal(size=(4, 20))).astype(np.float32)
"""Vectors of 20 dimensions that lie in a space of 4."""


@pytest.fixture
def projection():
    return Projection.fit(FLAT, 4)


def cosines(vectors):
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return units @ units.T


def test_axes_are_orthonormal_the_widest_first(projection):
    np.testing.assert_allclose(projection.axes.T @ projection.axes, np.eye(4), atol=1e-5)
    lengths = np.square(FLAT @ projection.axes).sum(axis=0)
    assert list(lengths) == sorted(lengths, reverse=True)


def test_cosine_stays_where_no_dimension_is_lost(projection):
    np.testing.assert_allclose(cosines(projection.units(FLAT)), cosines(FLAT), atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(projection.units(FLAT), axis=1), 1, atol=1e-6)


def test_levels_keep_the_order_by_euclid(projection):
    levels = projection.levels(FLAT)
    assert levels.dtype == np.uint8
    assert levels.min() >= 1
    apart = np.square(levels[0].astype(float) - levels).sum(axis=1) / 127**2
    np.testing.assert_allclose(1 - apart / 2, cosines(FLAT)[0], atol=0.03)


def test_the_whole_range_fits():
    ends = np.array([[1.0], [-1.0]], np.float32)
    assert Projection(np.eye(1, dtype=np.float32)).levels(ends).tolist() == [[255], [1]]


def test_fitting_again_gives_the_same(projection):
    np.testing.assert_array_equal(Projection.fit(FLAT, 4).axes, projection.axes)
