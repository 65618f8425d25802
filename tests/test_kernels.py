"""Similarity kernels against the plain reading of each distance, compiled and not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qdrant_client import models

from engine.scoring import kernels

DISTANCES = list(models.Distance)


def plainly(distance, data, queries):
    wide, asked = data.astype(np.float64), queries.astype(np.float64)
    differences = asked[:, None, :] - wide[None, :, :]
    if distance == models.Distance.EUCLID:
        return -(differences**2).sum(axis=2)
    if distance == models.Distance.MANHATTAN:
        return -np.abs(differences).sum(axis=2)
    return asked @ wide.T


@pytest.fixture(params=["numpy", "compiled"])
def path(request, monkeypatch):
    if request.param == "compiled":
        kernels.warm_up(wait=True)
    else:
        monkeypatch.setattr(kernels._Warmth, "scan", None)
    return request.param


@pytest.mark.parametrize("distance", DISTANCES)
@pytest.mark.parametrize("dtype", [np.float32, np.float16, np.uint8])
@pytest.mark.parametrize("queries", [1, 3, 17])
def test_equals_the_plain_formula(path, distance, dtype, queries):
    rng = np.random.default_rng(3)
    data = (rng.random((1500, 33)) * 100).astype(dtype)
    asked = (rng.random((queries, 33)) * 100).astype(dtype).astype(np.float32)
    expected = plainly(distance, data, asked)
    np.testing.assert_allclose(kernels.similarities(distance, data, asked), expected, rtol=2e-6)
    rows = rng.permutation(1500)[:400]
    found = kernels.similarities(distance, data, asked, rows)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected[:, rows], rtol=2e-6)


@settings(max_examples=60, deadline=None)
@given(
    distance=st.sampled_from(DISTANCES),
    rows=st.integers(0, 40),
    size=st.integers(1, 40),
    queries=st.integers(0, 20),
    seed=st.integers(0, 2**32 - 1),
)
def test_compiled_and_numpy_agree_for_every_shape(distance, rows, size, queries, seed):
    kernels.warm_up(wait=True)
    rng = np.random.default_rng(seed)
    data = rng.standard_normal((rows, size), dtype=np.float32)
    asked = rng.standard_normal((queries, size), dtype=np.float32)
    picked = rng.integers(0, rows, size=rows // 2) if rows else np.empty(0, np.int64)
    for wanted in (None, picked):
        compiled = kernels.similarities(distance, data, asked, wanted)
        scattered = data if wanted is None else data[wanted]
        expected = plainly(distance, scattered, asked)
        np.testing.assert_allclose(compiled, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("distance", [models.Distance.EUCLID, models.Distance.MANHATTAN])
def test_near_duplicates_of_long_vectors_keep_their_digits(path, distance):
    rng = np.random.default_rng(5)
    base = rng.standard_normal((50, 64), dtype=np.float32) + np.float32(1000)
    near = base + rng.standard_normal((50, 64), dtype=np.float32) * np.float32(1e-2)
    found = kernels.similarities(distance, near, base[:1])
    np.testing.assert_allclose(found, plainly(distance, near, base[:1]), rtol=1e-5)


def test_reads_memory_mapped_rows_without_copying_them(path, tmp_path):
    data = np.arange(60, dtype=np.float32).reshape(12, 5)
    data.tofile(tmp_path / "rows")
    mapped = np.memmap(tmp_path / "rows", dtype=np.float32, mode="r", shape=(12, 5))
    for distance in DISTANCES:
        found = kernels.similarities(distance, mapped, data[:2], np.array([3, 1]))
        np.testing.assert_allclose(found, plainly(distance, data[[3, 1]], data[:2]))
