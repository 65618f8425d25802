"""The walk over a graph against a plain reading of it, and its recall on a graph of hnswlib's."""

from __future__ import annotations

from itertools import takewhile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qdrant_client import models

from engine.index import graph_support, loops
from engine.index.graph import Graph, read_hnswlib
from engine.index.passes import possible_best
from engine.index.walk import walk
from engine.payload.allowed import Allowed
from tests.coded_rows import DATATYPES, KINDS, Case, stored

ROWS, DEGREE = 300, 8


@pytest.fixture(scope="module", autouse=True)
def compiled():
    loops.warm_up(wait=True)


def random_graph(rng, rows=ROWS, levels=0):
    """Return random links; a third of the rows of a level are on the next one, the entry on all."""
    entry, first_upper = rows // 2, np.full(rows, -1, np.int32)
    upper: list[np.ndarray] = []
    heights = np.minimum(rng.geometric(2 / 3, size=rows) - 1, levels)
    heights[entry] = levels
    for row in np.flatnonzero(heights):
        first_upper[row] = len(upper)
        upper += [
            linked(rng, row, np.flatnonzero(heights >= level), DEGREE)
            for level in range(1, heights[row] + 1)
        ]
    return Graph.of_arrays(
        {
            "lowest": np.array([linked(rng, row, np.arange(rows), 16) for row in range(rows)]),
            "upper": np.array(upper, np.uint32).reshape(-1, DEGREE),
            "first_upper": first_upper,
            "top": np.array([entry, levels]),
        }
    )


def linked(rng, row, others, width):
    """Return a row's links to a few of the others; the rest of the places hold the row."""
    chosen = rng.choice(others[others != row], size=width) if len(others) > 1 else row
    return np.where(np.arange(width) < rng.integers(1, DEGREE), chosen, row).astype(np.uint32)


def neighbours_of(graph, row, level=0):
    links = graph.links
    listed = links.upper[links.first_upper[row] + level - 1] if level else links.lowest[row]
    return list(takewhile(row.__ne__, listed.tolist()))


def plain_walk(graph, scores, ef, entries, allowed, budget):
    """Best first search (Malkov and Yashunin, algorithm 2), four rows at a time, with a budget.

    With a mask a row whose neighbours may be found, one in four of them at least, leads to those
    only.
    """
    seen = dict.fromkeys(entries)
    waiting, found, scored = list(seen), [row for row in seen if allowed[row]], len(seen)
    while True:
        found = sorted(found, key=lambda row: -scores[row])[:ef]
        least = scores[found[-1]] if len(found) == ef else -np.inf
        waiting = sorted(
            (row for row in waiting if scores[row] >= least), key=lambda row: -scores[row]
        )
        if not waiting or scored > budget:
            return found
        leaving, waiting = waiting[:4], waiting[4:]
        for row in leaving:
            neighbours = neighbours_of(graph, row)
            good = [other for other in neighbours if allowed[other]]
            for other in good if 4 * len(good) >= len(neighbours) else neighbours:
                if other not in seen:
                    seen[other] = None
                    scored += 1
                    waiting.append(other)
                    found += [other] if allowed[other] else []


def plain_walk_past(graph, scores, ef, starts, allowed):
    """Best first search among rows that may be found and, past each other row, its neighbours."""
    seen, found, left = set(starts), [row for row in starts if allowed[row]], set()

    def reached(row):
        near = [other for other in dict.fromkeys(neighbours_of(graph, row)) if other not in seen]
        seen.update(near)
        good = [other for other in near if allowed[other]]
        for other in near:
            beyond = [] if allowed[other] else neighbours_of(graph, other)
            new = [row for row in dict.fromkeys(beyond) if allowed[row] and row not in seen]
            seen.update(new)
            good += new
        return good

    leaving = starts
    while leaving:
        found += [other for row in leaving for other in reached(row)]
        found = sorted(found, key=lambda row: -scores[row])[:ef]
        leaving = [row for row in found if row not in left][:4]
        left.update(leaving)
    return found


def plain_lead(graph, scores):
    """Return the best four rows that the upper levels lead to, followed side by side."""
    beam = [graph.links.entry]
    for level in range(graph.links.top_level, 0, -1):
        left = set()
        while waiting := [row for row in beam if row not in left]:
            left.add(waiting[0])
            met = {*beam, *neighbours_of(graph, waiting[0], level)}
            beam = sorted(met, key=lambda row: -scores[row])[:4]
    return beam


