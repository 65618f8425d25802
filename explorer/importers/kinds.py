"""What kind of values a column holds, told from some of them, and how text cells become values."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from uuid import UUID

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

LONG_TEXT = 40
"""Strings that are longer than this on average are prose, not names."""

VECTOR_SIZE = 2
"""A list of at least so many numbers, always as many, may be a vector."""

AGREEMENT = 0.75
"""Share of a column's values that must be vectors of one size."""

MISSING = ("", "NA", "N/A", "n/a", "NaN", "nan", "null", "NULL", "None")
"""Text cells that say that there is no value."""


class Kind(StrEnum):
    """What a column's values are."""

    INTEGER = "integer"
    FLOAT = "float"
    BOOL = "bool"
    DATETIME = "datetime"
    UUID = "uuid"
    KEYWORD = "keyword"
    TEXT = "text"
    GEO = "geo"
    VECTOR = "vector"
    SPARSE = "sparse"
    MULTI = "multi"
    OBJECT = "object"
    BINARY = "binary"
    EMPTY = "empty"

    @property
    def is_number(self) -> bool:
        """Whether a column of this kind can be one dimension of a vector."""
        return self in (Kind.INTEGER, Kind.FLOAT)


_INTEGER = re.compile(r"[+-]?(0|[1-9]\d{0,17})")  # "007" is a code, not a number
_FLOAT = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_LEADING_ZERO = re.compile(r"[+-]?0\d")
_DATETIME = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?")


def kind_of(values: Sequence[Any], *, from_text: bool) -> Kind:
    """Return the kind that all the `values` share; None and NaN do not count.

    With `from_text` the values are cells of a text table, so "12" is an integer; without it a
    string is a string.
    """
    present = [value for value in values if not is_missing(value)]
    if not present:
        return Kind.EMPTY
    if vector_size(present):
        return Kind.VECTOR
    if multi_size(present):
        return Kind.MULTI
    tests = _TEXT_TESTS if from_text else _VALUE_TESTS
    for kind, test in tests.items():
        if all(map(test, present)):
            return kind
    return _kind_of_strings(present)


def vector_size(values: Sequence[Any]) -> int | None:
    """Return how many numbers the lists among the values have, where nearly all agree; else None.

    A few broken ones do not hide a vector column: an import names them by row.
    """
    sizes = Counter(map(list_length, values))
    size, count = sizes.most_common(1)[0]
    return size if size >= VECTOR_SIZE and count >= AGREEMENT * len(values) else None


def multi_size(values: Sequence[Any]) -> int | None:
    """Return how many numbers each row of the lists of lists has, where all agree; else None."""
    sizes = {
        list_length(row)
        for value in values
        for row in (_parsed(value) if _is_nested(value) else [None])
    }
    return max(sizes) or None if len(sizes) == 1 else None


def is_sparse(value: Any) -> bool:
    """Whether a value, or the text of one, is a sparse vector as Qdrant writes it."""
    parsed = _parsed(value)
    return isinstance(parsed, dict) and set(parsed) == {"indices", "values"}


def parse_vector(text: str) -> list[float] | None:
    """Return the numbers of `[1, 2]` or of NumPy's `[1. 2.]`; None for anything else."""
    if not text.startswith("["):
        return None
    try:
        return [float(number) for number in text.strip("[] \n").replace(",", " ").split()]
    except ValueError:
        return None


def parse_text(kind: Kind, text: str) -> Any:
    """Return the value of a text cell; ValueError when it is not of that kind."""
    parse = _PARSERS.get(kind)
    return parse(text) if parse else text


def plain(value: Any) -> Any:
    """Return `value` as JSON has it: dates as ISO 8601 text, decimals as floats, no NaN.

    A table's structs all have the same keys: those without a value are left out.
    """
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, Decimal):
        value = float(value)
    return None if is_missing(value) else value


def is_missing(value: Any) -> bool:
    """Whether a value is None or a float that is no finite number."""
    return value is None or (isinstance(value, float) and not math.isfinite(value))


def is_uuid(text: Any) -> bool:
    """Whether `text` is a UUID."""
    try:
        UUID(text)
    except (ValueError, AttributeError, TypeError):
        return False
    return True


def list_length(value: Any) -> int:
    """Return the length of a list of numbers, or of one written as text; 0 for anything else."""
    numbers = parse_vector(value) if isinstance(value, str) else value
    return len(numbers) if isinstance(numbers, list) and all(map(_is_number, numbers)) else 0


def _is_nested(value: Any) -> bool:
    parsed = _parsed(value)
    return isinstance(parsed, list) and bool(parsed) and all(isinstance(r, list) for r in parsed)


def _parsed(value: Any) -> Any:
    """Return a value, read where it is the text of a JSON list or object; None if it cannot be."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value) if value[:1] in ("[", "{") else None
    except ValueError:
        return None


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)


def _is_geo(value: Any) -> bool:
    return isinstance(value, dict) and set(value) == {"lat", "lon"}


def _is_datetime(text: Any) -> bool:
    return isinstance(text, str) and _DATETIME.fullmatch(text) is not None


def _is_float_text(text: str) -> bool:
    return _FLOAT.fullmatch(text) is not None and not _LEADING_ZERO.match(text)


def _parse_bool(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError(f"{text!r} is neither true nor false")
    return text.lower() == "true"


def _kind_of_strings(values: list[Any]) -> Kind:
    items = [item for value in values for item in (value if isinstance(value, list) else [value])]
    if not all(isinstance(item, str) for item in items):
        return Kind.OBJECT
    mean = sum(map(len, items)) / max(len(items), 1)
    return Kind.TEXT if mean > LONG_TEXT else Kind.KEYWORD


_VALUE_TESTS: dict[Kind, Callable[[Any], bool]] = {
    Kind.BOOL: lambda value: isinstance(value, bool),
    Kind.INTEGER: lambda value: isinstance(value, int) and not isinstance(value, bool),
    Kind.FLOAT: _is_number,
    Kind.BINARY: lambda value: isinstance(value, bytes),
    Kind.GEO: _is_geo,
    Kind.SPARSE: is_sparse,
    Kind.DATETIME: lambda value: isinstance(value, (datetime, date)) or _is_datetime(value),
    Kind.UUID: is_uuid,
}

_TEXT_TESTS: dict[Kind, Callable[[str], bool]] = {
    Kind.BOOL: lambda text: text.lower() in ("true", "false"),
    Kind.INTEGER: lambda text: _INTEGER.fullmatch(text) is not None,
    Kind.FLOAT: _is_float_text,
    Kind.DATETIME: _is_datetime,
    Kind.UUID: is_uuid,
    Kind.SPARSE: is_sparse,
    Kind.OBJECT: lambda text: (text[:1], text[-1:]) in (("{", "}"), ("[", "]")),
}

_PARSERS: dict[Kind, Callable[[str], Any]] = {
    Kind.BOOL: _parse_bool,
    Kind.INTEGER: int,
    Kind.FLOAT: float,
    Kind.OBJECT: json.loads,
    Kind.VECTOR: lambda text: _parsed(text) or parse_vector(text),
    Kind.SPARSE: json.loads,
    Kind.MULTI: json.loads,
}
