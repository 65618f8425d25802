"""The nearest others of many rows, tile by tile, against a sort of the whole matrix."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]  # has no types

from engine.scoring import mutual
from engine.scoring.mutual import nearest_others


def symmetric(count: int, seed: int) -> np.ndarray:
    """Return similarities with many ties, and some at minus infinity."""
    rng = np.random.default_rng(seed)
    values = np.triu(rng.integers(-40, 40, (count, count)).astype(np.float32))
    values[rng.random(values.shape) < 0.1] = -np.inf
    return np.maximum(values, values.T) if count else values


def sorted_whole(values: np.ndarray, limit: int) -> list[list[int]]:
    """Return the columns that lead each row, by a sort; no row leads itself."""
    found = []
    for row, line in enumerate(values):
        order = np.argsort(-line, kind="stable").tolist()
        found.append([c for c in order if c != row and line[c] > -np.inf][:limit])
    return found


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 400), st.integers(1, 90), st.integers(0, 99))
@pytest.mark.parametrize("side", [7, 64, 150, 1000])
def test_tiles_lead_to_what_sorting_everything_does(side, count, limit, seed):
    values = symmetric(count, seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mutual, "SIDE", side)
        columns, scores = nearest_others(
            lambda rows, others: values[rows, others].copy(), count, limit, lambda *_: None
        )
    assert columns.shape == scores.shape == (count, min(limit, count))
    expected = sorted_whole(values, limit)
    assert [[c for c in line if c >= 0] for line in columns.tolist()] == expected
    for row, line in enumerate(expected):
        np.testing.assert_array_equal(scores[row, : len(line)], values[row, line])
        assert (scores[row, len(line) :] == -np.inf).all()


def test_each_pair_is_compared_once_and_steps_rise(monkeypatch):
    monkeypatch.setattr(mutual, "SIDE", 10)
    values, compared, steps = symmetric(35, 1), [], []

    def compare(rows, others):
        compared.append((rows.start, others.start))
        return values[rows, others].copy()

    nearest_others(compare, 35, 3, lambda *step: steps.append(step))
    assert sorted(compared) == [(a, b) for a in range(0, 35, 10) for b in range(a, 35, 10)]
    assert all(earlier <= later for earlier, later in pairwise(steps))
    assert {total for _, total in steps} == {35}


def test_a_step_that_raises_ends_the_work(monkeypatch):
    monkeypatch.setattr(mutual, "SIDE", 10)
    values, compared = symmetric(400, 1), []

    def compare(rows, others):
        compared.append(rows)
        return values[rows, others].copy()

    def stop(*_):
        raise KeyboardInterrupt

    libraries = ThreadpoolController().select(user_api="blas")
    before = libraries.info()
    with pytest.raises(KeyboardInterrupt):  # noqa: PT012 - looks on while the error is held
        try:
            nearest_others(compare, 400, 3, stop)
        except KeyboardInterrupt:
            assert libraries.info() == before
            raise
    assert len(compared) < 41 * 40 / 2


def test_overlapping_callers_leave_blas_as_it_was():
    threads = ThreadpoolController().select(user_api="blas")
    before = threads.info()
    with mutual.BLAS.in_one_thread():
        with mutual.BLAS.in_one_thread():
            assert {library["num_threads"] for library in threads.info()} == {1}
        assert {library["num_threads"] for library in threads.info()} == {1}
    assert threads.info() == before
