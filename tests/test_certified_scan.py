"""The scan of coded rows keeps every row that a plain scan of the stored ones would choose."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qdrant_client import models

from engine.index import loops, passes
from engine.index.passes import possible_best
from engine.index.quantised import quantise
from engine.index.scan import Scan
from engine.index.scorer import ask
from engine.scoring.registry import STRATEGIES
from engine.scoring.strategy import Similarities
from engine.workers import Workers
from tests.coded_rows import DATATYPES, KINDS, Case, stored


@pytest.fixture(scope="module", autouse=True)
def compiled():
    loops.warm_up(wait=True)


def vectors(rng, count, size, shape):
    drawn = rng.standard_normal((count, size)).astype(np.float32)
    match shape:
        case "bytes":
            return np.abs(drawn * 80)
        case "repeats":
            return drawn[rng.integers(max(1, count // 5), size=count)]
        case "shifted":
            return drawn * np.float32(0.01) + np.float32(30)
        case "outliers":
            drawn[rng.integers(count, size=3)] *= 50
    return drawn


@settings(max_examples=150)
@given(
    kind=st.sampled_from(sorted(KINDS)),
    distance=st.sampled_from(list(models.Distance)),
    datatype=st.sampled_from(DATATYPES),
    shape=st.sampled_from(["plain", "bytes", "repeats", "shifted", "outliers"]),
    size=st.sampled_from([1, 3, 17, 64, 100]),
    limit=st.integers(1, 30),
    subset=st.booleans(),
    seed=st.integers(0, 2**32 - 1),
)
def test_misses_no_row_that_can_be_among_the_best(
    kind, distance, datatype, shape, size, limit, subset, seed
):
    rng = np.random.default_rng(seed)
    rows = stored(vectors(rng, 600, size, shape), distance, datatype)
    case = Case(rows, KINDS[kind], vectors(rng, 5, size, shape))
    wanted = np.flatnonzero(rng.random(600) < 0.5) if subset else None
    possible = possible_best(case.quantised, case.asked, wanted, limit)
    if possible is None:
        return
    kept = possible.rows
    everything = np.arange(600) if wanted is None else wanted
    scores = case.exactly()[everything]
    best = everything[scores >= np.sort(scores)[-limit]]
    assert possible.least <= np.sort(scores)[-limit]
    assert set(best.tolist()) <= set(kept.tolist())
    assert len(set(kept.tolist())) == len(kept)
    assert set(kept.tolist()) <= set(everything.tolist())


class Backwards(Workers):
    """Does what is meant for threads one after the other, those first that leave something."""

    def results(self, jobs):
        return [job() for job in reversed(jobs)][::-1]


@settings(max_examples=100)
@given(
    kinds=st.lists(st.sampled_from(sorted(KINDS)), min_size=1, max_size=70),
    distance=st.sampled_from(list(models.Distance)),
    datatype=st.sampled_from(DATATYPES),
    shape=st.sampled_from(["plain", "bytes", "repeats", "outliers"]),
    limit=st.integers(1, 30),
    subset=st.booleans(),
    workers=st.sampled_from([Workers(1), Workers(3), Backwards(2), Backwards(3)]),
    seed=st.integers(0, 2**32 - 1),
)
def test_passes_of_many_by_many_keep_what_each_query_keeps_alone(
    kinds, distance, datatype, shape, limit, subset, workers, seed
):
    rng = np.random.default_rng(seed)
    rows = stored(vectors(rng, 600, 17, shape), distance, datatype)
    coded = quantise(distance, rows.data)
    wanted = np.flatnonzero(rng.random(600) < 0.5) if subset else None
    asked = [Case(rows, KINDS[kind], vectors(rng, 5, 17, shape)).asked for kind in kinds]
    scans = [Scan(coded, query, wanted, limit) for query in asked]
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"WORKERS": workers, "_LONG": 1, "_ALONE": 32, "_SHARED": 32}.items():
            patch.setattr(passes, name, value)
        found = passes.possible(scans)
    for scan, together in zip(scans, found, strict=True):
        alone = possible_best(*scan)
        assert (together is None) == (alone is None)
        if alone is not None:
            assert together.rows.tolist() == alone.rows.tolist()
            assert together.least == alone.least


@pytest.mark.parametrize(("times", "threads"), [(0.4, None), (1, 2), (2, 4), (100, 8)])
def test_longer_scans_have_more_threads(times, threads, monkeypatch):
    seen = []

    class Watched(Workers):
        def results(self, jobs):
            seen.append(len(jobs))
            return super().results(jobs)

    rng = np.random.default_rng(8)
    rows = stored(rng.standard_normal((3000, 20), dtype=np.float32), models.Distance.DOT)
    case = Case(rows, KINDS["nearest, qdrant"], rows.data[:5])
    one = Scan(case.quantised, case.asked, None, 5)
    monkeypatch.setattr(passes, "WORKERS", Watched(8))
    monkeypatch.setattr(passes, "_LONG", int(one.effort / times))
    found = passes.possible([one])
    assert seen == ([] if threads is None else [threads])
    assert found[0].rows.tolist() == possible_best(*one).rows.tolist()


@pytest.mark.parametrize("distance", list(models.Distance))
@pytest.mark.parametrize("kind", ["nearest, qdrant", "best_score, qdrant", "sum_scores, qdrant"])
def test_keeps_few_of_many(kind, distance):
    rng = np.random.default_rng(4)
    rows = stored(rng.standard_normal((4000, 64), dtype=np.float32), distance)
    case = Case(rows, KINDS[kind], rows.data[:5])
    kept = possible_best(case.quantised, case.asked, None, 10).rows
    assert 10 <= len(kept) < 400


def test_gives_up_where_codes_tell_nothing_apart():
    rng = np.random.default_rng(6)
    far = np.float32(1) + rng.standard_normal((4000, 64), dtype=np.float32) * np.float32(1e-6)
    far[0] = -1  # one outlier makes every step of the codes larger than all differences
    rows = stored(far, models.Distance.EUCLID)
    case = Case(rows, KINDS["nearest, qdrant"], rows.data[1:6])
    assert possible_best(case.quantised, case.asked, None, 10) is None


def test_gives_up_where_more_is_asked_for_than_that_can_pay():
    rng = np.random.default_rng(6)
    rows = stored(rng.standard_normal((4000, 8), dtype=np.float32), models.Distance.DOT)
    case = Case(rows, KINDS["nearest, qdrant"], rows.data[:5])
    assert possible_best(case.quantised, case.asked, None, 3000) is None


def test_scores_that_do_not_grow_with_similarity_are_not_certified():
    rng = np.random.default_rng(6)
    rows = stored(rng.standard_normal((4000, 8), dtype=np.float32), models.Distance.DOT)
    case = Case(rows, KINDS["best_score, documented"], rows.data[:5])
    assert possible_best(case.quantised, case.asked, None, 10) is None


def test_numbers_that_could_overflow_are_left_to_the_plain_scan():
    huge = np.full((10, 4), 1e30, np.float32)
    assert quantise(models.Distance.DOT, huge) is None
    small = stored(np.eye(4, dtype=np.float32), models.Distance.EUCLID)
    assert Case(small, KINDS["nearest, qdrant"], huge[:5]).asked is None


def test_no_rows_and_no_examples():
    assert quantise(models.Distance.DOT, np.empty((0, 4), np.float32)) is None
    rows = stored(np.eye(4, dtype=np.float32), models.Distance.DOT)
    case = Case(rows, KINDS["nearest, qdrant"], rows.data)
    assert not possible_best(case.quantised, case.asked, np.empty(0, np.int64), 1).rows.size
    assert Case(rows, KINDS["context, qdrant"], np.empty((0, 4), np.float32)).asked is None


@pytest.mark.parametrize("name", ["best_score", "sum_scores"])
@pytest.mark.parametrize("distance", list(models.Distance))
def test_one_disliked_example_alone(name, distance):
    rng = np.random.default_rng(9)
    rows = stored(rng.standard_normal((3000, 20), dtype=np.float32), distance)
    strategy, example = STRATEGIES["qdrant"][name], rows.data[:1]
    quantised = quantise(distance, rows.data)
    kept = possible_best(quantised, ask(strategy, quantised, example, 0, 1), None, 5).rows
    found = rows.similarities([example[0]])
    scores = strategy.score(Similarities(found[:0], found[:0], found))
    assert set(np.argsort(-scores, kind="stable")[:5].tolist()) <= set(kept.tolist())
    assert len(kept) < 500
