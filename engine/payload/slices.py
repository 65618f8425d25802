"""Slices: a collection cut into equal parts by the hash of the point id.

The hash is SipHash-2-4 with a zero key (Aumasson and Bernstein, "SipHash: a fast short-input PRF",
2012) of the id's bytes: 8 little-endian bytes of an integer, 16 bytes of a UUID.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from engine.errors import InvalidRequest

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from qdrant_client import models

    from engine.payload.column import Mask

Words: TypeAlias = "NDArray[np.uint64]"

_INITIAL = (0x736F6D6570736575, 0x646F72616E646F6D, 0x6C7967656E657261, 0x7465646279746573)


def slice_mask(part: models.Slice, ids: NDArray[np.void]) -> Mask:
    """Return bool (n,): which ids (n,) of `engine.ids.ID_DTYPE` fall into the slice.

    Raises InvalidRequest unless 0 <= index < total.
    """
    if part.total < 1:
        raise InvalidRequest("slice.total", f"value {part.total} invalid, must be 1 or larger")
    if not 0 <= part.index < part.total:
        reason = f"value {part.index} invalid, must be from 0 to {part.total - 1}"
        raise InvalidRequest("slice.index", reason)
    hashes = id_hashes(ids)
    inside: Mask = hashes % np.uint64(part.total) == np.uint64(part.index)
    return inside


def id_hashes(ids: NDArray[np.void]) -> Words:
    """Return uint64 (n,): the hash of each id."""
    uuids = ids["is_uuid"].astype(np.bool_)
    hashes = np.empty(len(ids), np.uint64)
    hashes[~uuids] = _siphash([ids["low"][~uuids]])
    # A UUID's bytes are big-endian; the hash reads little-endian words.
    hashes[uuids] = _siphash([ids["high"][uuids].byteswap(), ids["low"][uuids].byteswap()])
    return hashes


def _siphash(words: list[Words]) -> Words:
    state = [np.full(len(words[0]), word, np.uint64) for word in _INITIAL]
    length = np.full(len(words[0]), (8 * len(words)) << 56, np.uint64)
    for word in [*words, length]:
        state[3] = state[3] ^ word
        state = _round(_round(state))
        state[0] = state[0] ^ word
    state[2] = state[2] ^ np.uint64(0xFF)
    for _ in range(4):
        state = _round(state)
    return state[0] ^ state[1] ^ state[2] ^ state[3]


def _round(state: list[Words]) -> list[Words]:
    a, b, c, d = state
    a, c = a + b, c + d
    b, d = _rotated(b, 13) ^ a, _rotated(d, 16) ^ c
    a, c = _rotated(a, 32) + d, c + b
    b, d = _rotated(b, 17) ^ c, _rotated(d, 21) ^ a
    return [a, b, _rotated(c, 32), d]


def _rotated(words: Words, bits: int) -> Words:
    return (words << np.uint64(bits)) | (words >> np.uint64(64 - bits))
