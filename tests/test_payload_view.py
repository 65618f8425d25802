"""Columns: what they hold, and that those carried over updates equal those built anew."""

import threading
from dataclasses import fields as fields_of

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qdrant_client import models

from engine.errors import FormatError
from engine.payload.column import Column, Lane
from engine.payload.key_path import Payload, parse_key_path
from engine.payload.view import PayloadView
from tests.payload_snapshot import payload_view
from tests.test_filter_oracle import payloads as any_payload

PATHS = ["a", "b", "a[]", "a.b", "n[].c"]


def contents(column):
    """Return a column's lanes as plain lists, strings spelled out."""
    lanes = {
        field.name: getattr(column, field.name)
        for field in fields_of(Column)
        if field.name not in ("rows", "vocabulary")
    }
    plain = {name: (lane.rows.tolist(), lane.values.tolist()) for name, lane in lanes.items()}
    rows, codes = plain["strings"]
    plain["strings"] = (rows, [column.vocabulary.strings[code] for code in codes])
    return column.rows, plain


def test_values_go_to_the_lane_of_their_type():
    column = payload_view([
        {"a": [1, "x", None, 2.5, True, {"lat": 1, "lon": 2.5}, [1]]},
        {},
        {"a": "x"},
        {"a": None},
        {"a": 2**64},
        {"a": {"lat": 1, "lon": True}},
        {"a": []},
    ]).column("a")  # fmt: skip
    assert contents(column) == (
        7,
        {
            "nodes": ([0, 2, 3, 4, 5, 6], [7, 1, -1, 1, 1, 0]),
            "null_nodes": ([0, 2, 3, 4, 5, 6], [True, False, True, False, False, False]),
            "booleans": ([0], [True]),
            "integers": ([0], [1]),
            "floats": ([0, 4], [2.5, 2.0**64]),
            "strings": ([0, 2], ["x", "x"]),
            "geos": ([0], [[2.5, 1.0]]),
            "others": ([0, 0, 5], [[], [], []]),
        },
    )


def test_numbers_beyond_every_float_are_infinite():
    column = payload_view([{"a": [10**400, -(10**400), 1]}]).column("a")
    assert column.floats.values.tolist() == [np.inf, -np.inf]
    assert column.integers.values.tolist() == [1]


def test_any_of_marks_each_row_once():
    lane = Lane(np.array([0, 0, 2]), np.array([1, 2, 1]))
    assert lane.any_of(lane.values == 1, 4).tolist() == [True, False, True, False]
    full = Lane(np.array([0, 0, 2]), np.array([1, 2, 2]))
    assert full.any_of(full.values == 2, 3).tolist() == [True, False, True]


def test_a_bad_path_is_refused():
    with pytest.raises(FormatError, match="Invalid json path"):
        payload_view([{}]).column("a..b")


def test_columns_are_built_in_one_pass_and_once():
    reads = []

    def read(rows):
        reads.append(list(rows))
        return [{"a": row, "b": row} for row in rows]

    view = PayloadView(read, 3)
    first = view.columns(["a"], along=["b"])["a"]
    assert reads == [[0, 1, 2]]
    assert view.column("b").integers.values.tolist() == [0, 1, 2]
    assert view.column("a") is first
    assert reads == [[0, 1, 2]]


def test_the_next_state_reads_only_what_is_new():
    reads = []

    def read(rows):
        reads.append(list(rows))
        return [{"a": row} for row in rows]

    view = PayloadView(read, 100)
    old = view.column("a")
    later = view.advanced(101, read).advanced(103, read)
    assert reads == [list(range(100))], "advancing reads nothing"
    assert later.column("a").rows == 103
    assert reads[1:] == [[100, 101, 102]]
    assert (old.rows, view.column("a")) == (100, old)


def test_many_new_rows_are_read_in_parts():
    reads = []

    def read(rows):
        reads.append(len(rows))
        return [{"a": row} for row in rows]

    view = PayloadView(read, 1)
    view.column("a")
    assert view.advanced(20_000, read).column("a").rows == 20_000
    assert max(reads) < 20_000


def test_large_views_are_read_in_parts():
    rows = 40_000
    view = PayloadView(lambda part: [{"a": row, "s": f"s{row % 7}"} for row in part], rows)
    column = view.column("a")
    assert column.integers.values.tolist() == list(range(rows))
    strings = view.column("s")
    assert len(strings.vocabulary) == 7
    assert strings.strings.values[:8].tolist() == [0, 1, 2, 3, 4, 5, 6, 0]


updates = st.lists(st.tuples(st.lists(any_payload, max_size=4), st.booleans()), max_size=4)


