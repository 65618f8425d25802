"""Each kind of condition, quirk by quirk."""

import numpy as np
import pytest
from qdrant_client import models

from engine.errors import FormatError, InvalidRequest
from engine.payload.filters import MAX_DEPTH, condition_mask, filter_mask
from engine.payload.key_path import Payload
from tests.payload_snapshot import snapshot_of

MIXED = [
    {},
    {"a": None},
    {"a": []},
    {"a": [None]},
    {"a": 1},
    {"a": 1.0},
    {"a": True},
    {"a": "1"},
    {"a": {"b": 1}},
    {"a": [{"b": 1}]},
    {"a": [[1]]},
    {"a": [1, "x"]},
    {"a": 2**63},
    {"a": 2**70},
]


def rows(payloads, condition, compat="1.20", **snapshot):
    """Return the rows that one condition, in JSON, holds for."""
    query_filter = models.Filter(must=[condition])
    return np.flatnonzero(
        filter_mask(query_filter, snapshot_of(payloads, **snapshot), compat)
    ).tolist()


def passing(payloads, query_filter):
    mask = filter_mask(models.Filter(**query_filter), snapshot_of(payloads))
    return np.flatnonzero(mask).tolist()


@pytest.mark.parametrize(
    ("match", "expected"),
    [
        ({"value": 1}, [4, 11]),
        ({"value": True}, [6]),
        ({"value": "1"}, [7]),
        ({"value": 2**63}, []),
        ({"any": [1, 2]}, [4, 11]),
        ({"any": ["1", "x", "y"]}, [7, 11]),
        ({"any": []}, []),
        ({"except": [1]}, [5, 6, 7, 8, 9, 10, 11, 12, 13]),
        ({"except": ["1"]}, [4, 5, 6, 8, 9, 10, 11, 12, 13]),
        ({"except": []}, [4, 5, 6, 7, 8, 9, 10, 11, 12, 13]),
        ({"prefix": "x"}, [11]),
        ({"substring": "1"}, [7]),
    ],
)
def test_match_is_exact_about_types(match, expected):
    assert rows(MIXED, {"key": "a", "match": match}) == expected


def test_an_integer_index_holds_whole_floats():
    indexes = {"a": "integer"}
    assert rows(MIXED, {"key": "a", "match": {"value": 1}}, indexes=indexes) == [4, 5, 11]
    assert rows(MIXED, {"key": "a", "match": {"except": [1]}}, indexes=indexes) == []


def test_with_a_keyword_index_except_sees_strings_only():
    condition = {"key": "a", "match": {"except": ["x"]}}
    assert rows(MIXED, condition, indexes={"a": "keyword"}) == [7]


def test_ranges_compare_numbers_and_not_booleans():
    assert rows(MIXED, {"key": "a", "range": {}}) == [4, 5, 11, 12, 13]
    assert rows(MIXED, {"key": "a", "range": {"gt": 1e18}}) == [12, 13]
    assert rows(MIXED, {"key": "a", "range": {"gte": 1, "lt": 1}}) == []


def test_moments_compare_across_offsets():
    payloads = [{"t": "2024-03-01T00:00:00Z"}, {"t": "2024-03-01 01:00:00+02:00"}, {"t": "soon"}]
    assert rows(payloads, {"key": "t", "range": {"gte": "2024-03-01"}}) == [0]
    assert rows(payloads, {"key": "t", "range": {"lt": "2024-03-01T00:00:00Z"}}) == [1]


@pytest.mark.parametrize(
    ("key", "bounds", "expected"),
    [
        ("v", {"gte": 2}, [4]),
        ("v", {"lt": 1}, [0, 1, 2]),
        ("v", {"gte": 1, "lte": 1}, [3, 5]),
        ("v[]", {"gte": 1}, [4]),
    ],
)
def test_values_count(key, bounds, expected):
    payloads = [{}, {"v": None}, {"v": []}, {"v": 7}, {"v": [1, None]}, {"v": {"x": 1}}]
    assert rows(payloads, {"key": key, "values_count": bounds}) == expected


