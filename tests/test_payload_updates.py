from copy import deepcopy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import FormatError
from engine.payload.updates import delete_payload_keys, overwrite_payload, set_payload
from tests.payload_oracle import PayloadOracle

BEFORE = {"a": 1, "o": {"x": 1, "y": {"z": 2}}, "l": [{"x": 1}, 5, [1]], "n": None}
KEYS = ["o", "o.y", "o.y.z", "o.new.q", "new", "l", "l[]", "l[0]", "l[7]", "l[].x", "a", "a[]",
        "a[0].x", "a.b", "n.x", '"o.y"', "l[2][0]"]  # fmt: skip


@pytest.mark.parametrize(
    ("values", "key", "expected"),
    [
        ({"b": 2}, None, {**BEFORE, "b": 2}),
        ({"a": None, "b": None}, None, {key: BEFORE[key] for key in "oln"}),
        ({"o": {"q": 1}}, None, {**BEFORE, "o": {"q": 1}}),
        ({"q": 1}, "o.y", {**BEFORE, "o": {"x": 1, "y": {"z": 2, "q": 1}}}),
        ({"q": 1}, "a", {**BEFORE, "a": {"q": 1}}),
        ({"q": 1}, "new.deep", {**BEFORE, "new": {"deep": {"q": 1}}}),
        ({"q": 1}, "l[0]", {**BEFORE, "l": [{"x": 1, "q": 1}, 5, [1]]}),
        ({"q": 1}, "l[9]", BEFORE),
        ({"q": 1}, "l[]", {**BEFORE, "l": [{"x": 1, "q": 1}, {"q": 1}, {"q": 1}]}),
        ({"q": 1}, "a[]", {**BEFORE, "a": []}),
    ],
)
def test_set_payload(values, key, expected):
    assert set_payload(BEFORE, values, key) == expected


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (["a", "zzz"], {key: BEFORE[key] for key in "oln"}),
        (["o.y.z"], {**BEFORE, "o": {"x": 1, "y": {}}}),
        (["l[].x"], {**BEFORE, "l": [{}, 5, [1]]}),
        (["l[]"], {**BEFORE, "l": []}),
        (["l[0]"], BEFORE),
    ],
)
def test_delete_payload_keys(keys, expected):
    assert delete_payload_keys(BEFORE, keys) == expected


def test_overwriting_keeps_nulls():
    assert overwrite_payload({"a": None}) == {"a": None}


@pytest.mark.parametrize("change", [lambda p: set_payload(p, {"x": 1}, "a.."),
                                    lambda p: delete_payload_keys(p, ["a.."])])  # fmt: skip
def test_bad_paths_are_refused(change):
    with pytest.raises(FormatError, match="Invalid json path"):
        change({})


@pytest.fixture(scope="module")
def oracle(tmp_path_factory):
    shard = PayloadOracle(tmp_path_factory.mktemp("shard"), [{}])
    yield shard
    shard.close()


changes = st.one_of(
    st.tuples(
        st.just("set_payload"),
        st.dictionaries(st.sampled_from("axo"), st.none() | st.integers(0, 3)),
        st.none() | st.sampled_from(KEYS),
    ),
    st.tuples(st.just("delete_payload"), st.lists(st.sampled_from(KEYS), min_size=1, max_size=3)),
)


@settings(deadline=None)
@given(st.lists(changes, max_size=4))
def test_the_engine_changes_the_same(oracle, steps):
    payload = deepcopy(BEFORE)
    oracle.update("overwrite_payload", [0], BEFORE)
    for operation, *arguments in steps:
        before = deepcopy(payload)
        changed = (
            set_payload(payload, *arguments)
            if operation == "set_payload"
            else delete_payload_keys(payload, *arguments)
        )
        assert payload == before, "the old payload must be left alone"
        payload = changed
        oracle.update(operation, [0], *arguments)
    assert payload == oracle.payload(0)
