import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qdrant_client import models
from qdrant_edge import PayloadSelector

from engine.errors import FormatError
from engine.payload.selector import payload_selection
from tests.payload_oracle import PayloadOracle

PAYLOAD = {
    "k": "red",
    "meta": {"a": {"b": 1}, "l": [7, 8]},
    "items": [{"k": "x", "v": 1}, {"k": "y"}, 5],
    "deep": [[1, 2], [3]],
    "a.b": 9,
    "none": None,
}
PATHS = [
    "k",
    "meta",
    "meta.a",
    "meta.a.b",
    "meta.a.b.q",
    "meta.l",
    "meta.l[]",
    "meta.l[0]",
    "items",
    "items[]",
    "items[].k",
    "items[0].k",
    "items.k",
    "deep[]",
    "deep[][]",
    '"a.b"',
    "none.x",
    "zzz",
]


@pytest.mark.parametrize(
    ("include", "expected"),
    [
        (["meta.a", "k"], {"k": "red", "meta": {"a": {"b": 1}}}),
        (["meta.a.b.q"], {"meta": {"a": {"b": 1}}}),
        (["items[].k"], {"items": [{"k": "x"}, {"k": "y"}, 5]}),
        (["meta.l[0]"], {"meta": {"l": []}}),
        (['"a.b"'], {"a.b": 9}),
        (["zzz"], {}),
        ([], {}),
    ],
)
def test_include(include, expected):
    assert payload_selection(include)(PAYLOAD) == expected
    assert payload_selection(models.PayloadSelectorInclude(include=include))(PAYLOAD) == expected


@pytest.mark.parametrize(
    ("exclude", "key", "expected"),
    [
        (["meta.a.b"], "meta", {"a": {}, "l": [7, 8]}),
        (["items[].k"], "items", [{"v": 1}, {}, 5]),
        (["meta.l[]"], "meta", {"a": {"b": 1}, "l": []}),
        (["meta.l[0]"], "meta", PAYLOAD["meta"]),
    ],
)
def test_exclude(exclude, key, expected):
    selected = payload_selection(models.PayloadSelectorExclude(exclude=exclude))(PAYLOAD)
    assert selected == {**PAYLOAD, key: expected}


def test_all_or_nothing():
    assert payload_selection(True)(PAYLOAD) == PAYLOAD
    assert payload_selection(True)({}) == {}
    assert payload_selection(False)(PAYLOAD) is None
    assert payload_selection(None)(PAYLOAD) is None


def test_a_bad_path_is_refused_before_any_payload():
    with pytest.raises(FormatError, match="Invalid json path"):
        payload_selection(["a..b"])


@pytest.fixture(scope="module")
def oracle(tmp_path_factory):
    shard = PayloadOracle(tmp_path_factory.mktemp("shard"), [PAYLOAD])
    yield shard
    shard.close()


@settings(deadline=None)
@given(st.lists(st.sampled_from(PATHS), min_size=1, max_size=4))
def test_the_engine_selects_the_same(oracle, paths):
    included = oracle.payload(0, PayloadSelector.Include(paths))
    assert payload_selection(paths)(PAYLOAD) == included
    excluded = oracle.payload(0, PayloadSelector.Exclude(paths))
    assert payload_selection(models.PayloadSelectorExclude(exclude=paths))(PAYLOAD) == excluded