def test_empty_and_null_in_both_forms():
    payloads = [{}, {"v": None}, {"v": []}, {"v": [None]}, {"v": [[], None]}, {"v": 0}]
    assert rows(payloads, {"is_empty": {"key": "v"}}) == [0, 1, 2]
    assert rows(payloads, {"key": "v", "is_empty": False}) == [3, 4, 5]
    assert rows(payloads, {"is_null": {"key": "v"}}) == [1, 3, 4]
    assert rows(payloads, {"key": "v", "is_null": True}) == [1, 3, 4]
    assert rows(payloads, {"key": "v", "is_null": False}) == [0, 2, 5]
    assert rows(payloads, {"key": "v[]", "is_null": False}) == [0, 1, 2, 4, 5]


def test_flags_ask_for_one_of_several_nodes():
    payloads = [{"v": [{"x": 1}, {"x": []}]}, {"v": [{"x": 1}]}, {"v": [{"x": None}]}, {}]
    assert rows(payloads, {"is_empty": {"key": "v[].x"}}) == [2, 3]
    assert rows(payloads, {"key": "v[].x", "is_empty": True}) == [0, 2, 3]
    assert rows(payloads, {"key": "v[].x", "is_empty": False}) == [0, 1]


def test_versions_differ_in_three_readings():
    payloads = [{}, {"v": ["x", None]}, {"v": "The elephant"}]
    null, count = {"is_null": {"key": "v"}}, {"key": "v", "values_count": {"lt": 1}}
    text = {"key": "v", "match": {"text": "ant"}}
    found = {
        compat: [rows(payloads, condition, compat) for condition in (null, count, text)]
        for compat in ("1.18", "1.19", "1.20")
    }
    assert found == {
        "1.18": [[], [], [2]],
        "1.19": [[], [0], [2]],
        "1.20": [[1], [0], []],
    }
    assert rows(payloads, null, "1.19", indexes={"v": "keyword"}) == [1]


PLACES = [
    {"at": {"lat": 52.52, "lon": 13.4}},
    {"at": [{"lat": 48.85, "lon": 2.35}, {"lat": 52.5, "lon": 13.3}]},
    {"at": {"lat": -18.1, "lon": 178.4}},
    {"at": {"lat": "52.5", "lon": 13.3}},
    {"at": {"lat": 52.52}},
]


def place(lat, lon):
    return {"lat": lat, "lon": lon}


def test_radius():
    berlin = {"center": place(52.52, 13.4), "radius": 10_000}
    assert rows(PLACES, {"key": "at", "geo_radius": berlin}) == [0, 1]
    assert rows(PLACES, {"key": "at", "geo_radius": {**berlin, "radius": 0}}) == []
    pole = {"center": place(90, 0), "radius": 21_000_000}
    assert rows(PLACES, {"key": "at", "geo_radius": pole}) == [0, 1, 2]


def test_box_is_open_and_may_cross_the_antimeridian():
    box = {"top_left": place(53, 13), "bottom_right": place(52, 13.4)}
    assert rows(PLACES, {"key": "at", "geo_bounding_box": box}) == [1]
    box = {"top_left": place(0, 170), "bottom_right": place(-30, -160)}
    assert rows(PLACES, {"key": "at", "geo_bounding_box": box}) == [2]


def ring(*corners):
    return {"points": [place(lat, lon) for lat, lon in corners]}


def test_polygons_have_holes_and_own_no_border():
    square = ring((0, 0), (0, 10), (10, 10), (10, 0), (0, 0))
    hole = ring((4, 4), (4, 6), (6, 6), (6, 4), (4, 4))
    corners = [(5, 5), (1, 1), (0, 5), (10, 10), (4, 5), (5, 6), (3, 5), (5, 11), (5, -1)]
    payloads = [{"at": place(lat, lon)} for lat, lon in corners]
    polygon = {"exterior": square, "interiors": [hole]}
    assert rows(payloads, {"key": "at", "geo_polygon": polygon}) == [1, 6]


