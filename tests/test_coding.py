"""Rows that are coded as they come: what codes stand for, and what bounds they give."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from qdrant_client import models

from engine.index import loops
from engine.index.coding import Coding
from engine.index.quantised import (
    FINER,
    LARGEST_CODE,
    Coder,
    Quantised,
    quantise,
    unit_of,
)

EUCLID, MANHATTAN = models.Distance.EUCLID, models.Distance.MANHATTAN


@pytest.fixture(scope="module", autouse=True)
def compiled():
    loops.warm_up(wait=True)


def decoded(coded, size):
    rows = coded.rows
    return coded.centre + rows.codes[:, :size] * rows.scale[:size].astype(float)


def ready(coding, data):
    """What a coding has of the data, once its thread is done."""
    coding.rows(data)
    for thread in threading.enumerate():
        if thread.name == "coding of rows":
            thread.join()
    return coding.rows(data)


@pytest.mark.parametrize("distance", list(models.Distance))
@pytest.mark.parametrize("dtype", [np.float32, np.float16, np.uint8])
@given(size=st.integers(1, 130), seed=st.integers(0, 1000))
def test_errors_are_those_of_the_codes(distance, dtype, size, seed):
    rng = np.random.default_rng(seed)
    data = np.abs(rng.standard_normal((50, size)) * 70).astype(dtype)
    coded = quantise(distance, data)
    lost = data.astype(float) - decoded(coded, size)
    errors = coded.rows.facts[:, 0]
    if dtype == np.uint8:
        assert not lost.any()
    elif distance == models.Distance.MANHATTAN:
        np.testing.assert_allclose(errors, np.abs(lost).sum(axis=1), rtol=1e-4, atol=1e-6)
    else:
        np.testing.assert_allclose(errors, np.linalg.norm(lost, axis=1), rtol=1e-4, atol=1e-6)
    assert coded.longest >= np.linalg.norm(data.astype(float) - coded.centre, axis=1).max()


def test_rows_that_come_later_are_coded_like_the_first_and_leave_those_as_they_were():
    rng = np.random.default_rng(1)
    data = rng.standard_normal((900, 20), dtype=np.float32)
    data[500:] *= 3  # beyond what the first rows span
    coder = Coder(EUCLID, data[:300])
    coder.extend(data[:300])
    first = coder.coded()
    before = first.rows.codes.copy()
    for end in (301, 640, 900):
        coder.extend(data[:end])
    assert len(coder.coded()) == 900
    assert (first.rows.codes == before).all()
    assert (coder.coded().rows.codes[:300] == before).all()
    lost = np.linalg.norm(data - decoded(coder.coded(), 20), axis=1)
    np.testing.assert_allclose(coder.coded().rows.facts[:, 0], lost, rtol=1e-4)


def test_saved_arrays_give_the_same_rows_back():
    coded = quantise(EUCLID, np.random.default_rng(1).standard_normal((90, 20), dtype=np.float32))
    again = Quantised.of_arrays({name: array.copy() for name, array in coded.arrays().items()})
    assert (again.metric, again.longest, again.longest_code, len(again)) == (
        coded.metric,
        coded.longest,
        coded.longest_code,
        90,
    )
    for one, other in zip(again.rows, coded.rows, strict=True):
        assert np.array_equal(one, other)


@given(size=st.integers(1, 400), spread=st.integers(-30, 30), seed=st.integers(0, 1000))
def test_under_manhattan_the_scale_is_made_of_units_whose_sums_fit_into_32_bits(size, spread, seed):
    rng = np.random.default_rng(seed)
    widths = np.exp2(rng.uniform(-1, 1, size) * spread).astype(np.float32)
    coded = quantise(MANHATTAN, rng.standard_normal((40, size), dtype=np.float32) * widths)
    scale = coded.rows.scale
    units = scale / unit_of(scale)
    assert (units == np.round(units)).all()
    assert (units[:size] >= 1).all()
    assert units.max() < 2**15
    assert units.sum() * (2 * LARGEST_CODE * FINER) <= 2**31


def test_one_wide_element_leaves_the_others_their_digits():
    data = np.random.default_rng(1).standard_normal((300, 50), dtype=np.float32)
    data[:, 7] *= 100
    lost = np.abs(data - decoded(quantise(MANHATTAN, data), 50))
    alone = quantise(MANHATTAN, np.delete(data, 7, axis=1)).rows.facts[:, 0]
    assert np.delete(lost, 7, axis=1).sum(axis=1).max() < 1.5 * alone.max()


def test_manhattan_codes_of_an_earlier_version_are_refused():
    coded = quantise(
        MANHATTAN, np.random.default_rng(1).standard_normal((90, 20), dtype=np.float32)
    )
    arrays = {name: array.copy() for name, array in coded.arrays().items()}
    arrays["scale"] *= np.float32(1.1)
    with pytest.raises(ValueError, match="earlier version"):
        Quantised.of_arrays(arrays)


def test_few_rows_are_not_worth_it():
    assert Coding(EUCLID).rows(np.zeros((100, 64), np.float32)) is None


def test_many_rows_are_coded_in_the_background_and_few_more_at_once():
    data = np.random.default_rng(2).standard_normal((40_000, 64), dtype=np.float32)
    coding = Coding(EUCLID)
    assert coding.rows(data[:30_000]) is None
    assert len(ready(coding, data[:30_000])) == 30_000
    assert len(coding.rows(data[:30_100])) == 30_100
    assert len(coding.rows(data[:20_000])) == 20_000, "an older state of the collection"
    assert len(ready(coding, data)) == 40_000


def test_rows_of_a_segment_are_left_to_it():
    data = np.random.default_rng(2).standard_normal((12_000, 64), dtype=np.float32)
    coding = Coding(EUCLID, first=4000)
    coded = ready(coding, data)
    assert len(coded) == 8000
    np.testing.assert_allclose(decoded(coded, 64), data[4000:], atol=0.1)


def test_rows_that_cannot_be_coded_are_not_tried_again():
    data = np.full((10_000, 64), 1e30, np.float32)
    coding = Coding(EUCLID)
    assert ready(coding, data) is None
    assert coding.rows(data) is None


def test_a_thread_that_cannot_start_is_tried_again(monkeypatch):
    def refuse(thread):
        raise RuntimeError("can't start new thread")

    data = np.random.default_rng(3).standard_normal((40_000, 64), dtype=np.float32)
    coding = Coding(EUCLID)
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        assert coding.rows(data) is None
    assert len(ready(coding, data)) == 40_000


def test_rows_are_not_coded_where_memory_is_short(monkeypatch):
    coding = Coding(EUCLID)
    data = np.random.default_rng(2).standard_normal((20_000, 64), dtype=np.float32)
    with monkeypatch.context() as patch:
        patch.setattr("engine.index.memory.available_memory", lambda: 1 << 20)
        assert ready(coding, data) is None
    assert len(ready(coding, data)) == len(data)
