"""Graphs against brute force, SciPy and NetworkX: links, trees, groups, hubs, layouts."""

from __future__ import annotations

import networkx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse.csgraph import minimum_spanning_tree

from explorer.graph.centrality import betweenness, bridges, occurrences
from explorer.graph.force import force_layout, placed_among
from explorer.graph.graph import Graph
from explorer.graph.groups import clump_counts, clump_curve, clumps, communities, sizes
from explorer.graph.linking import Linking, link, neighbours_for, spanning_tree
from explorer.jobs import Cancelled
from explorer.neighbours import Neighbours

METRICS = ["Cosine", "Dot", "Euclid", "Manhattan"]
POINTS = 60


def score_matrix(metric: str, n: int = POINTS, seed: int = 0) -> np.ndarray:
    """Scores (n, n), float64, of random points."""
    X = np.random.default_rng(seed).standard_normal((n, 4))
    if metric == "Cosine":
        X /= np.linalg.norm(X, axis=1, keepdims=True)
    if metric in ("Cosine", "Dot"):
        return X @ X.T
    order = 2 if metric == "Euclid" else 1
    return np.linalg.norm(X[:, None] - X[None], ord=order, axis=2)


def nearest(metric: str, k: int, n: int = POINTS, seed: int = 0) -> Neighbours:
    """The k nearest of each point by brute force."""
    scores, larger = score_matrix(metric, n, seed), metric in ("Cosine", "Dot")
    closeness = np.where(np.eye(n, dtype=bool), -np.inf, scores if larger else -scores)
    indices = np.argsort(-closeness, axis=1, kind="stable")[:, :k]
    chosen = np.take_along_axis(scores, indices, axis=1).astype(np.float32)
    return Neighbours(tuple(range(100, 100 + n)), indices.astype(np.int32), chosen, larger)


def pairs(graph: Graph) -> set[tuple[int, int]]:
    return {(int(a), int(b)) for a, b in graph.edges}


def path(n: int) -> Graph:
    """Points in a row, each linked to the next; the further the weaker."""
    edges = np.column_stack((np.arange(n - 1), np.arange(1, n))).astype(np.int32)
    return Graph(tuple(range(n)), edges, 1 - np.arange(n - 1, dtype=np.float32) / n, True)


def blobs(count: int = 3, size: int = 20) -> Graph:
    """Cliques, each linked to the next by one link."""
    nx = networkx.disjoint_union_all([networkx.complete_graph(size)] * count)
    nx.add_edges_from((size * c + 1, size * (c + 1)) for c in range(count - 1))
    edges = np.array([sorted(edge) for edge in nx.edges], np.int32)
    return Graph(tuple(range(len(nx))), edges, np.ones(len(edges), np.float32), True)


@pytest.mark.parametrize("metric", METRICS)
def test_nearest_links_are_those_of_brute_force(metric):
    found = nearest(metric, 5)
    one_way = {(a, int(b)) for a, row in enumerate(found.indices) for b in row}
    either = {(min(pair), max(pair)) for pair in one_way}
    both = {(a, b) for a, b in either if (a, b) in one_way and (b, a) in one_way}
    assert pairs(link(found, Linking.NEAREST)) == either
    assert pairs(link(found, Linking.MUTUAL)) == both
    graph, scores = link(found, Linking.NEAREST), score_matrix(metric)
    np.testing.assert_allclose(graph.scores, scores[tuple(graph.edges.T)], rtol=1e-5)
    assert (graph.edges[:, 0] < graph.edges[:, 1]).all()


@pytest.mark.parametrize("metric", METRICS)
def test_the_tree_is_the_minimum_spanning_tree(metric):
    scores = score_matrix(metric)
    weights = scores if metric in ("Euclid", "Manhattan") else scores.max() + 1 - scores
    weights = np.triu(weights, 1)
    expected = minimum_spanning_tree(weights).tocoo()
    wanted = {(int(a), int(b)) for a, b in zip(expected.row, expected.col, strict=True)}
    assert pairs(link(nearest(metric, POINTS - 1), Linking.TREE)) == wanted


