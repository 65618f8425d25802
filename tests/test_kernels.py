"""Similarity kernels against the plain reading of each distance, compiled and not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qdrant_client import models

from engine.scoring import kernels
from engine.scoring.late_interaction import max_similarities, similarities_to

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
        monkeypatch.setattr(kernels.LOOPS, "loaded", None)
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


@pytest.mark.parametrize("distance", DISTANCES)
@pytest.mark.parametrize("vectors", [1, 4, 16, 17])
@pytest.mark.parametrize("size", [1, 6, 33])
def test_max_similarities_are_those_of_the_best_pairs(path, distance, vectors, size):
    rng = np.random.default_rng(vectors)
    counts = rng.integers(0, 20, size=200)
    ends = np.cumsum(counts)
    data = rng.standard_normal((ends[-1], size)).astype(np.float32)
    query = rng.standard_normal((vectors, size)).astype(np.float32)
    rows = rng.permutation(200)[:90]
    pairs = plainly(distance, data, query)
    expected = [
        pairs[:, ends[row] - counts[row] : ends[row]].max(axis=1).sum() if counts[row] else 0
        for row in rows
    ]
    starts = ends - counts
    found = max_similarities(distance, data, query, starts[rows], ends[rows])
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)
    assert not len(max_similarities(distance, data, query, starts[:0], ends[:0]))
    turned = [pairs[:, ends[row] - counts[row] : ends[row]].max(axis=0).sum() for row in rows]
    found = similarities_to(distance, data, query, starts[rows], ends[rows])
    np.testing.assert_allclose(found, turned, rtol=1e-5, atol=1e-5)
