"""Text to the token ids of an uncased BERT model: basic tokens first, then WordPiece.

Source: the tokenizer published with BERT (Devlin et al. 2019); WordPiece by Schuster and Nakajima
(2012), matched greedily, longest piece first.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

_WORDY = re.compile(r"[^\W_]")
"""A letter or a digit."""

_LONGEST_WORD = 100
"""Characters beyond which BERT calls a word unknown instead of cutting it up."""

_DROPPED = ("Mn", "Cc", "Cf", "Co", "Cs")
"""Unicode categories that leave no trace: accents, control, format and private characters."""

_IDEOGRAPHS = (
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0x20000, 0x2CEAF),
    (0x2F800, 0x2FA1F),
)


@dataclass(frozen=True)
class WordPiece:
    """A vocabulary, and how text is cut into its pieces.

    Attributes:
        ids: piece -> token id; a piece inside a word begins with `##`.
        longest: most tokens of one text, the two special ones included; the rest is cut off.

    """

    ids: Mapping[str, int]
    longest: int = 256

    @classmethod
    def read(cls, path: Path, longest: int = 256) -> WordPiece:
        """Read a vocabulary of one piece a line, UTF-8; the line number is the id."""
        pieces = path.read_text(encoding="utf-8").split("\n")
        return cls({piece: number for number, piece in enumerate(pieces) if piece}, longest)

    def encode(self, text: str) -> tuple[int, ...]:
        """Return the token ids of `text`, with `[CLS]` before and `[SEP]` after."""
        tokens = [self.ids["[CLS]"]]
        for word in basic_tokens(text):
            tokens += self._pieces(word)
            if len(tokens) >= self.longest:
                break
        return (*tokens[: self.longest - 1], self.ids["[SEP]"])

    def tells(self, tokens: Iterable[int]) -> list[bool]:
        """Tell of each token whether it stands for letters or digits."""
        return [token not in self._silent for token in tokens]

    @cached_property
    def _silent(self) -> frozenset[int]:
        special = {self.ids["[CLS]"], self.ids["[SEP]"]}
        marks = (number for piece, number in self.ids.items() if not _WORDY.search(piece))
        return frozenset(special.union(marks))

    def _pieces(self, word: str) -> list[int]:
        unknown = [self.ids["[UNK]"]]
        if len(word) > _LONGEST_WORD:
            return unknown
        found: list[int] = []
        start = 0
        while start < len(word):
            end = self._longest_piece(word, start)
            if end == start:
                return unknown
            found.append(self.ids[_piece(word, start, end)])
            start = end
        return found

    def _longest_piece(self, word: str, start: int) -> int:
        """Return the end of the longest known piece from `start`; `start` itself if none is."""
        ends = range(len(word), start, -1)
        return next((end for end in ends if _piece(word, start, end) in self.ids), start)


def basic_tokens(text: str) -> list[str]:
    """Return lower-case words without accents; each punctuation mark and ideograph on its own."""
    return "".join(map(_spaced, unicodedata.normalize("NFD", text))).split()


def _spaced(character: str) -> str:
    """Return a character with the spaces that part it from its neighbours; nothing if dropped."""
    category = unicodedata.category(character)
    if character in "\t\n\r":
        return " "
    if character == "\ufffd" or category in _DROPPED:
        return ""
    return f" {character} " if _stands_alone(character, category) else character.lower()


def _piece(word: str, start: int, end: int) -> str:
    return word[start:end] if start == 0 else f"##{word[start:end]}"


def _stands_alone(character: str, category: str) -> bool:
    """Tell punctuation (all ASCII symbols count, as in BERT) and ideographs."""
    if category.startswith("P") or (character.isascii() and not character.isalnum()):
        return True
    return any(first <= ord(character) <= last for first, last in _IDEOGRAPHS)
