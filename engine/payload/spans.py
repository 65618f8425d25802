"""Where the values of one key stand in the JSON of many rows, found without decoding the rest."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

import numpy as np

from engine.payload.decoding import decoded
from engine.warmth import Warmth

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.payload.key_path import KeyPath, Reached


class Find(Protocol):
    """The compiled search for one key in JSON objects without blanks."""

    def __call__(
        self,
        data: NDArray[np.uint8],
        key: NDArray[np.uint8],
        begins: NDArray[np.int64],
        ends: NDArray[np.int64],
    ) -> None:
        """Replace where each object begins and ends by where its value of `key` does, or by -1.

        Of a key that is there twice the last counts. Values that are no objects, and places of -1,
        have no keys.
        """


def _load() -> Find:
    return cast("Find", import_module("engine.payload.compiled").FIND)


FIND = Warmth(_load, "key search warm-up")
"""The search; rows are decoded until it is there."""

warm_up = FIND.warm_up


def leading_keys(path: KeyPath) -> int:
    """Return how many of the first steps of a path can be searched for as they are written.

    A key of other signs than ASCII's may be escaped in one row and plain in another.
    """
    count = 0
    for step in path.steps:
        if not (isinstance(step, str) and step.isascii() and step.isprintable()):
            break
        if '"' in step or "\\" in step:
            break
        count += 1
    return count


def nodes_of(path: KeyPath, data: NDArray[np.uint8], offsets: NDArray[np.uint64]) -> Reached | None:
    """Return what a path reaches in rows of JSON, as `KeyPath.nodes_of` does in decoded ones.

    Args:
        path: a key path.
        data: uint8 (bytes,), JSON objects without blanks, one behind the other.
        offsets: uint64 (rows + 1,), where each begins and the last ends; empty ones are {}.

    Returns:
        The row of each value reached, rising, and the values; None where rows have to be decoded:
        the search is not compiled yet, or the path does not begin with a plain key.

    """
    find, keys = FIND.ready(), leading_keys(path)
    if find is None or not keys:
        return None
    begins, ends = offsets[:-1].astype(np.int64), offsets[1:].astype(np.int64)
    for key in path.steps[:keys]:
        find(data, np.frombuffer(str(key).encode(), np.uint8), begins, ends)
    rows = np.flatnonzero(begins >= 0)
    text = data.data
    spans = zip(begins[rows].tolist(), ends[rows].tolist(), strict=True)
    values = decoded(b"[" + b",".join([text[begin:end] for begin, end in spans]) + b"]")
    places, reached = path.beyond(keys).nodes_of(values)
    return rows[places], reached
