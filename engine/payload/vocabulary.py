"""The distinct strings of a column, and tables over them that filters look into."""

from __future__ import annotations

from itertools import count
from threading import RLock
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

import numpy as np

from engine.payload.datetimes import parse_moment

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from engine.payload.tokens import Tokenizer

    T = TypeVar("T", bound=np.generic)


class Vocabulary:
    """Numbers distinct strings 0, 1, 2, ...

    It only grows, so that the columns of many snapshots share one and codes keep their meaning.
    Tables over it are at least as long as the strings that the caller's codes name.
    """

    def __init__(self) -> None:
        self._lock = RLock()
        self._codes: dict[str, int] = {}
        self._strings: list[str] = []
        self._tables: dict[Callable[[str], Any], NDArray[Any]] = {}
        self._postings: dict[Tokenizer, _Postings] = {}

    def __len__(self) -> int:
        return len(self._strings)

    def encode(self, strings: Sequence[str]) -> NDArray[np.int32]:
        """Return the code of each string; new strings get the next free codes."""
        with self._lock:
            fresh = [string for string in dict.fromkeys(strings) if string not in self._codes]
            first = len(self._strings)
            self._strings.extend(fresh)  # before the codes, which readers look up without the lock
            self._codes.update(zip(fresh, count(first)))
        return np.fromiter(map(self._codes.__getitem__, strings), np.int32, len(strings))

    def code(self, string: str) -> int:
        """Return the code of `string`, -1 when no value is that string."""
        return self._codes.get(string, -1)

    @property
    def strings(self) -> Sequence[str]:
        """The strings by code; the sequence grows with the vocabulary."""
        return self._strings

    def test(self, predicate: Callable[[str], bool]) -> NDArray[np.bool_]:
        """Return bool (strings,): where `predicate` holds."""
        strings = self._strings[:]
        return np.fromiter(map(predicate, strings), np.bool_, len(strings))

    def moments(self) -> NDArray[np.int64]:
        """Return int64 (strings,): microseconds since the epoch, or NOT_A_MOMENT."""
        return self._table(parse_moment, np.int64)

    def uuids(self) -> NDArray[np.bool_]:
        """Return bool (strings,): which are UUIDs."""
        return self._table(is_uuid, np.bool_)

    def _table(self, function: Callable[[str], Any], dtype: type[T]) -> NDArray[T]:
        """Return what a function makes of each string, once for each."""
        with self._lock:
            known = self._tables.get(function, np.empty(0, dtype))
            fresh = self._strings[len(known) :]
            if fresh:
                made = np.fromiter(map(function, fresh), dtype, len(fresh))
                known = self._tables[function] = np.concatenate([known, made])
            return known

    def with_tokens(self, tokens: Sequence[str], tokenizer: Tokenizer) -> NDArray[np.bool_]:
        """Return bool (tokens, strings): where the tokenised string holds each token."""
        with self._lock:
            postings = self._postings.setdefault(tokenizer, _Postings(tokenizer))
            postings.extend(self._strings)
            masks = np.zeros((len(tokens), len(self._strings)), np.bool_)
            for mask, token in zip(masks, tokens, strict=True):
                mask[postings.codes(token)] = True
            return masks


def is_uuid(text: str) -> bool:
    """Return whether `text` is a UUID in any accepted writing."""
    try:
        UUID(text)
    except ValueError:
        return False
    return True


class _Postings:
    """Codes of the strings that hold each token."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._codes: dict[str, list[int]] = {}
        self._read = 0

    def extend(self, strings: Sequence[str]) -> None:
        for code in range(self._read, len(strings)):
            for token in set(self._tokenizer.tokens(strings[code])):
                self._codes.setdefault(token, []).append(code)
        self._read = len(strings)

    def codes(self, token: str) -> list[int]:
        return self._codes.get(token, [])
