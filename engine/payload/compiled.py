"""The search for one key in many JSON objects, compiled; importing this compiles it or loads it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numba
from numba import types

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from engine.payload.spans import Find

_QUOTE, _BACKSLASH, _COMMA, _COLON = ord('"'), ord("\\"), ord(","), ord(":")
_BRACE, _BRACKET, _CLOSING_BRACE, _CLOSING_BRACKET = ord("{"), ord("["), ord("}"), ord("]")


def _read_only(dtype: types.Type) -> types.Array:
    return types.Array(dtype, 1, "C", readonly=True)


_SIGNATURE = types.void(
    _read_only(types.uint8), _read_only(types.uint8), types.int64[::1], types.int64[::1]
)


@numba.njit(nogil=True)
def _behind_string(data: NDArray[np.uint8], place: int, end: int) -> int:
    """Return the place behind the string whose opening quote is at `place`."""
    place += 1
    while place < end and data[place] != _QUOTE:
        place += 2 if data[place] == _BACKSLASH else 1
    return place + 1


@numba.njit(nogil=True)
def _behind_value(data: NDArray[np.uint8], place: int, end: int) -> int:
    """Return the place behind the value that begins at `place`."""
    depth = 0
    while place < end:
        sign = data[place]
        if sign == _QUOTE:
            place = _behind_string(data, place, end)
            if depth == 0:
                return place
            continue
        if sign in (_BRACE, _BRACKET):
            depth += 1
        elif sign in (_CLOSING_BRACE, _CLOSING_BRACKET):
            if depth == 0:  # of what is around a number
                return place
            depth -= 1
            if depth == 0:
                return place + 1
        elif sign == _COMMA and depth == 0:
            return place
        place += 1
    return end


@numba.njit(nogil=True)
def _is_key(data: NDArray[np.uint8], place: int, key: NDArray[np.uint8]) -> bool:
    same = 0
    while same < key.size and data[place + same] == key[same]:
        same += 1
    return same == key.size


def _find(
    data: NDArray[np.uint8],
    key: NDArray[np.uint8],
    begins: NDArray[np.int64],
    ends: NDArray[np.int64],
) -> None:
    for row in range(begins.size):
        place, end = begins[row], ends[row]
        begins[row] = ends[row] = -1
        if place < 0 or place >= end or data[place] != _BRACE:
            continue
        place += 1
        while place < end and data[place] == _QUOTE:
            name, place = place + 1, _behind_string(data, place, end)
            value = place + 1  # behind the colon
            place = _behind_value(data, value, end)
            if value < place <= end and value - 2 - name == key.size and _is_key(data, name, key):
                begins[row], ends[row] = value, place
            place += 1  # behind the comma


def _compiled(find: Callable[..., None]) -> Find:
    jit: Any = numba.njit
    try:
        return cast("Find", jit(_SIGNATURE, cache=True, nogil=True)(find))
    except (RuntimeError, OSError):  # no place to write the cache to: compile in each process
        return cast("Find", jit(_SIGNATURE, nogil=True)(find))


FIND = _compiled(_find)
