"""What the payload of points says, as columns: words of texts, values, numbers."""

from __future__ import annotations

import re
from array import array
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from engine.payload.datetimes import NOT_A_MOMENT, parse_moment
from engine.payload.tokens import Tokenizer
from explorer.fields import FieldKind, Scalar, elements_at, scalars_at
from explorer.terms import singular

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray
    from scipy import sparse

    from explorer.fields import PayloadField

RAREST = 2
"""Words that fewer points have are left out: they tell nothing of a cluster."""

LONGEST = 2_000
"""Characters of one text that are read."""

Payload: TypeAlias = "Mapping[str, Any]"

_WORD = re.compile(r"[^\W\d]+\d*")  # not a number, nor a code such as 1f1e6
_PLACE = {"lat": "latitude", "lon": "longitude"}


@dataclass(frozen=True, eq=False)
class Counts:
    """How often each of some names stands in each point.

    Attributes:
        field: the payload key path; `""` for the words of all texts together.
        names: of the columns.
        cells: float32 (n, len(names)).

    """

    field: str
    names: tuple[Scalar, ...]
    cells: sparse.csr_array


@dataclass(frozen=True, eq=False)
class Numbers:
    """One number of each point.

    Attributes:
        field: the payload key path, for a place with its coordinate.
        values: float64 (n,), NaN where there is none; dates are seconds since 1970, UTC.
        is_date: whether they are dates.

    """

    field: str
    values: NDArray[np.float64]
    is_date: bool = False


@dataclass(frozen=True, eq=False)
class Evidence:
    """The payload of points as columns, in one order of points.

    Attributes:
        words: of all text fields; a plural counts as its singular. English stop words, numbers and
            codes are left out.
        values: each field with values to choose from; a point has a value (1) or not.
        numbers: each field with numbers or dates, and both coordinates of places.

    """

    words: Counts
    values: tuple[Counts, ...]
    numbers: tuple[Numbers, ...]

    def among(self, rows: NDArray[np.int64]) -> Evidence:
        """Return the evidence of some of the points."""
        return Evidence(
            replace(self.words, cells=self.words.cells[rows]),
            tuple(replace(counts, cells=counts.cells[rows]) for counts in self.values),
            tuple(replace(numbers, values=numbers.values[rows]) for numbers in self.numbers),
        )


def gather(payloads: Sequence[Payload], fields: Iterable[PayloadField]) -> Evidence:
    """Return the columns of these payloads, for the fields of their collection."""
    texts: list[str] = []
    values: list[Counts] = []
    numbers: list[Numbers] = []
    for field in fields:
        if field.kind is FieldKind.TEXT:
            texts.append(field.path)
        elif field.values:
            rows = (dict.fromkeys(scalars_at(p, field.path), 1) for p in payloads)
            values.append(_counted(field.path, rows))
        else:
            numbers += _numbers(payloads, field)
    return Evidence(_words(payloads, texts), tuple(values), tuple(numbers))


def _words(payloads: Sequence[Payload], paths: Sequence[str]) -> Counts:
    """Return the words of all texts; each is named by its most frequent form."""
    tokenizer = Tokenizer(ascii_folding=True, min_length=2, stopwords=_stop_words())
    forms: dict[str, Counter[str]] = defaultdict(Counter)

    def stems(payload: Payload) -> Iterator[str]:
        texts = (text for path in paths for text in _texts(payload, path))
        for word in filter(_WORD.fullmatch, (w for text in texts for w in tokenizer.tokens(text))):
            stem = singular(word)
            forms[stem][word] += 1
            yield stem

    counts = _counted("", (Counter(stems(payload)) for payload in payloads))
    holding = np.bincount(counts.cells.indices, minlength=len(counts.names))
    kept = np.flatnonzero(holding >= RAREST)
    names = (forms[str(counts.names[word])] for word in kept)
    return Counts("", tuple(form.most_common(1)[0][0] for form in names), counts.cells[:, kept])


@cache
def _stop_words() -> frozenset[str]:
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS  # noqa: PLC0415 - slow to import

    return frozenset(ENGLISH_STOP_WORDS)


def _counted(field: str, rows: Iterable[Mapping[Any, int]]) -> Counts:
    """Return counts by name of each point as one table."""
    from scipy import sparse  # noqa: PLC0415 - slow to import

    places: dict[Scalar, int] = {}
    columns, counts, starts = array("q"), array("f"), array("q", [0])
    for row in rows:
        for name, count in row.items():
            columns.append(places.setdefault(name, len(places)))
            counts.append(count)
        starts.append(len(columns))
    cells = sparse.csr_array(
        (np.array(counts, np.float32), np.array(columns, np.int64), np.array(starts, np.int64)),
        shape=(len(starts) - 1, len(places)),
    )
    return Counts(field, tuple(places), cells)


def _numbers(payloads: Sequence[Payload], field: PayloadField) -> Iterator[Numbers]:
    """Yield the numbers of a field: two columns of places, none of other things."""
    found = [next(iter(elements_at(payload, field.path)), None) for payload in payloads]
    match field.kind:
        case FieldKind.INTEGER | FieldKind.FLOAT:
            yield Numbers(field.path, np.array([_number(value) for value in found]))
        case FieldKind.DATETIME:
            seconds = np.array([_seconds(value) for value in found])
            yield Numbers(field.path, seconds, is_date=True)
        case FieldKind.GEO:
            for key, name in _PLACE.items():
                places = [value.get(key) if isinstance(value, dict) else None for value in found]
                values = np.array([_number(value) for value in places])
                yield Numbers(f"{field.path} ({name})", values)


def _texts(payload: Payload, path: str) -> Iterator[str]:
    elements = elements_at(payload, path)
    return (text[:LONGEST] for text in elements if isinstance(text, str))


def _number(value: object) -> float:
    known = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if known else np.nan  # type: ignore[arg-type] # as just checked


def _seconds(value: object) -> float:
    moment = parse_moment(value) if isinstance(value, str) else NOT_A_MOMENT
    return np.nan if moment == NOT_A_MOMENT else moment / 1e6
