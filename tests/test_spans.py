"""Values found in stored JSON without decoding the rest are those that decoding gives."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import WrongInput
from engine.payload import spans
from engine.payload.key_path import parse_key_path
from engine.storage.payloads import PayloadRows
from engine.storage.ragged import offsets_of

KEYS = st.sampled_from(["a", "b", "ab", "a.b", "", "é", '"', "\\", "a,b", "a:{", "\x7f", "\n"])
ODD_TEXTS = st.sampled_from(['"', "\\", '\\"', '{"a":1}', ',"a":', "NaN", "\ud800"])
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | FLOATS | st.text(max_size=6) | ODD_TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)
PAYLOADS = st.dictionaries(KEYS, VALUES, max_size=4)
PATHS = ["a", "b", "a.b", "a.a.b", "a[]", "a[].b", "a[0]", '"a.b"', '"é"', '""', '"\\"', "none"]


@pytest.fixture(scope="module", autouse=True)
def compiled():
    spans.warm_up(wait=True)


def found(rows, path, within):
    reached = rows.reached(parse_key_path(path), within)
    assert reached is not None
    return reached[0].tolist(), reached[1]


def assert_same(payloads, rows):
    for text in PATHS:
        path = parse_key_path(text)
        positions, nodes = path.nodes_of(payloads)
        if spans.leading_keys(path):
            expected = repr((positions.tolist(), nodes))
            assert repr(found(rows, text, range(len(payloads)))) == expected
        else:
            assert rows.reached(path, range(len(payloads))) is None


@given(st.lists(PAYLOADS, max_size=5))
def test_found_values_are_the_decoded_ones(payloads):
    rows = PayloadRows.encoded(payloads)
    assert repr(rows.read(range(len(payloads)))) == repr(payloads)
    assert_same(payloads, rows)


@given(st.lists(PAYLOADS, max_size=5))
def test_payloads_that_earlier_versions_wrote_in_ascii(payloads):
    texts = [json.dumps(each, separators=(",", ":")).encode() if each else b"" for each in payloads]
    data = np.frombuffer(b"".join(texts), np.uint8)
    assert_same(payloads, PayloadRows(offsets_of([len(text) for text in texts]), data))


def test_of_a_key_that_is_there_twice_the_last_counts():
    rows = PayloadRows.encoded([{1: "first", "1": "last"}])
    assert rows.read([0]) == [{"1": "last"}]
    assert found(rows, "1", range(1)) == ([0], ["last"])


def test_rows_in_the_middle():
    rows = PayloadRows.encoded(
        [{"a": row, "b": "x" * row} if row % 3 else None for row in range(9)]
    )
    assert found(rows, "a", range(4, 9)) == ([0, 1, 3, 4], [4, 5, 7, 8])


@given(st.binary(max_size=40))
def test_a_search_stays_within_damaged_rows(noise):
    data = np.frombuffer(b'{"a":1,"b' + noise, np.uint8)
    begins, ends = np.array([0, 3]), np.array([len(data), len(data)])
    find = spans.FIND.ready()
    assert find is not None
    find(data, np.frombuffer(b"b", np.uint8), begins, ends)
    assert ((begins >= -1) & (begins <= len(data))).all()
    assert ((ends >= -1) & (ends <= len(data))).all()


@pytest.mark.parametrize("odd", [{1, 2}, b"x", math.nan, (-math.inf,), object(), {(1, 2): 3}])
def test_what_json_cannot_say_is_refused_among_much_that_it_can(odd):
    with pytest.raises(WrongInput, match="payload cannot be stored as JSON"):
        PayloadRows.encoded([{"a": 1, "b": [{"c": 1.5}]}, {"a": [{"deep": odd}]}])


def test_values_of_tables_are_stored_as_they_were_one_by_one():
    payload = {"n": np.int64(3), "f": np.float32(0.5), "row": np.arange(2), "t": (1, None), 5: True}
    rows = PayloadRows.encoded([payload, None, {}, {"plain": 1}])
    stored = {"n": 3, "f": 0.5, "row": [0, 1], "t": [1, None], "5": True}
    assert rows.read(range(4)) == [stored, {}, {}, {"plain": 1}]
