"""The payload fields of a collection: of what kind they are, and which values they hold."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeAlias

from qdrant_client import models

from engine.errors import RequestError
from engine.payload.key_path import EVERY, KeyPath, parse_key_path
from explorer.records import record_pages

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from engine.payload.key_path import Step
    from explorer.client import Client

SAMPLE = 2_000
"""How many points are read to find fields, and to count where no index can."""

MAX_VALUES = 64
"""How many values of a field are listed."""

MAX_INTEGERS = 24
"""Integers with more different values than this are given as a range only."""

_LONGEST_LIST = 32  # a longer list of numbers is a picture or a vector, not something to filter by

Scalar: TypeAlias = str | int | float | bool


class FieldKind(StrEnum):
    """What a field holds, and so how it is filtered."""

    KEYWORD = "keyword"
    INTEGER = "integer"
    FLOAT = "float"
    FLAG = "flag"
    DATETIME = "datetime"
    GEO = "geo"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class ValueCount:
    """A value and how many points have it."""

    value: str | int | bool
    count: int


@dataclass(frozen=True, slots=True)
class PayloadField:
    """One payload field.

    Attributes:
        path: its key path, as filters take it.
        kind: what it holds.
        indexed: whether the collection has an index on it.
        values: up to `MAX_VALUES` values, the most frequent first; of keywords, flags
            and integers that take few values.
        low: the smallest number or the earliest date that was seen, None for other kinds.
        high: the largest number or the latest date that was seen.
        sample: how many points `values`, `low` and `high` come from; None for all of them.

    """

    path: str
    kind: FieldKind
    indexed: bool = False
    values: tuple[ValueCount, ...] = ()
    low: float | str | None = None
    high: float | str | None = None
    sample: int | None = None

    @property
    def note(self) -> str:
        """Return `in a sample of 2,000 points`, or `""` where all points were counted."""
        return "" if self.sample is None else f"in a sample of {self.sample:,} points"


def payload_fields(client: Client, collection: str) -> tuple[PayloadField, ...]:
    """Return the fields of a collection, sorted by path.

    Fields are found in the collection's indexes and in its first `SAMPLE` points. Values of indexed
    fields are counted over all points, others in the sample. Raises what the client raises for a
    collection that does not exist.
    """
    info = client.get_collection(collection)
    records = next(record_pages(client, collection, with_payload=True, size=SAMPLE))
    sample = len(records) if len(records) < (info.points_count or 0) else None
    seen = _values_by_path(record.payload or {} for record in records)
    schema = info.payload_schema or {}
    fields = []
    for path in sorted(seen.keys() | schema.keys()):
        kind = _INDEX_KINDS.get(schema[path].data_type) if path in schema else kind_of(seen[path])
        if kind is not None:
            found = _field(path, kind, seen.get(path, []), sample)
            fields.append(_indexed(client, collection, found) if path in schema else found)
    return tuple(fields)


def kind_of(values: Sequence[Scalar | Mapping[str, Any]]) -> FieldKind | None:
    """Return the kind of a field that holds these values, or None when they are mixed."""
    types = {type(value) for value in values}
    if types <= {int, float} and types:
        return FieldKind.INTEGER if types == {int} else FieldKind.FLOAT
    if types == {bool}:
        return FieldKind.FLAG
    if types == {dict}:
        return FieldKind.GEO
    return _kind_of_strings([str(value) for value in values]) if types == {str} else None


def is_date(text: str) -> bool:
    """Whether the text is an ISO 8601 date; `1970` alone is a number written as text."""
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return "-" in text


def elements_at(payload: Mapping[str, Any] | None, path: str) -> Iterator[Any]:
    """Yield what a key path reaches in a payload, the elements of a list at its end one by one."""
    for node in parse_key_path(path).nodes(payload or {}):
        if isinstance(node, list):
            yield from node
        else:
            yield node


def scalars_at(payload: Mapping[str, Any] | None, path: str) -> Iterator[Scalar]:
    """Yield the strings, numbers and flags among `elements_at`."""
    return (v for v in elements_at(payload, path) if isinstance(v, str | int | float))


_INDEX_KINDS = {
    models.PayloadSchemaType.KEYWORD: FieldKind.KEYWORD,
    models.PayloadSchemaType.UUID: FieldKind.KEYWORD,
    models.PayloadSchemaType.INTEGER: FieldKind.INTEGER,
    models.PayloadSchemaType.FLOAT: FieldKind.FLOAT,
    models.PayloadSchemaType.BOOL: FieldKind.FLAG,
    models.PayloadSchemaType.DATETIME: FieldKind.DATETIME,
    models.PayloadSchemaType.GEO: FieldKind.GEO,
    models.PayloadSchemaType.TEXT: FieldKind.TEXT,
}
_LISTED = (FieldKind.KEYWORD, FieldKind.INTEGER, FieldKind.FLAG)
_RANGED = (FieldKind.INTEGER, FieldKind.FLOAT, FieldKind.DATETIME)


def _field(path: str, kind: FieldKind, values: Sequence[Any], sample: int | None) -> PayloadField:
    ranged = values if kind in _RANGED else []
    return PayloadField(
        path=path,
        kind=kind,
        values=_listed(kind, Counter(values)) if kind in _LISTED else (),
        low=min(ranged, default=None),
        high=max(ranged, default=None),
        sample=sample,
    )


def _indexed(client: Client, collection: str, field: PayloadField) -> PayloadField:
    """Return an indexed field, its values counted over all points.

    Its range stays that of the sample, unless all its values were counted. So do its values where
    the client cannot count: an index for ranges only, or a server before 1.12.
    """
    field = replace(field, indexed=True)
    if field.kind not in _LISTED:
        return field
    try:
        hits = client.facet(collection, key=field.path, limit=MAX_VALUES, exact=True).hits
    except RequestError:
        return field
    values = _listed(field.kind, Counter({hit.value: hit.count for hit in hits}))
    if field.kind is not FieldKind.INTEGER:
        return replace(field, values=values, sample=None)
    if len(hits) == MAX_VALUES or not hits:
        return replace(field, values=values)
    numbers = [int(hit.value) for hit in hits]
    return replace(field, values=values, low=min(numbers), high=max(numbers), sample=None)


def _listed(kind: FieldKind, counts: Counter[Any]) -> tuple[ValueCount, ...]:
    """Return the values to choose from; many different integers are a range instead."""
    if kind is FieldKind.INTEGER and len(counts) > MAX_INTEGERS:
        return ()
    return _most_frequent(counts)


def _most_frequent(counts: Counter[Any]) -> tuple[ValueCount, ...]:
    ordered = sorted(counts.items(), key=lambda item: (-item[1], str(item[0])))
    return tuple(ValueCount(value, count) for value, count in ordered[:MAX_VALUES])


def _values_by_path(payloads: Iterable[Mapping[str, Any]]) -> dict[str, list[Any]]:
    seen: dict[tuple[Step, ...], list[Any]] = defaultdict(list)
    for payload in payloads:
        for steps, value in _leaves(payload, ()):
            seen[steps].append(value)
    return {str(KeyPath(steps)): values for steps, values in seen.items()}


def _leaves(value: Any, steps: tuple[Step, ...]) -> Iterator[tuple[tuple[Step, ...], Any]]:
    """Yield the path and value of every scalar and place, the elements of a list one by one.

    A condition looks into the list at the end of its path by itself, but not into objects in it.
    """
    if isinstance(value, dict) and not is_place(value):
        for key, inner in value.items():
            yield from _leaves(inner, (*steps, key))
    elif isinstance(value, list) and len(value) <= _LONGEST_LIST:
        for element in value:
            nested = isinstance(element, dict) and not is_place(element)
            yield from _leaves(element, (*steps, EVERY) if nested else steps)
    elif value is not None and not isinstance(value, list):
        yield steps, value


def is_place(value: Mapping[str, Any]) -> bool:
    """Tell whether a payload value is a place on the globe: degrees of latitude and longitude."""
    return value.keys() == {"lat", "lon"}


def _kind_of_strings(values: Sequence[str]) -> FieldKind:
    if all(is_date(value) for value in values):
        return FieldKind.DATETIME
    mean_length = sum(map(len, values)) / len(values)
    repeats = len(set(values)) <= max(12, len(values) // 4)
    return FieldKind.KEYWORD if repeats and mean_length < 80 else FieldKind.TEXT
