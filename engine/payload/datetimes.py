"""Moments in payloads and filters, as microseconds since 1970-01-01 UTC.

Accepted writings: RFC 3339 with `T` or a space; a fraction of a second (cut to microseconds);
offsets `Z`, `UTC`, `+HH:MM`, `+HHMM`, `+HH`, none meaning UTC; `YYYY-MM-DD HH:MM`; `YYYY-MM-DD`.
Zeros that pad month, day and clock may be missing. Years run from 1 to 9999.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Final

NOT_A_MOMENT: Final = -(1 << 63)
"""Stands for a string that is no moment, as NaT does in NumPy."""

_SECOND = 1_000_000
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_WRITING = re.compile(
    r"\s*(\d{4})-(\d\d?)-(\d\d?)"
    r"(?:(?:[Tt]|\s+)(\d\d?):(\d\d?)"
    r"(?::(\d\d?)(?:\.(\d+))?\s*(?:[Zz]|UTC|([+-])(\d\d)(?::?(\d\d))?)?)?)?",
    re.ASCII,
)


def parse_moment(text: str) -> int:
    """Return microseconds since the epoch, or NOT_A_MOMENT when `text` is none."""
    found = _WRITING.fullmatch(text)
    if not found:
        return NOT_A_MOMENT
    year, month, day, hour, minute, second, fraction, sign, off_hour, off_minute = found.groups()
    try:
        days = date(int(year), int(month), int(day)).toordinal() - _EPOCH_DAY
    except ValueError:
        return NOT_A_MOMENT
    clock = _clock(int(hour or 0), int(minute or 0), int(second or 0))
    offset = _clock(int(off_hour or 0), int(off_minute or 0), 0)
    if clock is None or offset is None:
        return NOT_A_MOMENT
    seconds = days * 86_400 + clock - (-offset if sign == "-" else offset)
    return seconds * _SECOND + int(((fraction or "") + "000000")[:6])


def moment_of(bound: date) -> int:
    """Return microseconds since the epoch of a date or datetime; without a zone it is UTC."""
    if not isinstance(bound, datetime):
        bound = datetime(bound.year, bound.month, bound.day, tzinfo=UTC)
    elif bound.tzinfo is None:
        bound = bound.replace(tzinfo=UTC)
    since = bound - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * _SECOND + since.microseconds


def _clock(hour: int, minute: int, second: int) -> int | None:
    if hour > 23 or minute > 59 or second > 60:  # 60 is a leap second
        return None
    return hour * 3600 + minute * 60 + second
