"""Filters against the real engine: random payloads, random filters, the same points."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from qdrant_client import models

from engine.payload.filters import filter_mask
from tests.payload_oracle import PayloadOracle
from tests.payload_snapshot import snapshot_of

WORDS = ["ant", "Ant elephant", "brave new world", "new brave", "", "é", "t1", "t2"]
MOMENTS = ["2024-03-01", "2024-03-01T10:30:00+02:00", "2024-03-01 10:30", "2023-12-31T23:59:59.9Z"]
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.sampled_from([0.5, 1.0, -2.0, 2.5]),
    st.sampled_from(WORDS + MOMENTS),
)
places = st.builds(
    lambda lat, lon: {"lat": lat, "lon": lon},
    st.integers(-90, 90),
    st.integers(-180, 180),
)
values = st.recursive(
    scalars | places,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("bc"), inner),
    max_leaves=5,
)
payloads = st.dictionaries(st.sampled_from(["a", "b", "n"]), values, max_size=3)

keys = st.sampled_from(["a", "b", "a[]", "a.b", "a[].b", "n[].c", "a[0]", "a[][]", "zzz"])
bounds = st.dictionaries(st.sampled_from(["lt", "gt", "lte", "gte"]), st.integers(-3, 3))
moment_bounds = st.dictionaries(
    st.sampled_from(["lt", "gte"]), st.sampled_from(MOMENTS), min_size=1
)
ring_points = [(-60, -170), (-60, 150), (70, 150), (0, 0), (70, -170), (-60, -170)]
polygon = {"exterior": {"points": [{"lat": lat, "lon": lon} for lat, lon in ring_points]}}
matches = st.one_of(
    st.builds(lambda value: {"value": value}, st.integers(-3, 3) | st.sampled_from(WORDS)),
    st.builds(lambda value: {"any": value}, st.lists(st.integers(-3, 3), max_size=3)),
    st.builds(lambda value: {"any": value}, st.lists(st.sampled_from(WORDS), max_size=3)),
    st.builds(lambda value: {"except": value}, st.lists(st.integers(-3, 3), max_size=3)),
    st.builds(lambda value: {"except": value}, st.lists(st.sampled_from(WORDS), max_size=3)),
    st.builds(lambda value: {"prefix": value}, st.sampled_from(["", "A", "t", "2024"])),
    st.builds(
        lambda kind, value: {kind: value},
        st.sampled_from(["text", "text_any", "phrase"]),
        st.sampled_from([*WORDS, "new", "ANT", "brave world", "world new"]),
    ),
)
field_tests = st.one_of(
    st.builds(lambda test: {"match": test}, matches),
    st.builds(lambda test: {"range": test}, bounds | moment_bounds),
    st.builds(
        lambda test: {"values_count": test},
        st.dictionaries(st.sampled_from(["lt", "gt", "gte"]), st.integers(0, 3), min_size=1),
    ),
    st.builds(lambda flag: {"is_empty": flag}, st.booleans()),
    st.builds(lambda flag: {"is_null": flag}, st.booleans()),
    st.builds(
        lambda center, radius: {"geo_radius": {"center": center, "radius": radius}},
        places,
        st.sampled_from([1e5, 5e6, 1.5e7]),
    ),
    st.builds(
        lambda one, other: {"geo_bounding_box": {"top_left": one, "bottom_right": other}},
        places,
        places,
    ),
    st.just({"geo_polygon": polygon}),
)
leaves = st.one_of(
    st.builds(lambda key, test: {"key": key, **test}, keys, field_tests),
    st.builds(lambda key: {"is_empty": {"key": key}}, keys),
    st.builds(lambda key: {"is_null": {"key": key}}, keys),
    st.builds(lambda ids: {"has_id": ids}, st.lists(st.integers(0, 50), max_size=20)),
)


def filters_over(conditions):
    lists = st.lists(conditions, max_size=3)
    # The engine reads an empty `should`, and a `min_should` that wants more than it has,
    # differently from place to place.
    some = st.lists(conditions, min_size=1, max_size=3)
    min_should = st.builds(
        lambda listed, count: {"conditions": listed, "min_count": min(count, len(listed))},
        some,
        st.integers(1, 3),
    )
    return st.fixed_dictionaries(
        {},
        optional={"must": lists, "should": some, "must_not": lists, "min_should": min_should},
    )


def nested(inner):
    return st.builds(
        lambda key, query_filter: {"nested": {"key": key, "filter": query_filter}},
        st.sampled_from(["a", "n", "n[]", "a.b"]),
        filters_over(inner),
    )


filters = filters_over(
    st.recursive(leaves, lambda inner: filters_over(inner) | nested(inner), max_leaves=6)
)


@pytest.fixture(scope="module")
def corpus():
    """Payloads drawn once, so that the many filters meet many shapes."""
    drawn = []

    @settings(max_examples=150, derandomize=True, database=None)
    @given(payloads)
    def draw(payload):
        drawn.append(payload)

    draw()
    return drawn


@pytest.fixture(scope="module")
def oracle(corpus, tmp_path_factory):
    shard = PayloadOracle(tmp_path_factory.mktemp("shard"), corpus)
    yield shard
    shard.close()


@pytest.fixture(scope="module")
def snapshot(corpus):
    return snapshot_of(corpus)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(filters)
def test_the_same_points_pass(oracle, snapshot, query_filter):
    mask = filter_mask(models.Filter(**query_filter), snapshot)
    assert np.flatnonzero(mask).tolist() == oracle.matching(query_filter)
