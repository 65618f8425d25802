import pytest
from hypothesis import given
from hypothesis import strategies as st
from qdrant_client import models

from engine.ids import encode_ids
from engine.payload.slices import id_hashes, slice_mask
from tests.payload_oracle import PayloadOracle


def siphash_2_4(data):
    """The paper's algorithm on Python integers, with a zero key."""
    mask = (1 << 64) - 1

    def turned(word, bits):
        return ((word << bits) | (word >> (64 - bits))) & mask

    def sip_round(a, b, c, d):
        a = (a + b) & mask
        b = turned(b, 13) ^ a
        a = turned(a, 32)
        c = (c + d) & mask
        d = turned(d, 16) ^ c
        a = (a + d) & mask
        d = turned(d, 21) ^ a
        c = (c + b) & mask
        b = turned(b, 17) ^ c
        return a, b, turned(c, 32), d

    state = (0x736F6D6570736575, 0x646F72616E646F6D, 0x6C7967656E657261, 0x7465646279746573)
    padded = data + bytes(7 - len(data) % 8) + bytes([len(data) % 256])
    for start in range(0, len(padded), 8):
        word = int.from_bytes(padded[start : start + 8], "little")
        a, b, c, d = state
        a, b, c, d = sip_round(*sip_round(a, b, c, d ^ word))
        state = (a ^ word, b, c, d)
    a, b, c, d = state
    c ^= 0xFF
    for _ in range(4):
        a, b, c, d = sip_round(a, b, c, d)
    return a ^ b ^ c ^ d


def test_the_plain_reading_gives_the_published_value():
    """SipHash-2-4 of nothing under a zero key, as published with the reference code."""
    assert siphash_2_4(b"") == 0x1E924B9D737700D7


@given(st.lists(st.one_of(st.integers(0, 2**64 - 1), st.uuids()), max_size=8))
def test_hashes_are_siphash_of_the_id_bytes(ids):
    expected = [
        siphash_2_4(point.to_bytes(8, "little") if isinstance(point, int) else point.bytes)
        for point in ids
    ]
    canonical = [point if isinstance(point, int) else str(point) for point in ids]
    assert id_hashes(encode_ids(canonical)).tolist() == expected


@pytest.mark.parametrize("total", [1, 3, 10])
def test_the_engine_slices_the_same(total, tmp_path):
    oracle = PayloadOracle(tmp_path / "shard", [{}] * 50)
    for index in range(total):
        mask = slice_mask(models.Slice(total=total, index=index), encode_ids(range(50)))
        condition = {"slice": {"total": total, "index": index}}
        assert oracle.matching({"must": [condition]}) == mask.nonzero()[0].tolist()
    oracle.close()
