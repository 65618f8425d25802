"""Cutting text into tokens, as a text index is told to."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from qdrant_client import models

from engine.errors import NotSupported

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_SILENT_CLASSES = frozenset({1, 6, 7, 8, 9, *range(200, 241)})
_LIGATURES = {
    "ß": "ss",
    "ẞ": "SS",
    "æ": "ae",
    "Æ": "AE",
    "œ": "oe",
    "Œ": "OE",
    "þ": "th",
    "Þ": "TH",
    "ø": "o",
    "Ø": "O",
    "ł": "l",
    "Ł": "L",
    "đ": "d",
    "Đ": "D",
    "ð": "d",
    "Ð": "D",
    "ı": "i",
}
_KINDS = frozenset(models.TokenizerType) - {models.TokenizerType.CODE}


@dataclass(frozen=True, slots=True)
class Tokenizer:
    """How a text index cuts text; the default is also how text without an index is read.

    Attributes:
        kind: `word` takes runs of letters and digits, `whitespace` splits at blanks, `prefix` gives
            every beginning of every word; `multilingual` is read as `word`.
        lowercase: fold case first.
        ascii_folding: write accented Latin letters without accents first.
        min_length: shorter tokens are dropped (characters); None means 1 for beginnings.
        max_length: longer tokens are dropped; beginnings stop there.
        stopwords: tokens that are dropped.

    """

    kind: models.TokenizerType = models.TokenizerType.WORD
    lowercase: bool = True
    ascii_folding: bool = False
    min_length: int | None = None
    max_length: int | None = None
    stopwords: frozenset[str] = frozenset()

    def tokens(self, text: str) -> list[str]:
        """Return the tokens a stored text is found by, in order."""
        words = self._words(text)
        if self.kind is models.TokenizerType.PREFIX:
            words = [beginning for word in words for beginning in self._beginnings(word)]
        return [word for word in words if self._fits(word)]

    def query_tokens(self, text: str) -> list[str]:
        """Return the tokens a query text asks for: the longest beginning of each word."""
        words = self._words(text)
        if self.kind is models.TokenizerType.PREFIX:
            words = [word[: self.max_length] for word in words]
        return [word for word in words if self._fits(word)]

    def _words(self, text: str) -> list[str]:
        if self.ascii_folding:
            text = _folded(text)
        if self.lowercase:
            text = text.lower()
        words = (
            text.split() if self.kind is models.TokenizerType.WHITESPACE else _word().findall(text)
        )
        return [word for word in words if word not in self.stopwords]

    def _beginnings(self, word: str) -> Iterator[str]:
        longest = len(word) if self.max_length is None else min(len(word), self.max_length)
        return (word[:end] for end in range(self.min_length or 1, longest + 1))

    def _fits(self, word: str) -> bool:
        return len(word) >= (self.min_length or 0) and (
            self.max_length is None or len(word) <= self.max_length
        )


def tokenizer_of(params: models.TextIndexParams | None) -> Tokenizer:
    """Return the tokenizer that the parameters of a text index ask for.

    Raises NotSupported for the `code` tokenizer, stemming, and stopwords by language.
    """
    if params is None:
        return Tokenizer()
    kind = params.tokenizer or models.TokenizerType.WORD
    if kind not in _KINDS:
        raise NotSupported(f"tokenizer `{kind.value}` of a text index. Use `word` instead.")
    if isinstance(params.stemmer, models.SnowballParams):
        raise NotSupported("`stemmer` of a text index. Create the index without it.")
    lowercase = params.lowercase is not False
    return Tokenizer(
        kind=kind,
        lowercase=lowercase,
        ascii_folding=bool(params.ascii_folding),
        min_length=params.min_token_len,
        max_length=params.max_token_len,
        stopwords=frozenset(_stopwords(params.stopwords, lowercase=lowercase)),
    )


def _stopwords(stopwords: models.StopwordsInterface | None, *, lowercase: bool) -> Iterable[str]:
    if stopwords is None:
        return ()
    if not isinstance(stopwords, models.StopwordsSet) or stopwords.languages:
        raise NotSupported(
            "`stopwords` of a text index by language. Give words in `stopwords.custom`."
        )
    return (word.lower() if lowercase else word for word in stopwords.custom or ())


@cache
def _word() -> re.Pattern[str]:
    """Return the pattern of a run of letters, digits and the vowel signs that count as letters.

    Python counts no combining sign as a letter; Unicode does where it stands for a sound, which its
    combining class tells: neither a joiner nor an accent.
    """
    signs = (
        chr(code)
        for code in range(0x300, 0x10000)
        if unicodedata.category(chr(code)) in ("Mn", "Mc")
        and unicodedata.combining(chr(code)) not in _SILENT_CLASSES
    )
    return re.compile(f"(?:[^\\W_]|[{''.join(signs)}])+")


def _folded(text: str) -> str:
    return text if text.isascii() else "".join(map(_folded_letter, text))


@cache
def _folded_letter(letter: str) -> str:
    if letter in _LIGATURES:
        return _LIGATURES[letter]
    plain = "".join(
        sign for sign in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(sign)
    )
    return plain if plain.isascii() and plain else letter
