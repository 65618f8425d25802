"""What filters let through is kept with a snapshot, and is never out of date."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qdrant_client import models

from engine import Engine
from engine.payload import allowed
from engine.payload.allowed import Allowed, Known, value_key
from engine.payload.filters import allowed_points, filter_mask
from tests.payload_snapshot import snapshot_of

NAME = "c"
FIELD = models.FieldCondition
FILTERS = (
    models.Filter(must=[FIELD(key="a", match=models.MatchValue(value=1))]),
    models.Filter(must_not=[FIELD(key="a", match=models.MatchValue(value=1))]),
    models.Filter(must=[FIELD(key="a", match=models.MatchValue(value=True))]),
    models.Filter(must=[FIELD(key="b", match=models.MatchValue(value="x"))]),
    models.Filter(must=[FIELD(key="a", range=models.Range(gte=1))]),
    models.Filter(must=[models.HasIdCondition(has_id=[1, 2])]),
    models.Filter(must=[models.IsEmptyCondition(is_empty=models.PayloadField(key="a"))]),
    models.Filter(must=[models.HasVectorCondition(has_vector="")]),
)
values = st.recursive(
    st.none() | st.booleans() | st.integers(0, 2) | st.sampled_from([0.0, 1.0, "", "1", "None"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.builds(models.Filter.model_construct, must=inner, should=inner)
        | st.builds(models.Nested.model_construct, key=inner, filter=inner)
    ),
)
POINTS = st.integers(0, 5)
PAYLOADS = st.dictionaries(st.sampled_from("ab"), st.sampled_from([1, 1.0, True, "x", "1"]))
STEPS = st.one_of(
    st.tuples(st.just("upsert"), POINTS, PAYLOADS),
    st.tuples(st.just("set"), POINTS, PAYLOADS),
    st.tuples(st.just("delete"), POINTS, st.none()),
    st.tuples(st.just("delete vector"), POINTS, st.none()),
    st.tuples(st.just("index"), st.none(), st.sampled_from("ab")),
    st.tuples(st.just("ask"), st.sampled_from(range(len(FILTERS))), st.none()),
)


def apply(engine, step):
    match step:
        case "upsert", point, payload:
            engine.upsert(NAME, [models.PointStruct(id=point, vector=[1.0], payload=payload)])
        case "set", point, payload:
            alone = models.Filter(must=[models.HasIdCondition(has_id=[point])])
            engine.set_payload(NAME, payload, points=alone)
        case "delete", point, _:
            engine.delete(NAME, [point])
        case "delete vector", point, _:
            alone = models.Filter(must=[models.HasIdCondition(has_id=[point])])
            engine.delete_vectors(NAME, [""], alone)
        case "index", _, field:
            engine.create_payload_index(NAME, field, models.PayloadSchemaType.INTEGER)
        case "ask", number, _:
            return FILTERS[number]
    return None


def found(engine, query_filter):
    hits = engine.query_points(NAME, [1.0], query_filter=query_filter, limit=99).points
    return {hit.id for hit in hits}


@settings(max_examples=40)
@given(st.lists(STEPS, min_size=5, max_size=30))
def test_answers_are_those_of_a_filter_that_is_looked_at_anew(steps):
    with Engine(":memory:") as engine:
        engine.create_collection(NAME, models.VectorParams(size=1, distance="Dot"))
        for step in steps:
            query_filter = apply(engine, step)
            if query_filter is None:
                continue
            snapshot = engine.snapshot(NAME)
            mask = filter_mask(query_filter, snapshot)
            assert engine.count(NAME, query_filter).count == mask.sum()
            scored = mask & snapshot.vectors[""].present
            assert found(engine, query_filter) == set(snapshot.ids.ids(np.flatnonzero(scored)))


def test_the_same_filter_is_looked_at_once():
    snapshot = snapshot_of([{"a": 1}, {"a": 2}])
    first = allowed_points(FILTERS[0], snapshot)
    assert allowed_points(FILTERS[0].model_copy(deep=True), snapshot) is first
    assert first.rows.tolist() == [0]


@pytest.mark.parametrize("number", range(len(FILTERS)))
def test_different_filters_are_not_confused(number):
    keys = [value_key(query_filter) for query_filter in FILTERS]
    assert keys.count(keys[number]) == 1


def test_infinite_bounds_differ_from_none():
    bounds = [models.Range(gt=value) for value in (None, 1.0, float("inf"), float("-inf"))]
    assert len({value_key(each) for each in bounds}) == 4


def test_a_mask_that_is_kept_cannot_be_changed():
    mask = allowed_points(None, snapshot_of([{}])).mask
    with pytest.raises(ValueError, match="read-only"):
        mask[0] = False


def test_the_oldest_goes_where_there_is_no_room(monkeypatch):
    monkeypatch.setattr(allowed, "_ROOM", 200)
    known, looked_at = Known(), []

    def look(key):
        looked_at.append(key)
        return np.ones(10, np.bool_)

    for key in "x", "a", "b", "a", "c", "a", "b":
        known.allowed((key,), partial(look, key))
    assert looked_at == ["x", "a", "b", "c", "b"]


def test_filters_of_many_parts_are_not_kept():
    many = models.Filter(must=[models.HasIdCondition(has_id=[*range(1000)])])
    snapshot = snapshot_of([{"a": 1}])
    assert allowed_points(many, snapshot) is not allowed_points(many, snapshot)
    for number in range(300):
        allowed_points(models.Filter(must=[models.HasIdCondition(has_id=[number])]), snapshot)
    assert len(snapshot.known._kept) == 256


@given(values, values)
def test_keys_are_equal_where_values_are(one, other):
    assert (value_key(one) == value_key(other)) == (repr(one) == repr(other))


@given(st.lists(st.booleans(), min_size=1), st.data())
def test_parts_are_those_of_the_mask(mask, data):
    mask = np.array(mask)
    cut = data.draw(st.integers(0, len(mask)))
    gone = data.draw(st.lists(st.integers(0, len(mask) - 1), max_size=3, unique=True))
    rows, every = Allowed(mask), np.arange(len(mask))
    assert len(rows) == mask.sum()
    assert rows.is_all == mask.all()
    assert rows.before(cut).mask.tolist() == mask[:cut].tolist()
    assert rows.beyond(cut).rows.tolist() == np.flatnonzero(mask[cut:]).tolist()
    assert rows.within(~mask).count == 0
    left = rows.without(gone[:2]).without(gone[2:])
    kept = mask & ~np.isin(every, gone)
    assert left.count == kept.sum()
    assert left.of(every).tolist() == kept.tolist()
    assert left.origin is rows
    for some in (left, left.before(cut), left.beyond(cut)):
        assert some.count == len(some.rows) == some.mask.sum()
    assert left.mask.tolist() == kept.tolist()
    assert left.before(cut).mask.tolist() == kept[:cut].tolist()
    assert left.beyond(cut).mask.tolist() == kept[cut:].tolist()


def test_a_few_rows_are_taken_out_without_a_look_at_all_others():
    mask = np.array([True, False, True, True, False])
    left = Allowed(mask).without([0, 1, 3])
    assert left.count == 1
    assert type(left.count) is int, "limits of 64 bits are added to it"
    assert "mask" not in left.__dict__
    assert left.mask.tolist() == [False, False, True, False, False]
    assert mask.sum() == 3


@pytest.mark.parametrize("rows", [1, 63, 64, 65, 1000])
def test_bits_are_the_mask(rows):
    mask = np.random.default_rng(rows).random(rows) < 0.5
    bits = Allowed(mask).bits
    shown = [bool(int(bits[row >> 6]) >> (row & 63) & 1) for row in range(64 * len(bits))]
    assert shown == [*mask.tolist(), *[False] * (64 * len(bits) - rows)]