def test_a_tree_holds_identical_points_together():
    """A distance of zero is the closest link, not a missing one."""
    zeros = np.zeros((3, 2), np.float32)
    indices = np.array([[1, 2], [0, 2], [0, 1]], np.int32)
    tree = link(Neighbours((1, 2, 3), indices, zeros, larger_is_better=False), Linking.TREE)
    assert len(tree.edges) == 2
    assert clumps(tree).tolist() == [0, 0, 0]


def test_a_tree_needs_every_neighbour_up_to_a_size():
    assert neighbours_for(Linking.TREE, 8, 100) == 99
    assert neighbours_for(Linking.TREE, 8, 100_000) == 30
    assert neighbours_for(Linking.NEAREST, 8, 5) == 4
    assert neighbours_for(Linking.MUTUAL, 8, 100) == 8


def test_missing_neighbours_make_no_links():
    indices = np.array([[1], [-1], [-1]], np.int32)
    scores = np.array([[0.5], [np.nan], [np.nan]], np.float32)
    graph = link(Neighbours((1, 2, 3), indices, scores, larger_is_better=True), Linking.NEAREST)
    assert pairs(graph) == {(0, 1)}
    assert graph.scores.tolist() == [0.5]


@pytest.mark.parametrize("linking", Linking)
def test_nothing_makes_an_empty_graph(linking):
    nothing = Neighbours((), np.empty((0, 0), np.int32), np.empty((0, 0), np.float32), True)
    graph = link(nothing, linking)
    assert (len(graph), graph.edges.shape, len(graph.degrees)) == (0, (0, 2), 0)
    assert force_layout(graph).shape == (0, 2)
    assert len(communities(graph)) == len(clumps(graph)) == 0


@given(st.sampled_from(METRICS), st.integers(0, 50), st.floats(-2, 4))
def test_a_cut_off_keeps_the_closer_links(metric, seed, cutoff):
    graph = link(nearest(metric, 4, 20, seed), Linking.NEAREST)
    kept = graph.within(cutoff)
    closer = graph.scores >= cutoff if graph.larger_is_better else graph.scores <= cutoff
    wide = np.abs(graph.scores - cutoff) > 1e-5
    assert np.isin(graph.scores[wide], kept.scores).tolist() == closer[wide].tolist()
    assert clump_counts(graph, np.array([cutoff]))[0] == clumps(kept).max() + 1


def test_clump_counts_tell_when_a_path_falls_apart():
    graph = path(4)
    assert clump_counts(graph, np.array([0.0, 0.6, 0.9, 1.1])).tolist() == [1, 2, 3, 4]


def test_the_curve_of_clumps_ends_with_few_links():
    graph = link(nearest("Euclid", 4), Linking.NEAREST)
    cutoffs, counts = clump_curve(graph)
    assert (np.diff(cutoffs) <= 0).all()
    assert (np.diff(counts) >= 0).all()
    assert counts[0] == clumps(graph).max() + 1
    assert counts[-1] == clumps(graph.within(float(graph.scores.min()))).max() + 1


def test_linked_points_come_closest_first():
    assert path(4).linked(1) == [(0, 1.0), (2, 0.75)]
    by_distance = Graph(
        (7, 8, 9), np.array([[0, 1], [0, 2]], np.int32), np.array([2.0, 1.0]), False
    )
    assert [place for place, _ in by_distance.linked(0)] == [2, 1]


def test_communities_are_the_planted_ones_and_follow_from_the_seed():
    graph = blobs()
    found = communities(graph, seed=3)
    assert sizes(found).tolist() == [20, 20, 20]
    assert [len(set(found[start : start + 20])) for start in (0, 20, 40)] == [1, 1, 1]
    random = link(nearest("Cosine", 6, 300), Linking.NEAREST)
    for seed in (0, 1):
        first, second = (communities(random, seed=seed) for _ in range(2))
        assert first.tolist() == second.tolist()


def test_a_higher_resolution_makes_more_communities():
    graph = link(nearest("Cosine", 6, 300), Linking.NEAREST)
    coarse, fine = (communities(graph, resolution).max() for resolution in (0.3, 3.0))
    assert coarse < fine


def test_clumps_are_numbered_by_size():
    edges = np.array([[1, 2], [2, 3], [4, 5]], np.int32)
    graph = Graph(tuple(range(7)), edges, np.ones(3, np.float32), True)
    assert clumps(graph).tolist() == [2, 0, 0, 0, 1, 1, 3]