def plain_climb(graph, likeness):
    """From where the upper levels lead to the most similar neighbour, until none is more so."""
    row = plain_lead(graph, likeness)[0]
    while True:
        best = max([row, *neighbours_of(graph, row)], key=lambda other: likeness[other])
        if likeness[best] <= likeness[row]:
            return row
        row = best


@pytest.mark.parametrize("distance", list(models.Distance))
@pytest.mark.parametrize("datatype", DATATYPES)
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_scores_are_those_of_the_coded_rows(kind, distance, datatype):
    rng = np.random.default_rng(2)
    rows = stored(
        np.abs(rng.standard_normal((ROWS, 33)) * 60).astype(np.float32), distance, datatype
    )
    case = Case(rows, KINDS[kind], rows.data[:5] * 1.1)
    every = np.arange(ROWS)
    found = walk(random_graph(rng), case.quantised, case.asked, ef=ROWS, entries=every[:16])
    expected, largest = (
        case.guided()[found.rows],
        np.abs(rows.similarities(list(case.examples))).max(),
    )
    close = np.isclose(found.scores, expected, rtol=1e-3, atol=1e-4 * largest)
    assert close.mean() > 0.98  # a pair that is nearly a tie may count either way
    assert (np.diff(found.scores) <= 0).all()


@settings(max_examples=80)
@given(
    ef=st.sampled_from([1, 5, 20, ROWS]),
    entries=st.lists(st.integers(0, ROWS - 1), max_size=6),
    share=st.sampled_from([None, 1.0, 0.3, 0.02, 0.0]),
    budget=st.sampled_from([None, 40, 150]),
    levels=st.integers(0, 3),
    kind=st.sampled_from(["best_score, qdrant", "nearest, qdrant"]),
    distance=st.sampled_from(list(models.Distance)),
    datatype=st.sampled_from(DATATYPES[:2]),
    seed=st.integers(0, 2**32 - 1),
)
def test_finds_what_a_plain_reading_finds(
    ef, entries, share, budget, levels, kind, distance, datatype, seed
):
    rng = np.random.default_rng(seed)
    rows = stored(rng.standard_normal((ROWS, 24), dtype=np.float32), distance, datatype)
    case = Case(rows, KINDS[kind], rng.standard_normal((5, 24), dtype=np.float32))
    graph = random_graph(rng, levels=levels)
    allowed = None if share is None else rng.random(ROWS) < share
    found = walk(
        graph,
        case.quantised,
        case.asked,
        ef=ef,
        entries=np.array(entries, np.int64),
        allowed=None if allowed is None else Allowed(allowed).bits,
        budget=budget,
    )
    mask = np.ones(ROWS, np.bool_) if allowed is None else allowed
    scores = case.roughly()
    likeness = case.coded_similarities()[: case.counts[1]]  # to each positive
    starts = entries or [plain_climb(graph, one) for one in likeness] or plain_lead(graph, scores)
    expected = plain_walk(graph, scores, ef, starts, mask, budget or ROWS * 2)
    assert mask[found.rows].all()
    assert found.exhausted == (budget is not None and found.visited > budget)
    if not found.exhausted:
        np.testing.assert_allclose(np.sort(scores[found.rows])[::-1], scores[expected], 1e-4, 1e-4)


@settings(max_examples=60)
@given(
    ef=st.sampled_from([1, 5, 20, ROWS]),
    entries=st.lists(st.integers(0, ROWS - 1), max_size=4, unique=True),
    share=st.sampled_from([0.5, 0.3, 0.1, 0.0]),
    levels=st.integers(0, 3),
    kind=st.sampled_from(["best_score, qdrant", "nearest, qdrant"]),
    distance=st.sampled_from(list(models.Distance)),
    datatype=st.sampled_from(DATATYPES[:2]),
    seed=st.integers(0, 2**32 - 1),
)
def test_finds_past_others_what_a_plain_reading_finds(
    ef, entries, share, levels, kind, distance, datatype, seed
):
    rng = np.random.default_rng(seed)
    rows = stored(rng.standard_normal((ROWS, 24), dtype=np.float32), distance, datatype)
    case = Case(rows, KINDS[kind], rng.standard_normal((5, 24), dtype=np.float32))
    graph, allowed = random_graph(rng, levels=levels), rng.random(ROWS) < share
    asked, bits = (graph, case.quantised, case.asked), Allowed(allowed).bits
    found = walk(*asked, ef=ef, entries=np.array(entries, np.int64), allowed=bits, past=True)
    scores = case.roughly()
    likeness = case.coded_similarities()[: case.counts[1]]  # to each positive
    starts = entries or [plain_climb(graph, one) for one in likeness] or plain_lead(graph, scores)
    expected = plain_walk_past(graph, scores, ef, list(dict.fromkeys(starts)), allowed)
    assert allowed[found.rows].all()
    np.testing.assert_allclose(np.sort(scores[found.rows])[::-1], scores[expected], 1e-4, 1e-4)


