"""Text to a sparse vector of words: for ranking by BM25 with queries on a collection."""

from __future__ import annotations

import re
from collections import Counter
from zlib import crc32

from qdrant_client import models

from engine.payload.tokens import Tokenizer

_TOKENIZER = Tokenizer(ascii_folding=True)
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def term_counts(text: str) -> Counter[int]:
    """Return how often each word stands in `text`.

    Case, accents and a plural's ending make no difference; of a name such as `DataFrame` the whole
    and each part is a word. The key is the CRC-32 of the word's UTF-8 bytes: no vocabulary has to
    be kept, and any text has its place.
    """
    whole = Counter(_TOKENIZER.tokens(text))
    parts = Counter(_TOKENIZER.tokens(_HUMP.sub(" ", text)))
    counts: Counter[int] = Counter()
    for word, count in (whole | parts).items():
        counts[crc32(singular(word).encode())] += count
    return counts


def term_query(text: str) -> models.SparseVector:
    """Return `text` as a query on a sparse vector of words: the weight of a word is its count.

    The rarity of each word is the collection's affair (the `idf` modifier).
    """
    counts = sorted(term_counts(text).items())
    return models.SparseVector(
        indices=[word for word, _ in counts], values=[float(count) for _, count in counts]
    )


def singular(word: str) -> str:
    """Return an English word without the ending of a plural; the same for both is all that counts.

    Source: the "S" stemmer of Harman, "How effective is suffixing?" (1991), for words of more
    than three letters, with one rule more for such as classes and boxes.
    """
    if len(word) < 4:
        return word
    if word.endswith(("sses", "xes")):
        return word[:-2]
    if word.endswith("ies") and not word.endswith(("eies", "aies")):
        return f"{word[:-3]}y"
    if word.endswith("es") and not word.endswith(("aes", "ees", "oes")):
        return word[:-1]
    if word.endswith("s") and not word.endswith(("us", "ss")):
        return word[:-1]
    return word