NESTED = [
    {"n": [{"x": 1, "y": "p"}, {"x": 2, "y": "q"}]},
    {"n": [{"x": 1, "y": "q"}]},
    {"n": {"x": 1, "y": "p"}},
    {"n": [{"x": 1}, {"y": "p"}, 5]},
    {},
]


def nested(query_filter, key="n"):
    return {"nested": {"key": key, "filter": query_filter}}


X_IS_1 = {"key": "x", "match": {"value": 1}}
Y_IS_P = {"key": "y", "match": {"value": "p"}}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (nested({"must": [X_IS_1, Y_IS_P]}), [0]),
        (nested({"must": [X_IS_1]}, "n[]"), [0, 1, 3]),
        (nested({"must_not": [X_IS_1]}), [0, 3]),
        (nested({}), [0, 1, 3]),
        (nested({"must": [{"has_id": [0]}]}), []),
        (nested({"must": [{"has_vector": "v"}]}), []),
        (nested({"must": [{"slice": {"total": 1, "index": 0}}]}), []),
        (nested({"must": [{"is_empty": {"key": "y"}}]}), [3]),
    ],
)
def test_nested_conditions_see_one_object_at_a_time(condition, expected):
    assert rows(NESTED, condition) == expected


def test_nested_arrays_inside_nested_arrays():
    payloads = [{"a": [{"b": [{"c": 1}]}, {"b": [{"c": 2}]}]}, {"a": [{"b": [{"c": 2}, {"c": 1}]}]}]
    both = {"must": [nested({"must": [{"key": "c", "match": {"value": v}}]}, "b") for v in (1, 2)]}
    assert rows(payloads, nested(both, "a")) == [1]


def test_an_index_inside_an_array_serves_nested_conditions():
    payloads = [{"a": [{"t": ["brave", "new world"]}]}]
    text = nested({"must": [{"key": "t", "match": {"text": "world brave"}}]}, "a")
    assert rows(payloads, text) == []
    assert rows(payloads, text, indexes={"a[].t": "text"}) == [0]


def test_ids_are_found_in_every_writing():
    uuid = "f47ac10b-58cc-4372-a567-0e02b2c3d479"
    ids = {"ids": [7, uuid]}
    assert rows([{}, {}], {"has_id": [7, 8]}, **ids) == [0]
    assert rows([{}, {}], {"has_id": [uuid.replace("-", "").upper()]}, **ids) == [1]
    assert rows([{}, {}], {"has_id": []}, **ids) == []


def test_has_vector():
    assert rows([{}, {}], {"has_vector": "v"}, with_vector=[True, False]) == [0]
    assert rows([{}, {}], {"has_vector": "other"}) == []


def test_slices_part_the_points():
    snapshot = snapshot_of([{}] * 100, ids=[*range(99), "f47ac10b-58cc-4372-a567-0e02b2c3d479"])
    parts = [
        condition_mask(models.SliceCondition(slice=models.Slice(total=3, index=index)), snapshot)
        for index in range(3)
    ]
    assert np.sum(parts, axis=0).tolist() == [1] * 100
    assert all(part.sum() > 15 for part in parts)


RED, FIVE = {"key": "k", "match": {"value": "red"}}, {"key": "n", "match": {"value": 5}}
FOUR: list[Payload] = [{"k": "red", "n": 5}, {"k": "red"}, {"n": 5}, {}]


@pytest.mark.parametrize(
    ("query_filter", "expected"),
    [
        ({}, [0, 1, 2, 3]),
        ({"must": [], "should": [], "must_not": []}, [0, 1, 2, 3]),
        ({"must": [RED, FIVE]}, [0]),
        ({"should": [RED, FIVE]}, [0, 1, 2]),
        ({"must_not": [RED, FIVE]}, [3]),
        ({"must": RED, "must_not": FIVE}, [1]),
        ({"should": RED}, [0, 1]),
        ({"must": [RED], "should": [FIVE]}, [0]),
        ({"must": [{"should": [RED]}, {"must_not": [FIVE]}]}, [1]),
        ({"min_should": {"conditions": [RED, FIVE], "min_count": 2}}, [0]),
        ({"min_should": {"conditions": [RED], "min_count": 2}}, []),
        ({"min_should": {"conditions": [], "min_count": 1}}, []),
    ],
)
def test_clauses(query_filter, expected):
    assert passing(FOUR, query_filter) == expected


