"""Rows by id: the index against a dict, through appends, deaths and merges."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engine.ids import PointId, encode_ids
from engine.storage.id_index import hash_ids
from engine.storage.id_rows import IdRows

IDS = st.one_of(
    st.integers(0, 12),
    st.integers(0, 2**64 - 1),
    st.integers(0, 12).map(lambda low: f"00000000-0000-4000-8000-{low:012x}"),
    st.uuids().map(str),
)
BATCHES = st.lists(st.lists(IDS, unique=True, max_size=8), max_size=12)


def grown(batches):
    """Return IdRows after upserting the batches one by one, each state of it, and a dict each."""
    rows, states = IdRows(encode_ids([]), np.ones(0, bool)), []
    expected: dict[PointId, int] = {}
    for batch in batches:
        records = np.concatenate([rows.records, encode_ids(batch)])
        live = np.concatenate([rows.live, np.ones(len(batch), bool)])
        killed = rows.rows_of(batch)
        live[killed[killed >= 0]] = False
        start = len(rows.records)
        expected = expected | {point: start + place for place, point in enumerate(batch)}
        rows = rows.advanced(records, live)
        states.append((rows, expected))
    return states


@given(BATCHES, st.lists(IDS))
def test_every_state_finds_its_own_rows(batches, others):
    for rows, expected in grown(batches):
        wanted = [*expected, *others]
        assert rows.rows_of(wanted).tolist() == [expected.get(point, -1) for point in wanted]
        assert IdRows(rows.records, rows.live).rows_of(wanted).tolist() == [
            expected.get(point, -1) for point in wanted
        ]


@given(BATCHES)
def test_rows_give_their_ids_and_an_order(batches):
    for rows, expected in grown(batches):
        places = list(expected.values())
        assert rows.ids(places) == list(expected) == [rows.id_of(place) for place in places]
        ordered = sorted(expected, key=lambda point: (isinstance(point, str), point))
        assert rows.ids(rows.order()) == ordered


def test_ids_of_one_hash_are_told_apart():
    (record,) = encode_ids(["00000001-0000-4000-8000-000000000001"])
    twin = int(hash_ids(record.reshape(1))[0])
    ids = encode_ids([twin, "00000001-0000-4000-8000-000000000001"])
    assert len(set(hash_ids(ids).tolist())) == 1
    rows = IdRows(ids, np.ones(2, bool))
    assert rows.rows_of([twin, "00000001-0000-4000-8000-000000000001"]).tolist() == [0, 1]
    assert rows.row_of(twin + 1) is None


def test_runs_stay_few():
    rows = IdRows(encode_ids([]), np.ones(0, bool))
    for number in range(500):
        records = np.concatenate([rows.records, encode_ids([number])])
        rows = rows.advanced(records, np.ones(number + 1, bool))
    assert len(rows.index.runs) <= 6