@settings(deadline=None)
@given(st.lists(any_payload, max_size=12), updates)
def test_carried_columns_equal_fresh_ones(first, steps):
    state = list(first)
    view = payload_view(state)
    for appended, look in [([], True), *steps]:
        state = state + appended
        fresh = payload_view(state)
        view = view.advanced(len(state), fresh.get)
        if look:
            for path in PATHS:
                assert contents(view.column(path)) == contents(fresh.column(path))
            carried, anew = (source.elements(parse_key_path("n")) for source in (view, fresh))
            assert carried.parents.tolist() == anew.parents.tolist()
            assert contents(carried.view.column("c")) == contents(anew.view.column("c"))


numbers = st.one_of(st.integers(-3, 3), st.floats(-3, 3, width=16))
fields = st.one_of(st.none(), numbers, st.lists(numbers, max_size=4))


@settings(deadline=None)
@given(st.lists(st.lists(fields, max_size=6), min_size=1, max_size=4), st.data())
def test_values_are_ranked_as_a_sort_ranks_them(states, data):
    kind = data.draw(st.sampled_from(["integer", "float"]))
    payloads: list[Payload] = []
    view = payload_view([])
    for appended in states:
        payloads = payloads + [{"a": value} for value in appended]
        view = view.advanced(len(payloads), payload_view(payloads).get)
        mask = np.array(data.draw(st.lists(st.booleans(), min_size=len(payloads))), np.bool_)
        mask = mask[: len(payloads)]
        start = data.draw(st.one_of(st.none(), numbers))
        limit, descending = data.draw(st.integers(1, 9)), data.draw(st.booleans())
        lane = view.lane("a", models.PayloadSchemaType(kind))
        pairs = {
            (value, row)
            for row, value in zip(lane.rows.tolist(), lane.values.tolist(), strict=True)
            if mask[row] and (start is None or (value <= start if descending else value >= start))
        }
        wanted = sorted(value for value, _ in pairs)
        wanted = (wanted[::-1] if descending else wanted)[:limit]
        ranked = view.ranked("a", models.PayloadSchemaType(kind))
        rows, values = ranked.first(mask, limit, start, descending=descending)
        found = sorted(values.tolist(), reverse=descending)
        assert found[: len(wanted)] == wanted
        assert {*zip(values.tolist(), rows.tolist(), strict=True)} >= {
            pair for pair in pairs if pair[0] in wanted
        }
        assert {*zip(values.tolist(), rows.tolist(), strict=True)} <= pairs


def test_elements_are_rows():
    payloads: list[Payload] = [
        {"n": [{"x": 1}, 5, {"x": 2}]},
        {},
        {"n": {"x": 9}},
        {"n": [{"x": 3}]},
    ]
    elements = payload_view(payloads).elements(parse_key_path("n"))
    assert elements.parents.tolist() == [0, 0, 3]
    assert elements.view.get([2, 0]) == [{"x": 3}, {"x": 1}]
    assert elements.view.column("x").integers.values.tolist() == [1, 2, 3]


def test_key_paths_tell_what_is_there():
    payloads = [
        {"k": "red", "n": 1, "o": {"x": [1, 2.5]}, "items": [{"v": None}, {"v": "a"}]},
        {"n": True, "at": {"lat": 1, "lon": 2}, "a.b": []},
    ]
    found = {s.path: (s.points, s.types) for s in payload_view(payloads).key_paths()}
    assert found == {
        "at": (1, {"geo": 1}),
        "at.lat": (1, {"integer": 1}),
        "at.lon": (1, {"integer": 1}),
        "items[]": (1, {"object": 2}),
        "items[].v": (1, {"null": 1, "string": 1}),
        "k": (1, {"string": 1}),
        "n": (2, {"integer": 1, "boolean": 1}),
        "o": (1, {"object": 1}),
        "o.x": (1, {"integer": 1, "float": 1}),
    }


def test_a_sample_is_spread_over_all_rows():
    asked = []

    def read(rows):
        asked.extend(rows)
        return [{} for _ in rows]

    PayloadView(read, 1000).key_paths(sample=10)
    assert asked == list(range(0, 1000, 100))
    assert PayloadView(read, 0).key_paths() == []


def test_readers_on_many_threads_share_one_build():
    builds = []

    def read(rows):
        builds.append(len(rows))
        return [{"a": row} for row in rows]

    view = PayloadView(read, 1000)
    found = []
    threads = [threading.Thread(target=lambda: found.append(view.column("a"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert builds == [1000]
    assert all(column is found[0] for column in found)