def test_rows_without_links_are_never_reached_and_one_row_is_a_graph():
    rng = np.random.default_rng(0)
    rows = stored(rng.standard_normal((ROWS, 8), dtype=np.float32), models.Distance.DOT)
    case = Case(rows, KINDS["nearest, qdrant"], rows.data[:5])
    alone = np.repeat(np.arange(ROWS, dtype=np.uint32)[:, None], 16, axis=1)
    arrays = {**random_graph(rng).arrays(), "lowest": alone}
    found = walk(Graph.of_arrays(arrays), case.quantised, case.asked, ef=10)
    assert found.rows.tolist() == [ROWS // 2]


def test_many_walks_of_one_thread_do_not_disturb_each_other():
    rng = np.random.default_rng(1)
    rows = stored(rng.standard_normal((ROWS, 8), dtype=np.float32), models.Distance.DOT)
    case = Case(rows, KINDS["nearest, qdrant"], rows.data[:5])
    graph = random_graph(rng)
    first = walk(graph, case.quantised, case.asked, ef=20).rows
    for _ in range(20):
        assert (walk(graph, case.quantised, case.asked, ef=20).rows == first).all()


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    hnswlib = pytest.importorskip("hnswlib", reason=graph_support().reason)
    rng = np.random.default_rng(8)
    centres = rng.standard_normal((60, 32), dtype=np.float32)
    drawn = centres[rng.integers(60, size=4000)]
    drawn += rng.standard_normal((4000, 32), dtype=np.float32) * np.float32(0.6)
    rows = stored(drawn, models.Distance.COSINE)
    index = hnswlib.Index("ip", 32)
    index.init_index(4000, ef_construction=100, M=16, random_seed=1)
    index.add_items(rows.data, np.arange(4000), num_threads=1)
    path = tmp_path_factory.mktemp("graph") / "index"
    index.save_index(str(path))
    return rows, path


def test_a_margin_counts_as_much_as_the_target_however_close_its_pair_is():
    rng = np.random.default_rng(5)
    rows = stored(rng.standard_normal((ROWS, 8), dtype=np.float32), models.Distance.DOT)
    examples = rows.data[:5].copy()
    examples[3] = examples[1] + 1e-3 * examples[2]
    weights = Case(rows, KINDS["discover, qdrant"], examples).asked.weights
    lengths = np.linalg.norm(
        [examples[0], examples[1] - examples[3], examples[2] - examples[4]], axis=1
    )
    np.testing.assert_allclose(weights * lengths, [lengths[0], *[3 * lengths[0]] * 2], rtol=1e-3)


@pytest.mark.parametrize(
    "kind", [kind for kind in sorted(KINDS) if not kind.startswith(("discover", "sum_scores"))]
)
def test_recall_at_ten(built, kind):
    rows, path = built
    graph, rng, hits = read_hnswlib(path, 4000), np.random.default_rng(3), []
    for _ in range(20):
        examples = rng.integers(4000, size=5)
        case = Case(rows, KINDS[kind], rows.data[examples])
        scores = case.exactly()
        found = walk(graph, case.quantised, case.asked, ef=64, entries=examples)
        best = np.sort(scores[found.rows[:30]])[-10:]
        hits.append((best >= np.sort(scores)[-10]).mean())
    assert np.mean(hits) >= 0.97


def test_a_filtered_walk_finds_the_best_of_the_allowed(built):
    rows, path = built
    graph, rng, hits = read_hnswlib(path, 4000), np.random.default_rng(3), []
    for _ in range(20):
        allowed = rng.random(4000) < 0.3
        query = rows.data[rng.integers(4000, size=5)]
        case = Case(rows, KINDS["nearest, qdrant"], query)
        found = walk(graph, case.quantised, case.asked, ef=64, allowed=Allowed(allowed).bits)
        best = possible_best(case.quantised, case.asked, np.flatnonzero(allowed), 10).rows
        exact = case.exactly()
        hits.append((exact[found.rows[:10]] >= np.sort(exact[best])[-10] - 1e-2).mean())
    assert np.mean(hits) >= 0.95
