"""Graphs as files, as NetworkX reads them."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any

import networkx
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from explorer.graph.drawing import Drawing
from explorer.graph.export import OWN, RESERVED, GraphFormat, write_graph
from explorer.graph.graph import Graph
from explorer.graph.view import Sample, View
from explorer.hints import Hints

READERS = {
    GraphFormat.GRAPHML: lambda file: networkx.read_graphml(io.BytesIO(file)),
    GraphFormat.GEXF: lambda file: networkx.read_gexf(io.BytesIO(file)),
    GraphFormat.JSON: lambda file: networkx.node_link_graph(json.loads(file), edges="links"),
}
IDS = (3, 2**64 - 1, "7a6c2b66-3b0e-4a6c-8d3c-0f2ed7a8b6b1", 9)
PAYLOADS: tuple[dict[str, Any], ...] = (
    {"name": "a\x07 & <b> \"'\ud800é\n\r", "even": True, "size": 1.5, "tags": ["x"], "no": None},
    {"name": "b", "even": False, "size": 2, "label": 7, "x": "seven"},
    {"size": "large", "huge": 2**70, "endless": float("inf")},
    {},
)


def drawing(payloads=PAYLOADS) -> Drawing:
    n = len(payloads)
    edges = np.array([(0, 1), (1, 2), (0, 2)], np.int32) if n > 2 else np.empty((0, 2), np.int32)
    scores = np.array([0.9, 1e-7, 0.123456789], np.float32)[: len(edges)]
    graph = Graph(IDS[:n], edges, scores, larger_is_better=True)
    xy = np.arange(2.0 * n).reshape(n, 2)
    return Drawing(View("a & b", "v", Sample(4)), graph, xy, np.arange(n, dtype=np.int32), payloads)


@pytest.fixture(params=READERS, ids=str)
def read(request):
    return READERS[request.param](write_graph(drawing(), Hints(), request.param))


def test_nodes_are_named_by_their_ids(read):
    assert list(read) == [str(point) for point in IDS]


def test_nodes_carry_what_we_know_of_them(read):
    node = read.nodes["3"]
    found = {name: node[name] for name in OWN if name != "label"}
    assert found == {"x": 0, "y": 1, "degree": 2, "community": 1, "occurrences": 0}
    assert read.nodes["9"]["community"] == 2


def test_nodes_carry_the_values_that_every_reader_knows(read):
    first, second, third, last = (read.nodes[str(point)] for point in IDS)
    assert re.sub(r"\s", "", first["name"]) == "a&<b>\"'é"
    assert (first["even"], first["size"]) == (True, 1.5)
    assert not {"tags", "no"} & set(first)
    assert (second["even"], second["size"]) == (False, 2)
    assert type(second["size"]) is int
    assert (third["size"], third["huge"]) == ("large", str(2**70))
    assert "endless" not in third
    assert {name for name in last if name != "viz"} == set(OWN)


def test_a_field_that_is_called_as_one_of_ours_is_kept(read):
    assert read.nodes[str(2**64 - 1)]["payload.label"] == 7
    assert read.nodes[str(2**64 - 1)]["payload.x"] == "seven"


def test_links_carry_their_scores(read):
    assert read.number_of_edges() == 3
    assert np.float32(read.edges["3", str(2**64 - 1)]["score"]) == np.float32(0.9)
    assert np.float32(read.edges["3", IDS[2]]["score"]) == np.float32(0.123456789)


def test_gexf_keeps_the_places_for_gephi():
    read = READERS[GraphFormat.GEXF](write_graph(drawing(), Hints(), GraphFormat.GEXF))
    assert read.nodes["9"]["viz"]["position"] == {"x": 6, "y": 7, "z": 0}


@pytest.mark.parametrize("form", [GraphFormat.GRAPHML, GraphFormat.JSON])
def test_the_graph_says_what_it_is_of(form):
    about = READERS[form](write_graph(drawing(), Hints(), form)).graph
    assert about["collection"] == "a & b"
    assert (about["vector"], about["linking"], about["k"]) == ("v", "nearest", 8)


def test_links_are_a_sheet():
    rows = list(csv.reader(io.StringIO(write_graph(drawing(), Hints(), GraphFormat.CSV).decode())))
    assert rows[0] == ["source", "target", "score"]
    assert rows[1] == ["3", str(2**64 - 1), "0.9"]
    assert len(rows) == 4


SCALARS = st.one_of(
    st.text(), st.booleans(), st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False)
)


@settings(max_examples=60)
@example([{"least": -(2**63)}])
@given(st.lists(st.dictionaries(st.text(min_size=1), SCALARS, max_size=4), max_size=4))
def test_whatever_a_payload_holds_can_be_read(payloads):
    made = drawing(tuple(payloads))
    for form, reader in READERS.items():
        read = reader(write_graph(made, Hints(), form))
        assert list(read) == [str(point) for point in made.graph.ids]
        for node, payload in zip(read.nodes.values(), payloads, strict=True):
            numbers = {k for k, v in payload.items() if type(v) is int and k.isidentifier()}
            assert all(node[key] == payload[key] for key in numbers - RESERVED - {"viz"}), form
