"""The best of many: exactly those that sorting everything would put first, ties by id."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.payload.allowed import Allowed
from engine.query.candidates import best, cheapest, first_by_id
from tests.payload_snapshot import snapshot_of

ROWS = 3000


@pytest.fixture(scope="module")
def snapshot():
    ids = np.random.default_rng(4).permutation(ROWS).tolist()
    return snapshot_of([{}] * ROWS, ids=ids)


def sorted_places(snapshot, cost, limit):
    return np.lexsort((snapshot.ids.records["low"][: len(cost)], cost))[:limit].tolist()


@given(
    st.integers(0, 2**32 - 1),
    st.integers(0, ROWS),
    st.integers(0, 40) | st.integers(0, ROWS),
    st.sampled_from([1, 3, 50, 10**6]),
    st.sampled_from([np.float32, np.float64, np.int64]),
)
def test_the_cheapest_are_those_that_a_sort_puts_first(snapshot, seed, rows, limit, levels, dtype):
    cost = np.random.default_rng(seed).integers(-levels, levels, rows, endpoint=True).astype(dtype)
    found = cheapest(snapshot, np.arange(rows), cost, limit)
    assert found.tolist() == sorted_places(snapshot, cost, limit)


@pytest.mark.parametrize("smallest", [False, True])
def test_what_is_no_number_comes_last(snapshot, smallest):
    scores = np.random.default_rng(1).standard_normal(ROWS).astype(np.float32)
    scores[::2] = np.nan
    found = best(snapshot, np.arange(ROWS), scores, ROWS, smallest=smallest)
    assert np.isnan(found.scores[ROWS // 2 :]).all()
    ordered = found.scores[: ROWS // 2] * (1 if smallest else -1)
    assert (np.diff(ordered) >= 0).all()


@given(st.integers(0, 2**32 - 1), st.sampled_from([0, 0.01, 0.3, 1]), st.integers(1, 2 * ROWS))
def test_the_first_by_id_are_found_among_few_and_among_many(snapshot, seed, share, limit):
    mask = np.random.default_rng(seed).random(ROWS) < share
    found = first_by_id(snapshot, Allowed(mask), limit)
    ids = snapshot.ids.records["low"]
    rows = sorted(np.flatnonzero(mask).tolist(), key=ids.__getitem__)
    assert found.tolist() == rows[:limit]
