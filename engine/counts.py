"""Counts that requests give: how many points, groups or values, at least and at most."""

from __future__ import annotations

import numpy as np

from engine.errors import InvalidRequest

MAX_COUNT = 2**64 - 1


def check_count(path: str, value: int | None, least: int) -> None:
    """Raise InvalidRequest for a value that is set and no whole number from `least` to 64 bits."""
    if value is None:
        return
    if not isinstance(value, int | np.integer):
        raise InvalidRequest(path, f"value {value!r} invalid, must be a whole number")
    if value < least:
        raise InvalidRequest(path, f"value {value} invalid, must be {least} or larger")
    if value > MAX_COUNT:
        raise InvalidRequest(path, f"value {value} invalid, must be {MAX_COUNT} or smaller")
