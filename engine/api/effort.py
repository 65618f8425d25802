"""How much work a JSON body makes, told from a count of its signs before anything is decoded.

Decoding a body into models takes a thread that no other may run beside: one of 22 MB holds the
whole server up for 0.4 s when it is points with their vectors, for 45 s when it is millions of
empty conditions (measured on a busy machine). Size alone does not tell them apart; the numbers of
objects, arrays and strings do. Signs within strings count too, which errs on the safe side.
"""

from __future__ import annotations

from engine.api.errors import BodyTooLarge

_OBJECT, _ARRAY = 10, 4  # times the work of a number; a string is three

MAX_READ = 1_600_000
"""Most work of a body that asks, in numbers: a batch of a thousand queries of 1,536 passes."""

MAX_UPDATE = 5_000_000
"""Most work of a body that changes something: 32 MiB of points of 384 numbers pass."""


def effort(body: bytes) -> int:
    """Return the work of decoding a body, in numbers."""
    numbers = body.count(b",") + body.count(b'"')
    return numbers + _ARRAY * body.count(b"[") + _OBJECT * body.count(b"{")


def check_effort(body: bytes, most: int) -> None:
    """Raise BodyTooLarge for a body that is more work than is allowed."""
    if len(body) * _OBJECT > most and (found := effort(body)) > most:
        raise BodyTooLarge(
            f"has too many parts (limit: {most}; this: {found}, where an object counts {_OBJECT}, "
            f"an array {_ARRAY}, a string 3 and a number 1)"
        )
