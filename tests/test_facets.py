import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qdrant_client import models
from qdrant_edge import PayloadSchemaType

from engine import Engine
from engine.errors import FormatError, InvalidRequest, WrongInput
from engine.payload.facets import facet
from tests.payload_oracle import PayloadOracle
from tests.payload_snapshot import snapshot_of

UUID = "f47ac10b-58cc-4372-a567-0e02b2c3d479"


def counts(payloads, index=None, *, key="k", mask=None, limit=10, strict=True):
    snapshot = snapshot_of(payloads, indexes={key: index} if index else {})
    chosen = snapshot.live if mask is None else np.array(mask, np.bool_)
    return [(hit.value, hit.count) for hit in facet(snapshot, key, chosen, limit, strict=strict)]


def test_values_by_count_then_value():
    payloads = [{"k": "b"}, {"k": ["a", "c"]}, {"k": ["c", "c", "b"]}, {}, {"k": 5}, {"k": None}]
    assert counts(payloads, "keyword") == [("b", 2), ("c", 2), ("a", 1)]
    assert counts(payloads, "keyword", limit=1) == [("b", 2)]
    assert counts(payloads, "keyword", mask=[0, 1, 0, 1, 1, 1]) == [("a", 1), ("c", 1)]


def test_integer_index_counts_whole_floats():
    assert counts([{"k": 2.0}, {"k": [2, 2.0]}, {"k": 2.5}, {"k": True}], "integer") == [(2, 2)]


def test_booleans_stay_booleans():
    found = counts([{"k": True}, {"k": [True, False]}, {"k": 1}], "bool")
    assert found == [(True, 2), (False, 1)]
    assert [type(value) for value, _ in found] == [bool, bool]


def test_uuids_are_canonical():
    payloads = [{"k": UUID.upper()}, {"k": UUID.replace("-", "")}, {"k": "no"}]
    assert counts(payloads, "uuid") == [(UUID, 2)]


def test_without_points():
    assert counts([], "keyword") == []
    assert counts([{}], "integer") == []
    assert counts([{"k": "a"}], "keyword", mask=[False]) == []


@pytest.mark.parametrize("index", [None, "float", "text", "datetime", "geo"])
def test_an_index_that_suits_is_required(index):
    with pytest.raises(WrongInput, match="No appropriate index for faceting: `k`"):
        counts([{"k": "a"}], index)


def test_without_strictness_every_kind_of_value_counts():
    payloads = [{"k": "a"}, {"k": 3}, {"k": ["a", True]}, {"k": 0.5}]
    assert counts(payloads, strict=False) == [("a", 2), (True, 1), (3, 1)]


def test_bad_requests():
    with pytest.raises(FormatError, match="Invalid json path"):
        facet(snapshot_of([]), "a..b", np.empty(0, np.bool_))
    with pytest.raises(InvalidRequest, match="must be 1 or larger"):
        counts([], "keyword", limit=0)


values = st.one_of(
    st.integers(-2, 2),
    st.sampled_from([1.0, 2.5, True, False, None, "a", "b", UUID, UUID.upper()]),
)
KINDS = ["keyword", "integer", "bool", "uuid"]


@pytest.fixture(scope="module")
def corpus():
    drawn = []

    @settings(max_examples=100, derandomize=True, database=None)
    @given(st.dictionaries(st.sampled_from(KINDS), values | st.lists(values, max_size=4)))
    def draw(payload):
        drawn.append(payload)

    draw()
    return drawn


@pytest.mark.parametrize("kind", KINDS)
def test_the_engine_counts_the_same(corpus, kind, tmp_path):
    schema = getattr(PayloadSchemaType, kind.capitalize())
    oracle = PayloadOracle(tmp_path / "shard", corpus, {kind: schema})
    expected = oracle.facet(kind, {})
    oracle.close()
    assert expected
    assert counts(corpus, kind, key=kind, limit=1000) == expected


def test_the_smallest_of_many_equally_frequent_numbers_come_first():
    with Engine(":memory:") as engine:
        engine.create_collection("c", {})
        values = [*range(500, -500, -1), 7, 7, 300]
        points = [
            models.PointStruct(id=number, vector={}, payload={"n": value})
            for number, value in enumerate(values)
        ]
        engine.upsert("c", points)
        engine.create_payload_index("c", "n", models.PayloadSchemaType.INTEGER)
        hits = engine.facet("c", "n", limit=4).hits
    assert [(hit.value, hit.count) for hit in hits] == [(7, 3), (300, 2), (-499, 1), (-498, 1)]