def test_occurrences_count_who_is_named():
    found = nearest("Euclid", 6)
    assert occurrences(found, 3).tolist() == [
        int((found.indices[:, :3] == place).sum()) for place in range(POINTS)
    ]


def test_betweenness_is_networkx_s():
    graph = link(nearest("Euclid", 3), Linking.NEAREST)
    expected = networkx.betweenness_centrality(networkx.Graph(graph.edges.tolist()))
    found = betweenness(graph)
    np.testing.assert_allclose(found, [expected[place] for place in range(POINTS)], atol=1e-6)


def test_sampled_betweenness_finds_the_same_bridge(monkeypatch):
    graph = blobs(2, 30)
    exact = betweenness(graph)
    monkeypatch.setattr("explorer.graph.centrality.ALL_SOURCES", 10)
    monkeypatch.setattr("explorer.graph.centrality.PIVOTS", 40)
    sampled = betweenness(graph)
    assert set(np.argsort(sampled)[-2:]) == set(np.argsort(exact)[-2:]) == {1, 30}
    assert sampled.max() == pytest.approx(exact.max(), rel=0.3)


def test_bridges_are_the_only_way_across():
    graph = blobs()
    assert graph.edges[bridges(graph)].tolist() == [[1, 20], [21, 40]]


def test_a_force_layout_is_reproducible_and_draws_linked_points_together():
    graph = blobs()
    first, second = force_layout(graph, seed=5), force_layout(graph, seed=5)
    assert np.array_equal(first, second)
    assert np.isfinite(first).all()
    a, b = graph.edges.T
    linked = np.linalg.norm(first[a] - first[b], axis=1)
    apart = np.linalg.norm(first[:20, None] - first[None, 40:], axis=2)
    assert np.median(linked) == pytest.approx(1)
    assert apart.min() > np.median(linked)


def test_clumps_stand_apart():
    graph = Graph(tuple(range(40)), blobs(2).edges, blobs(2).scores, True)
    parted = graph.edges[~((graph.edges[:, 0] < 20) & (graph.edges[:, 1] >= 20))]
    xy = force_layout(Graph(graph.ids, parted, np.ones(len(parted), np.float32), True))
    between = np.linalg.norm(xy[:20, None] - xy[None, 20:], axis=2)
    assert between.min() >= 1


def test_many_clumps_surround_the_largest():
    edges = np.vstack((blobs(1).edges, [[20, 21]])).astype(np.int32)
    xy = force_layout(Graph(tuple(range(60)), edges, np.ones(len(edges), np.float32), True))
    apart = np.linalg.norm(xy[:, None] - xy[None], axis=2)
    others = np.arange(60) >= 22
    assert apart[np.ix_(others, ~others)].min() >= 1
    assert (apart[np.ix_(others, others)] + 9 * np.eye(38)).min() >= 1
    assert np.abs(xy[others].mean(axis=0)).max() < 0.2 * np.linalg.norm(xy, axis=1).max()


@pytest.mark.parametrize("tree", [False, True])
def test_large_clumps_are_laid_out_too(tree):
    """Beyond some hundred points a clump starts from eigenvectors, or as a radial tree."""
    graph = link(nearest("Euclid", 5, 900), Linking.NEAREST)
    xy = force_layout(spanning_tree(graph) if tree else graph)
    assert np.isfinite(xy).all()
    a, b = graph.edges.T
    linked = np.linalg.norm(xy[a] - xy[b], axis=1)
    random = np.linalg.norm(xy - np.random.default_rng(0).permutation(xy), axis=1)
    assert np.median(linked) < np.median(random) / 2


def test_new_points_settle_and_the_known_stay():
    graph = path(8)
    known = np.arange(8) < 6
    before = force_layout(path(6))
    xy = np.zeros((8, 2))
    xy[:6] = before
    placed = placed_among(graph, xy, known)
    assert np.array_equal(placed[:6], before)
    assert np.linalg.norm(placed[6] - placed[5]) < 5
    assert np.array_equal(placed, placed_among(graph, xy, known))


def test_long_work_stops_when_asked():
    graph = blobs()
    for work in (force_layout, betweenness):
        with pytest.raises(Cancelled):
            work(graph, stopped=lambda: True)
