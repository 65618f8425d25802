"""A payload field of many points: written in batches, whole or not at all, and taken back."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from qdrant_client import models

from engine.payload.key_path import parse_key_path
from explorer.jobs import Cancelled
from explorer.records import chosen_records

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from engine.ids import PointId
    from explorer.client import Client
    from explorer.jobs import Report, Stopped

BATCH = 1_000
"""Points that are written in one call."""


class FieldError(Exception):
    """A payload field cannot have this name; the message says what a good one is."""


@dataclass(frozen=True, slots=True)
class Absent:
    """In place of the value of a point that does not have the field."""


ABSENT = Absent()


@dataclass(frozen=True, eq=False)
class Written:
    """A field that was written, with what was there before.

    Attributes:
        before: the value of each written point before, ABSENT where there was none.
        values: how many points were given each value.

    """

    collection: str
    field: str
    before: Mapping[PointId, Any]
    values: Mapping[str, int]


def write_values(
    client: Client,
    collection: str,
    field: str,
    wanted: Mapping[PointId, Any],
    report: Report,
    stopped: Stopped,
) -> Written:
    """Write a value into a payload field of each of some points; ABSENT takes the field away.

    Points that are gone are left out. Whatever fails midway, and when stopped, what was written is
    taken back and the error goes on.

    Raises FieldError for a name that is no plain field, Cancelled, and what the client raises.
    """
    check_field(field)
    before = _read(client, collection, field, tuple(wanted), report, stopped)
    values = {point: wanted[point] for point in before}
    try:
        _write(client, collection, field, values, report, stopped)
    except BaseException:
        _write(client, collection, field, before, report, lambda: False)
        raise
    counts = Counter(str(value) for value in values.values() if value is not ABSENT)
    return Written(collection, field, before, counts)


def take_back(client: Client, written: Written, report: Report, stopped: Stopped) -> int:
    """Give every written point the value that it had before; return how many points.

    A stop between two batches leaves the rest as written: taking back again finishes it.
    """
    _write(client, written.collection, written.field, written.before, report, stopped)
    return len(written.before)


def check_field(field: str) -> None:
    """Raise FieldError unless `field` is the name of a field of its own, no path into one."""
    if not field.strip():
        raise FieldError("Give the payload field a name, such as group.")
    if parse_key_path(field).steps != (field,):
        raise FieldError(
            f"{field!r} is a path into other fields; give a plain name, such as group."
        )


def _read(
    client: Client,
    collection: str,
    field: str,
    ids: Sequence[PointId],
    report: Report,
    stopped: Stopped,
) -> dict[PointId, Any]:
    found: dict[PointId, Any] = {}
    for page in chosen_records(client, collection, ids, with_payload=[field]):
        for record in page:
            found[cast("PointId", record.id)] = (record.payload or {}).get(field, ABSENT)
        report(len(found), len(ids), "Reading what is there")
        if stopped():
            raise Cancelled("Nothing was written.")
    return found


def _write(
    client: Client,
    collection: str,
    field: str,
    values: Mapping[PointId, Any],
    report: Report,
    stopped: Stopped,
) -> None:
    done = 0
    for value, ids in _by_value(values):
        for start in range(0, len(ids), BATCH):
            if stopped():
                raise Cancelled("What had been written was taken back.")
            batch = models.PointIdsList(points=list(ids[start : start + BATCH]))
            if value is ABSENT:
                client.delete_payload(collection, keys=[field], points=batch, wait=True)
            else:
                client.set_payload(collection, payload={field: value}, points=batch, wait=True)
            done += len(batch.points)
            report(done, len(values), "Writing")


def _by_value(values: Mapping[PointId, Any]) -> Iterable[tuple[Any, list[PointId]]]:
    """Return each different value with its points; equal JSON is an equal value."""
    groups: dict[str | None, tuple[Any, list[PointId]]] = {}
    for point, value in values.items():
        key = None if value is ABSENT else json.dumps(value, sort_keys=True)
        groups.setdefault(key, (value, []))[1].append(point)
    return groups.values()
