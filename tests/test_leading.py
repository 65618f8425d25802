"""The top-L of each row: NumPy, the compiled loop and a whole sort agree, ties included."""

from importlib.util import find_spec, module_from_spec

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba.core.caching import CacheImpl  # type: ignore[import-untyped]  # has no types

from engine.scoring import leading as module
from engine.scoring.leading import leading


def sorted_whole(values, limit):
    """Sort every row whole, by value and then by column."""
    columns = np.full((len(values), min(limit, values.shape[1])), -1)
    for row, line in enumerate(values):
        kept = [c for c in np.argsort(-line, kind="stable") if line[c] > -np.inf][:limit]
        columns[row, : len(kept)] = kept
    return columns


@settings(deadline=None)
@given(st.integers(0, 6), st.integers(0, 12), st.integers(1, 14), st.integers(0, 99))
@pytest.mark.parametrize("least", [0, 1 << 40])
def test_both_ways_equal_a_sort_of_everything(least, rows, columns, limit, seed):
    rng = np.random.default_rng(seed)
    values = rng.integers(-2, 3, (rows, columns)).astype(np.float32)
    values[rng.random(values.shape) < 0.3] = -np.inf
    module.warm_up(wait=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "WORTH_COMPILING", least)
        places, found = leading(values, limit)
    expected = sorted_whole(values, limit)
    np.testing.assert_array_equal(places, expected)
    filled = places >= 0
    np.testing.assert_array_equal(found[~filled], -np.inf)
    lines = np.nonzero(filled)[0]
    np.testing.assert_array_equal(found[filled], values[lines, places[filled]])


def test_the_loops_do_where_compiled_code_cannot_be_kept(monkeypatch):
    monkeypatch.setattr(CacheImpl, "_locator_classes", [])
    spec = find_spec("engine.scoring.leading_compiled")
    assert spec is not None
    assert spec.loader is not None
    anew = module_from_spec(spec)
    spec.loader.exec_module(anew)
    values, columns = np.array([[1, 3, 2]], np.float32), np.array([[0, 1, 2]], np.int32)
    anew.settle(values, columns, np.array([3], np.int32), 1)
    assert columns[0, 0] == 1
