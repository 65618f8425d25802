"""Payloads as JSON bytes, one run of bytes per row; the empty payload takes none."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from itertools import chain
from math import isfinite
from types import NoneType
from typing import TYPE_CHECKING, Any
from uuid import UUID

import numpy as np
from pydantic_core import to_json

from engine.errors import WrongInput
from engine.payload.decoding import decoded
from engine.payload.spans import nodes_of
from engine.storage.ragged import offsets_of, places

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from engine.payload.key_path import KeyPath, Reached

_MOST_DIGITS = 4300  # of an integer that Python reads
_MOST_BITS = 14_000  # about as many; a number in between is written one by one, which tells

MAX_DEPTH = 128
"""Objects and arrays inside each other, as many as Qdrant reads; Python reads some hundreds."""

_TOO_DEEP = f"payload is nested more than {MAX_DEPTH} deep; flatten it"


@dataclass(frozen=True, slots=True)
class PayloadRows:
    """The payload of every row.

    Attributes:
        offsets: uint64 (rows + 1,), where each row's JSON begins and the last one ends.
        data: uint8 (bytes,).

    """

    offsets: NDArray[np.uint64]
    data: NDArray[np.uint8]

    @classmethod
    def encoded(cls, payloads: Iterable[Mapping[str, Any] | None]) -> PayloadRows:
        """Return payloads as stored; None is the empty payload.

        Raises WrongInput for what JSON cannot say, NaN and infinities included.
        """
        listed = list(payloads)
        texts = _written_at_once(listed)
        if texts is None:
            texts = [b"" if payload is None else encode_payload(payload) for payload in listed]
        offsets = offsets_of(np.fromiter(map(len, texts), np.uint64, len(texts)))
        return cls(offsets, np.frombuffer(b"".join(texts), np.uint8))

    @classmethod
    def empty(cls, rows: int) -> PayloadRows:
        """Return that many empty payloads."""
        return cls(np.zeros(rows + 1, np.uint64), np.empty(0, np.uint8))

    def take(self, rows: NDArray[np.int64]) -> PayloadRows:
        """Return `rows`, in that order."""
        offsets, data = places(self.offsets, rows)
        return PayloadRows(offsets, self.data[data])

    def reached(self, path: KeyPath, rows: range) -> Reached | None:
        """Return what a path reaches in `rows`, counted from the first of them.

        None where that takes decoding them; see `engine.payload.spans.nodes_of`.
        """
        return nodes_of(path, self.data, self.offsets[rows.start : rows.stop + 1])

    def read(self, rows: Sequence[int]) -> list[dict[str, Any]]:
        """Return the payload of each of `rows`, decoded anew each time."""
        wanted = np.asarray(rows, np.int64)
        starts, ends = self.offsets[wanted].tolist(), self.offsets[wanted + 1].tolist()
        data = self.data.data
        return [
            decoded(data[start:end].tobytes()) if end > start else {}
            for start, end in zip(starts, ends, strict=True)
        ]


def _written_at_once(payloads: Sequence[object]) -> list[bytes] | None:
    """Return payloads as JSON in half the time that one by one takes.

    None where that would not be exact: for values that Pydantic would write and JSON does not know
    (sets, bytes, NaN), and for what Pydantic cannot write.
    """
    try:
        texts = [to_json(payload) if payload else b"" for payload in payloads]
    except ValueError:
        return None
    has_long = max(map(len, texts), default=0) > _MOST_DIGITS
    return texts if _are_plain(payloads, has_long=has_long) else None


def _are_plain(payloads: Sequence[object], *, has_long: bool) -> bool:
    """Return whether payloads, finite trees, are made of JSON's own types; looks level by level.

    Integers that Python would not read back count as others, but only where a text `has_long` ones.
    """
    level = [payload for payload in payloads if payload is not None]
    if not set(map(type, level)) <= {dict}:
        return False
    for _ in range(MAX_DEPTH):
        if not level:
            return True
        objects = [node for node in level if type(node) is dict]
        arrays = [node for node in level if type(node) is list]
        values = [*chain.from_iterable(map(dict.values, objects)), *chain.from_iterable(arrays)]
        keys, types = set(map(type, chain.from_iterable(objects))), set(map(type, values))
        if not (keys <= {str} and types <= _LEAVES | _NODES):
            return False
        if float in types and not all(isfinite(v) for v in values if type(v) is float):
            return False
        if has_long and any(type(v) is int and v.bit_length() > _MOST_BITS for v in values):
            return False
        level = [node for node in values if type(node) in _NODES] if types & _NODES else []
    return False  # or nested too deeply, which `encode_payload` tells


_LEAVES = frozenset({str, int, float, bool, NoneType})
_NODES = frozenset({dict, list})


def encode_payload(payload: Mapping[str, Any]) -> bytes:
    """Return a payload as compact JSON.

    Raises WrongInput where JSON has no word for a value, or it is nested more than MAX_DEPTH deep.
    """
    if not isinstance(payload, dict):
        raise WrongInput(f"payload must be a JSON object, not {type(payload).__name__}")
    if not payload:
        return b""
    try:
        text = _ENCODER.encode(payload).encode("ascii")
    except RecursionError:
        raise WrongInput(_TOO_DEEP) from None
    except (TypeError, ValueError) as error:
        raise WrongInput(
            f"payload cannot be stored as JSON: {error}. Use objects, lists, strings, finite "
            "numbers, booleans and null."
        ) from None
    _check_depth(payload)
    return text


def _check_depth(payload: Mapping[str, Any]) -> None:
    level: list[Any] = [payload]
    for _ in range(MAX_DEPTH):
        inside = chain.from_iterable(n.values() if isinstance(n, dict) else n for n in level)
        level = [node for node in inside if isinstance(node, (dict, list, tuple))]
        if not level:
            return
    raise WrongInput(_TOO_DEEP)


def _plain(value: object) -> object:
    """Return JSON's word for values that tables often hold."""
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, date):  # and datetime
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} {value!r} is not JSON")


_ENCODER = json.JSONEncoder(allow_nan=False, separators=(",", ":"), default=_plain)
