"""How much work a JSON body makes, told from a count of its signs before anything is decoded.

Decoding a body into models takes a thread that no other may run beside: one of 22 MB holds the
whole server up for 0.4 s when it is points with their vectors, for 45 s when it is millions of
empty conditions (measured on a busy machine). Size alone does not tell them apart; the numbers of
objects, arrays and strings do, and how deep the objects lie.
"""

from __future__ import annotations

import re

import numpy as np

from engine.api.errors import BodyTooLarge

_OBJECT, _ARRAY = 10, 4  # times the work of a number; a string is three
_LEVEL, _FORMULA_LEVEL = 1, 20  # more for each level that an object lies deeper than the tenth
_SHALLOW = 10
_FEW = 1_000  # objects that no depth makes much work of: JSON may be 200 deep

MAX_READ = 1_600_000
"""Most work of a body that asks, in numbers: a batch of a thousand queries of 1,536 passes."""

MAX_UPDATE = 5_000_000
"""Most work of a body that changes something: 32 MiB of points of 384 numbers pass."""

_STRINGS = re.compile(rb'"[^"]*"')
_NO_STRUCTURE = bytes(set(range(256)) - set(b'{}[]"'))


def effort(body: bytes) -> int:
    """Return the work of decoding a body, in numbers; signs within strings count as others do."""
    objects = body.count(b"{")
    flat = body.count(b",") + body.count(b'"') + _ARRAY * body.count(b"[") + _OBJECT * objects
    if objects < _FEW:
        return flat
    return flat + (_FORMULA_LEVEL if b'"formula"' in body else _LEVEL) * _depth(body)


def check_effort(body: bytes, most: int) -> None:
    """Raise BodyTooLarge for a body that is more work than is allowed."""
    if len(body) > _FEW and (found := effort(body)) > most:
        raise BodyTooLarge(
            f"has too many parts (limit: {most}; this: {found}, where an object counts {_OBJECT}, "
            f"a deep one more, an array {_ARRAY}, a string 3, a number 1)"
        )


def _depth(body: bytes) -> int:
    """Return how many levels too deep the objects lie, all together."""
    plain = body.replace(rb"\\", b"").replace(rb"\"", b"").translate(None, _NO_STRUCTURE)
    signs = np.frombuffer(_STRINGS.sub(b"", plain), np.uint8)
    opens, objects = np.isin(signs, list(b"{[")), signs == ord("{")
    depth = np.cumsum(np.where(opens, 1, -1))
    return int(np.maximum(depth[objects] - _SHALLOW, 0).sum())
