"""Graphs as hnswlib writes them, read into arrays of our own."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import CollectionCorrupt
from engine.index import graph_support
from engine.index.graph import Graph, read_hnswlib

hnswlib = pytest.importorskip("hnswlib", reason=graph_support().reason)


def written(path, rows, labels, *, m=4):
    index = hnswlib.Index("l2", rows.shape[1])
    index.init_index(len(rows), ef_construction=40, M=m, random_seed=1)
    index.add_items(rows, labels, num_threads=1)
    index.save_index(str(path))
    return path


@pytest.fixture
def rows():
    return np.random.default_rng(1).standard_normal((500, 6), dtype=np.float32)


def test_links_are_near_rows_whatever_order_they_were_added_in(tmp_path, rows):
    order = np.random.default_rng(2).permutation(500)
    links = read_hnswlib(written(tmp_path / "index", rows[order], order), 500).links
    distances = ((rows[:, None] - rows[None]) ** 2).sum(axis=2)
    own = np.arange(500)[:, None]
    linked = links.lowest != own
    assert links.lowest.shape == (500, 16)
    assert (linked.sum(axis=1) >= 1).all()
    assert (linked.sum(axis=1) <= 8).all()
    assert not (np.diff(linked.astype(int), axis=1) > 0).any(), "own row only after the links"
    near = np.take_along_axis(distances, links.lowest.astype(int), axis=1)[linked]
    assert np.median(near) < np.quantile(distances, 0.02)


def test_rows_that_were_not_added_have_no_links(tmp_path, rows):
    added = np.arange(0, 500, 2)
    links = read_hnswlib(written(tmp_path / "index", rows[added], added), 500).links
    assert (links.lowest[1::2] == np.arange(1, 500, 2)[:, None]).all()
    assert (links.lowest[::2] % 2 == 0).all()
    assert links.entry % 2 == 0


def test_upper_levels_lead_from_the_entry_to_rows_that_have_them(tmp_path, rows):
    links = read_hnswlib(written(tmp_path / "index", rows, np.arange(500)), 500).links
    assert links.top_level >= 1
    assert links.first_upper[links.entry] >= 0
    for level in range(links.top_level):
        block = links.upper[links.first_upper[links.entry] + level]
        assert (links.first_upper[block] >= 0).all()
    assert (np.sort(links.first_upper[links.first_upper >= 0]) >= 0).all()


def test_arrays_come_back_as_they_were(tmp_path, rows):
    graph = read_hnswlib(written(tmp_path / "index", rows, np.arange(500)), 500)
    again = Graph.of_arrays({name: array.copy() for name, array in graph.arrays().items()})
    for one, other in zip(graph.links, again.links, strict=True):
        assert np.array_equal(one, other)


def test_a_graph_of_one_row(tmp_path, rows):
    links = read_hnswlib(written(tmp_path / "index", rows[:1], [3]), 5).links
    assert links.entry == 3
    assert (links.lowest == np.arange(5)[:, None]).all()


@pytest.mark.parametrize("end", [0, 50, 96, 3000, -1, -9, -2000])
def test_a_file_cut_short_is_named(tmp_path, rows, end):
    path = written(tmp_path / "index", rows, np.arange(500))
    path.write_bytes(path.read_bytes()[:end])
    with pytest.raises(CollectionCorrupt, match="index"):
        read_hnswlib(path, 500)


def test_a_row_beyond_the_collection_is_named(tmp_path, rows):
    path = written(tmp_path / "index", rows, np.arange(500))
    with pytest.raises(CollectionCorrupt, match="row 499, but there are 400"):
        read_hnswlib(path, 400)


@pytest.fixture(scope="module")
def layered(tmp_path_factory):
    """A graph of many levels."""
    rows = np.random.default_rng(3).standard_normal((300, 4), dtype=np.float32)
    path = written(tmp_path_factory.mktemp("layered") / "index", rows, np.arange(300), m=2)
    graph = read_hnswlib(path, 320)
    assert graph.links.top_level >= 3
    assert not graph.damage
    return graph


def stays_inside(links):
    """Return whether a walk that goes wherever links lead finds a block at each step."""
    reached = {links.entry}
    for level in range(links.top_level, 0, -1):
        pending = list(reached)
        while pending:
            row = pending.pop()
            if not 0 <= links.first_upper[row] <= len(links.upper) - level:
                return False
            near = {int(each) for each in links.upper[links.first_upper[row] + level - 1]}
            pending += near - reached
            reached |= near
    return True


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_a_walk_down_a_graph_without_damage_stays_inside(layered, data):
    arrays = {name: array.copy() for name, array in layered.arrays().items()}
    part = arrays[data.draw(st.sampled_from(["upper", "first_upper", "top"]))].reshape(-1)
    value = st.integers(-3, 319) if part.dtype.kind == "i" else st.integers(0, 319)
    part[data.draw(st.integers(0, len(part) - 1))] = data.draw(value)
    graph = Graph.of_arrays(arrays)
    assert graph.damage or stays_inside(graph.links)


def test_a_link_to_a_row_without_its_level_is_damage(layered):
    arrays = {name: array.copy() for name, array in layered.arrays().items()}
    low = int(np.flatnonzero(arrays["first_upper"] == -1)[0])
    arrays["upper"][0, 0] = low
    assert f"lead to row {low}, which has 0" in Graph.of_arrays(arrays).damage