def test_two_tests_in_one_condition_are_alternatives():
    condition = {"key": "n", "match": {"value": 5}, "range": {"lt": 0}}
    assert rows([{"n": 5}, {"n": -1}, {"n": 1}], condition) == [0, 1]


def test_dead_rows_never_pass():
    snapshot = snapshot_of([{"n": 5}, {"n": 5}])
    snapshot.live[1] = False
    for query_filter in (None, models.Filter(), models.Filter.model_validate({"must": [FIVE]})):
        assert filter_mask(query_filter, snapshot).tolist() == [True, False]


def test_an_empty_collection_takes_any_filter():
    everything = [
        FIVE,
        {"key": "t", "range": {"gte": "2024-03-01"}},
        {"key": "t", "match": {"text": "x"}},
        {"key": "a", "geo_radius": {"center": place(0, 0), "radius": 1}},
        {"is_empty": {"key": "a"}},
        {"has_id": [1]},
        {"slice": {"total": 2, "index": 1}},
        nested({"must": [X_IS_1]}),
    ]
    assert passing([], {"must": everything}) == []


@pytest.mark.parametrize(
    ("condition", "error", "message"),
    [
        ({"key": "n"}, InvalidRequest, "At least one field condition must be specified"),
        ({"key": "a..b", "is_null": True}, FormatError, "Invalid json path: 'a..b'"),
        ({"is_empty": {"key": ""}}, FormatError, "Invalid json path"),
        (nested({}, "a b"), FormatError, "Invalid json path: 'a b'"),
        ({"has_id": ["x"]}, FormatError, "value x is not a valid point ID"),
        ({"has_id": [-1]}, FormatError, "value -1 is not a valid point ID"),
        ({"slice": {"total": 3, "index": 3}}, InvalidRequest, "must be from 0 to 2"),
        ({"slice": {"total": 0, "index": 0}}, InvalidRequest, "must be 1 or larger"),
        (
            {"min_should": {"conditions": [], "min_count": 0}},
            InvalidRequest,
            "min_count must be greater than 0",
        ),
        (
            {"key": "at", "geo_radius": {"center": place(91, 0), "radius": 1}},
            FormatError,
            "latitude 91.0 is outside",
        ),
        (
            {"key": "at", "geo_radius": {"center": place(0, float("nan")), "radius": 1}},
            FormatError,
            "longitude nan is outside",
        ),
        (
            {"key": "at", "geo_polygon": {"exterior": ring((0, 0), (0, 1), (0, 0))}},
            FormatError,
            "ring has 3 points",
        ),
        (
            {"key": "at", "geo_polygon": {"exterior": ring((0, 0), (0, 1), (1, 1), (1, 0))}},
            FormatError,
            "ring is open",
        ),
    ],
)
@pytest.mark.parametrize("payloads", [[], [{"n": 1}]])
def test_bad_conditions_are_refused_even_without_points(payloads, condition, error, message):
    with pytest.raises(error) as caught:
        rows(payloads, condition)
    assert message in str(caught.value)


def test_depth_is_bounded():
    def wrapped(levels):
        query_filter = models.Filter.model_validate({"must": [FIVE]})
        for _ in range(levels - 1):
            query_filter = models.Filter.model_construct(must=[query_filter])
        return query_filter

    snapshot = snapshot_of(FOUR)
    assert filter_mask(wrapped(MAX_DEPTH), snapshot).tolist() == [True, False, True, False]
    with pytest.raises(FormatError, match="nested more than 64 deep"):
        filter_mask(wrapped(5000), snapshot)
