"""The map, cards and chips as ES modules; here the Python end of their event queue."""

import base64
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["newest", "selected_indices", "unseen"]


def unseen(queue: Sequence[Mapping[str, Any]] | None, ack: int) -> list[Mapping[str, Any]]:
    """Events of a component's queue that were not applied yet, oldest first.

    `queue` is the state value as the browser sent it; entries without an integer `seq` and a
    string `kind` are dropped, since a browser can send anything. `ack` is the largest `seq` seen.
    """
    fresh = [event for event in queue or [] if _is_event(event) and event["seq"] > ack]
    return sorted(fresh, key=lambda event: event["seq"])


def newest(queue: Sequence[Mapping[str, Any]] | None) -> int:
    """Largest `seq` of a queue, 0 when it holds nothing: what a new session starts from."""
    return max((event["seq"] for event in queue or [] if _is_event(event)), default=0)


def selected_indices(event: Mapping[str, Any], points: int) -> NDArray[np.int64]:
    """Ascending point indices of a `box` or `lasso` event, int64 (count,).

    The event carries a list (`indices`) or, for many points, a bit per point (`mask`: base64 of
    uint32 n and n bits, lowest first). `points` is the number of points on the map.
    Raises ValueError when an index or the mask does not fit a map of that size.
    """
    if "mask" in event:
        return np.flatnonzero(_unpack(str(event["mask"]), points)).astype(np.int64)
    indices = np.unique(np.asarray(event.get("indices", []), dtype=np.int64))
    if indices.size and (indices[0] < 0 or indices[-1] >= points):
        outside = indices[0] if indices[0] < 0 else indices[-1]
        message = f"a selection has the index {outside}, but the map has {points} points"
        raise ValueError(message)
    return indices


def _is_event(event: object) -> bool:
    return (
        isinstance(event, Mapping)
        and type(event.get("seq")) is int
        and isinstance(event.get("kind"), str)
    )


def _unpack(mask: str, points: int) -> NDArray[np.uint8]:
    try:
        content = base64.b64decode(mask, validate=True)
    except ValueError as error:
        message = f"the mask of a selection is not base64 ({error}); reload the page"
        raise ValueError(message) from error
    expected = 4 + (points + 7) // 8
    if len(content) != expected or int.from_bytes(content[:4], "little") != points:
        message = (
            f"the mask of a selection has {len(content)} bytes where {expected} were expected for "
            f"{points} points; reload the page, the map has changed"
        )
        raise ValueError(message)
    bits = np.frombuffer(content, dtype=np.uint8, offset=4)
    return np.unpackbits(bits, count=points, bitorder="little")
