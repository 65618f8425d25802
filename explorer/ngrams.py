"""Text to a sparse vector of character n-grams: words that look alike meet, typing errors too."""

from __future__ import annotations

import re
from collections import Counter
from zlib import crc32

from qdrant_client import models

LENGTH = 3
"""Characters of an n-gram."""


def ngram_counts(text: str, length: int = LENGTH) -> Counter[int]:
    """Return how often each n-gram of the words of `text` stands in it.

    A word is lower-cased and padded by one space on both sides, so that its beginning and end
    count. The key is the CRC-32 of the n-gram's UTF-8 bytes: no vocabulary has to be kept, and
    any text has its place.
    """
    words = (f" {word} " for word in re.findall(r"\w+", text.lower()))
    return Counter(
        crc32(word[start : start + length].encode())
        for word in words
        for start in range(max(1, len(word) - length + 1))
    )


def ngram_query(text: str) -> models.SparseVector:
    """Return `text` as a query on a sparse n-gram vector: weight 1 for each n-gram in it.

    The rarity of each n-gram is the collection's affair (the `idf` modifier).
    """
    indices = sorted(ngram_counts(text))
    return models.SparseVector(indices=indices, values=[1.0] * len(indices))
