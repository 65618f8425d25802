from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.payload.datetimes import NOT_A_MOMENT, moment_of, parse_moment
from tests.payload_oracle import PayloadOracle

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
WRITINGS = [
    "2024-03-01",
    "2024-03-01 10:30",
    "2024-03-01T10:30",
    "2024-03-01T10:30:00",
    "2024-03-01 10:30:00.5",
    "2024-03-01T10:30:00.123456789Z",
    "2024-03-01t10:30:00z",
    "2024-03-01T10:30:00 UTC",
    "2024-03-01T10:30:00+02",
    "2024-03-01T10:30:00+0200",
    "2024-03-01T10:30:00-02:00",
    "2024-03-01 10:30:00 +02:00",
    "2024-03-01T23:59:60Z",
    "2024-3-1 1:05:00",
    "0001-01-01",
    "9999-12-31T23:59:59Z",
    "1969-12-31T23:59:59.9999999Z",
    "2024-03-01T10:30Z",
    "2024-03-01T24:00:00Z",
    "2024-03-01T10:30:00+25:00",
    "2024-03-01T10:30:00+2",
    "2024-03-01T10:30:00.Z",
    "2024-03-01T10",
    "2024-03-01Z",
    "2024-02-30",
    "2024-03-01 ",
    "20240301",
    "12024-03-01",
    "soon",
    "",
]


def microseconds(moment):
    return (moment - EPOCH) // timedelta(microseconds=1)


def test_the_engine_reads_the_same_moments(tmp_path):
    oracle = PayloadOracle(tmp_path / "shard", [{"t": writing} for writing in WRITINGS])
    bounds = [{"gte": "0001-01-01"}, {"lt": "0001-01-01"}]
    read = {
        row for bound in bounds for row in oracle.matching({"must": [{"key": "t", "range": bound}]})
    }
    oracle.close()
    ours = {row for row, text in enumerate(WRITINGS) if parse_moment(text) != NOT_A_MOMENT}
    assert ours == read


FIRST, LAST = datetime.fromisoformat("0001-01-03"), datetime.fromisoformat("9999-12-29")


@given(st.datetimes(FIRST, LAST), st.integers(-23 * 60, 23 * 60))
def test_what_python_writes_is_read(naive, minutes):
    assert parse_moment(f"{naive.isoformat(timespec='microseconds')}Z") == moment_of(naive)
    moment = naive.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    text = moment.isoformat(sep=" ", timespec="microseconds")
    assert parse_moment(text) == moment_of(moment) == microseconds(moment)


@given(st.text(max_size=40) | st.from_regex(r"\d{1,5}-\d\d?-\d\d?[T ]?[\d:.+Z-]{0,20}"))
def test_any_text_gives_a_number(text):
    assert -(1 << 63) <= parse_moment(text) < 1 << 63


@pytest.mark.parametrize("bound", [date(2024, 3, 1), datetime.fromisoformat("2024-03-01"), EPOCH])
def test_bounds_without_a_zone_are_utc(bound):
    assert moment_of(bound) == parse_moment(bound.isoformat())
