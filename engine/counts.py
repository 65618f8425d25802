"""Counts that requests give: how many points, groups or values, at least and at most."""

from __future__ import annotations

from engine.arguments import is_whole
from engine.errors import InvalidRequest, shown

MAX_COUNT = 2**64 - 1


def check_count(path: str, value: int | None, least: int) -> None:
    """Raise InvalidRequest for a value that is set and no whole number from `least` to 64 bits."""
    if value is None:
        return
    if not is_whole(value):
        raise InvalidRequest(path, f"value {shown(value)} invalid, must be a whole number")
    if value < least:
        raise InvalidRequest(path, f"value {shown(value)} invalid, must be {least} or larger")
    if value > MAX_COUNT:
        raise InvalidRequest(path, f"value {shown(value)} invalid, must be {MAX_COUNT} or smaller")
