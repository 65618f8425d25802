"""What a decision does to a collection: changes that know how to be taken back."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, cast

from qdrant_client import models

from explorer.jobs import Cancelled
from explorer.records import chosen_records

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.ids import PointId
    from explorer.client import Client
    from explorer.jobs import Report, Stopped

T = TypeVar("T")

BATCH = 500
"""Points that are written in one call."""

TOGETHER = 100
"""Payloads that are written in one call."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """A point is taken out; `point` is all of it, payload and vectors."""

    point: models.PointStruct

    @property
    def id(self) -> PointId:
        """Whom it concerns."""
        return cast("PointId", self.point.id)


@dataclass(frozen=True, slots=True)
class FieldsSet:
    """Some fields of a point's payload get other values.

    Attributes:
        id: whom it concerns.
        before: the whole payload as it was.
        fields: the fields that are set, by their names at the top of the payload.

    """

    id: PointId
    before: Mapping[str, Any]
    fields: Mapping[str, Any]

    def undone(self, now: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return the payload without this change; None where its fields were changed since.

        Other fields keep the values that they have now.
        """
        if now == {**self.before, **self.fields}:
            return dict(self.before)
        if any(name not in now or now[name] != value for name, value in self.fields.items()):
            return None
        kept = {name: now[name] for name in now if name not in self.fields}
        return kept | {name: self.before[name] for name in self.fields if name in self.before}


Change: TypeAlias = Dropped | FieldsSet


def emptied(point: PointId) -> Dropped:
    """Return what is known of a point that has left the trash for good: its id."""
    return Dropped(models.PointStruct(id=point, vector={}))


def written(change: Change) -> tuple[str, str, str | None]:
    """Return the id, what is taken away and the fields that are set, each as JSON."""
    point = json.dumps(change.id)
    if isinstance(change, Dropped):
        return point, change.point.model_dump_json(), None
    return point, json.dumps(change.before), json.dumps(change.fields)


def read(point: str, whole: str, fields: str | None) -> Change:
    """Return the change that `written` wrote."""
    if fields is None:
        return Dropped(models.PointStruct.model_validate(json.loads(whole)))
    return FieldsSet(json.loads(point), json.loads(whole), json.loads(fields))


def make(
    client: Client,
    collection: str,
    changes: Sequence[Change],
    report: Report | None = None,
    stopped: Stopped | None = None,
) -> None:
    """Make changes in a collection: payloads first, then what is dropped; each point has one.

    Raises Cancelled when stopped, and what the client raises; then a part of them is made.
    """
    calls = [*in_parts(_sets(changes)), *in_parts(_deletes(changes), 1)]
    for done, call in enumerate(calls):
        _tell(done, len(calls), "Changing points", report, stopped)
        client.batch_update_points(collection, call)


def _sets(changes: Sequence[Change]) -> list[models.UpdateOperation]:
    """Return what sets fields: points that get the same ones share an operation."""
    alike: dict[str, list[FieldsSet]] = {}
    for change in changes:
        if isinstance(change, FieldsSet):
            alike.setdefault(json.dumps(change.fields), []).append(change)
    return [
        models.SetPayloadOperation(
            set_payload=models.SetPayload(
                payload=dict(same[0].fields), points=[change.id for change in same]
            )
        )
        for same in alike.values()
    ]


def _deletes(changes: Sequence[Change]) -> list[models.UpdateOperation]:
    dropped = [change.id for change in changes if isinstance(change, Dropped)]
    return [
        models.DeleteOperation(delete=models.PointIdsList(points=list(part)))
        for part in in_parts(dropped, BATCH)
    ]


def in_parts(items: Sequence[T], size: int = TOGETHER) -> list[Sequence[T]]:
    """Return items in parts of at most a size."""
    return [items[start : start + size] for start in range(0, len(items), size)]


def take_back(client: Client, collection: str, changes: Sequence[Change]) -> tuple[PointId, ...]:
    """Put everything back as it was, however much of the changes was made.

    A point that exists is never overwritten, and a field that was changed since keeps its value.
    Taking back twice is as good as once.

    Returns:
        The points that stand in the way of their former selves.

    Raises:
        EngineError: what the client raises.

    """
    now = payloads(client, collection, [change.id for change in changes])
    in_the_way: list[PointId] = []
    missing: list[models.PointStruct] = []
    rewritten: list[models.UpdateOperation] = []
    for change in changes:
        if isinstance(change, Dropped):
            if change.id not in now:
                missing.append(change.point)
            elif now[change.id] != (change.point.payload or {}):
                in_the_way.append(change.id)
        elif change.id in now and now[change.id] != change.before:
            payload = change.undone(now[change.id])
            if payload is None:
                in_the_way.append(change.id)
            else:
                written_anew = models.SetPayload(payload=payload, points=[change.id])
                rewritten.append(models.OverwritePayloadOperation(overwrite_payload=written_anew))
    for operations in in_parts(rewritten):
        client.batch_update_points(collection, operations)
    for points in in_parts(missing, BATCH):
        client.upsert(collection, points)
    return tuple(in_the_way)


def payloads(
    client: Client, collection: str, ids: Sequence[PointId]
) -> dict[PointId, Mapping[str, Any]]:
    """Return the payloads of those points that exist, by id."""
    return {
        cast("PointId", record.id): record.payload or {}
        for page in chosen_records(client, collection, ids, with_payload=True)
        for record in page
    }


def whole_points(
    client: Client,
    collection: str,
    ids: Sequence[PointId],
    report: Report | None = None,
    stopped: Stopped | None = None,
) -> tuple[models.PointStruct, ...]:
    """Return those points that exist, with payload and vectors, in the order of `ids`.

    Raises Cancelled when stopped, and what the client raises.
    """
    found: list[models.PointStruct] = []
    for page in chosen_records(client, collection, ids, with_payload=True, with_vectors=True):
        found += (
            models.PointStruct(
                id=record.id, payload=record.payload or {}, vector=cast("Any", record.vector or {})
            )
            for record in page
        )
        _tell(len(found), len(ids), "Reading points", report, stopped)
    return tuple(found)


def _tell(
    done: int, total: int, message: str, report: Report | None, stopped: Stopped | None
) -> None:
    """Report, and raise Cancelled when stopped."""
    if stopped is not None and stopped():
        raise Cancelled("All points are as they were.")
    if report is not None:
        report(done, total, message)
