"""The values of a payload field as labels of points."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from engine.payload.key_path import parse_key_path
from explorer.jobs import Cancelled
from explorer.records import chosen_records

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.ids import PointId
    from explorer.client import Client
    from explorer.findings.finding import Label
    from explorer.jobs import Report, Stopped


def labels_of(
    client: Client,
    collection: str,
    field: str,
    ids: Sequence[PointId],
    report: Report | None = None,
    stopped: Stopped | None = None,
) -> tuple[Label | None, ...]:
    """Return what the payload field says of each point: the first value where it holds several.

    None where a point is gone, or the field is missing or holds no string, integer or flag. Raises
    Cancelled when stopped, and what the client raises.
    """
    found: dict[PointId, Label] = {}
    done = 0
    for page in chosen_records(client, collection, ids, with_payload=[field]):
        for record in page:
            if (label := label_in(record.payload or {}, field)) is not None:
                found[cast("PointId", record.id)] = label
        done += len(page)
        if report is not None:
            report(done, len(ids), "Reading labels")
        if stopped is not None and stopped():
            raise Cancelled
    return tuple(found.get(point) for point in ids)


def label_in(payload: Mapping[str, Any], field: str) -> Label | None:
    """Return what a payload says at a key path: the first value where it holds several, or None."""
    value = next(iter(parse_key_path(field).nodes(payload)), None)
    if isinstance(value, list):
        value = next(iter(value), None)
    return value if isinstance(value, bool | int | str) else None
