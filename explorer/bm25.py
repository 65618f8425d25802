"""An index of words, ranked by BM25.

After Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009):

    score(d) = sum over query words t of  idf(t) * tf * (k1 + 1) / (tf + k1 * (1 - b + b * length))
    idf(t)   = ln(1 + (N - n(t) + 1/2) / (n(t) + 1/2))

where tf counts t in document d, `length` is the number of words in d over the mean of that number,
and n(t) of all N documents hold t. This idf is the variant that is never negative.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine.payload.tokens import Tokenizer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray
    from scipy import sparse

    from engine.ids import PointId

K1 = 1.2
B = 0.75

_TOKENIZER = Tokenizer(ascii_folding=True)
_BEGUN = 0.5  # what a word counts of which only the beginning is typed
_MAX_COMPLETIONS = 64  # words that an unfinished last word may stand for


@dataclass(frozen=True, slots=True, eq=False)
class WordIndex:
    """The words of documents, weighted by BM25, so that a query only adds columns.

    Attributes:
        ids: the documents.
        words: all words, sorted.
        weights: float32 (len(ids), len(words)), by columns: what a word adds to a document's score.

    """

    ids: tuple[PointId, ...]
    words: tuple[str, ...]
    weights: sparse.csc_array

    @classmethod
    def build(cls, documents: Iterable[tuple[PointId, str]]) -> WordIndex:
        """Return the index of documents, which are read once, one at a time."""
        from scipy import sparse  # noqa: PLC0415 - slow to import

        ids: list[PointId] = []
        numbers: dict[str, int] = {}
        words, counts, starts = array("q"), array("f"), array("q", [0])
        for point_id, text in documents:
            ids.append(point_id)
            for word, count in Counter(_TOKENIZER.tokens(text)).items():
                words.append(numbers.setdefault(word, len(numbers)))
                counts.append(count)
            starts.append(len(words))
        frequencies = sparse.csr_array(
            (np.asarray(counts, np.float32), np.asarray(words), np.asarray(starts)),
            shape=(len(ids), len(numbers)),
        )
        order = sorted(numbers)
        by_word = sparse.csc_array(_weighted(frequencies))[:, [numbers[word] for word in order]]
        return cls(tuple(ids), tuple(order), by_word)

    def search(self, text: str, limit: int | None = None) -> list[tuple[PointId, float]]:
        """Return (id, score) of the documents that hold a word of the text, the best first.

        The last word may be unfinished: unless a space follows it, words that begin with it count
        half, the best of them. Ties keep the order of the documents.
        """
        scores = self._scores(text)
        found = np.flatnonzero(scores)
        order = found[np.argsort(-scores[found], kind="stable")][:limit]
        return [(self.ids[row], float(scores[row])) for row in order]

    def _scores(self, text: str) -> NDArray[np.float32]:
        scores = np.zeros(len(self.ids), np.float32)
        words = _TOKENIZER.query_tokens(text)
        unfinished = words.pop() if words and text[-1:].isalnum() else None
        for word in words:
            scores += self._column(bisect_left(self.words, word), word)
        return scores if unfinished is None else scores + self._completed(unfinished)

    def _column(self, column: int, word: str) -> NDArray[np.float32]:
        if column == len(self.words) or self.words[column] != word:
            return np.zeros(len(self.ids), np.float32)
        return self._dense(column, column + 1)

    def _completed(self, beginning: str) -> NDArray[np.float32]:
        first = bisect_left(self.words, beginning)
        last = bisect_left(self.words, beginning + "\U0010ffff", lo=first)
        scores = self._dense(first, min(last, first + _MAX_COMPLETIONS))
        scores *= _BEGUN
        return np.maximum(scores, self._column(first, beginning), out=scores)

    def _dense(self, first: int, last: int) -> NDArray[np.float32]:
        """Return the largest weight of each document in columns first to last."""
        scores = np.zeros(len(self.ids), np.float32)
        start, stop = self.weights.indptr[first], self.weights.indptr[last]
        rows = self.weights.indices[start:stop]
        np.maximum.at(scores, rows, self.weights.data[start:stop])
        return scores


def words_of(payload: object) -> Iterator[str]:
    """Yield every string in a payload, at any depth; keys are no words of it."""
    if isinstance(payload, str):
        yield payload
    elif isinstance(payload, dict):
        for value in payload.values():
            yield from words_of(value)
    elif isinstance(payload, list) and not (payload and isinstance(payload[0], float)):
        for element in payload:
            yield from words_of(element)


def _weighted(frequencies: sparse.csr_array) -> sparse.csr_array:
    """Return term frequencies (documents, words) turned into BM25 weights."""
    documents = frequencies.shape[0]
    lengths = np.asarray(frequencies.sum(axis=1), np.float32)
    holding = np.bincount(frequencies.indices, minlength=frequencies.shape[1])
    idf = np.log1p((documents - holding + 0.5) / (holding + 0.5)).astype(np.float32)
    relative = lengths / max(float(lengths.mean()) if documents else 0.0, 1e-9)
    norms = np.repeat(K1 * (1 - B + B * relative), np.diff(frequencies.indptr))
    counts = frequencies.data
    weights = idf[frequencies.indices] * counts * (K1 + 1) / (counts + norms)
    return type(frequencies)(
        (weights.astype(np.float32), frequencies.indices, frequencies.indptr), frequencies.shape
    )
