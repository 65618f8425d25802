"""Reading points without a query: by id, page by page in id order, and counting."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from qdrant_client import models

from engine.counts import check_count
from engine.ids import PointId, encode_ids, parse_point_id
from engine.query.answer import WithPayload, WithVectors, records
from engine.query.candidates import first_allowed, first_by_value

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from engine.payload.ordering import Ordering
    from engine.snapshot import Snapshot

Page: TypeAlias = tuple[list[models.Record], PointId | None]
"""Records, and the id that the next page begins with; None on the last."""


def retrieve(
    snapshot: Snapshot, ids: Sequence[object], with_payload: WithPayload, with_vectors: WithVectors
) -> list[models.Record]:
    """Return points by id, in the order asked for, each once; missing ones are left out.

    Raises FormatError for what is not an id, WrongInput for an unknown vector name.
    """
    distinct = list(dict.fromkeys(parse_point_id(point) for point in ids))
    rows = snapshot.ids.rows_of(distinct)
    return records(snapshot, rows[rows >= 0], with_payload, with_vectors)


def scroll(
    snapshot: Snapshot,
    allowed: NDArray[np.bool_],
    limit: int,
    offset: object | None,
    with_payload: WithPayload,
    with_vectors: WithVectors,
) -> Page:
    """Return the first points, in id order, from id `offset` on.

    Args:
        snapshot: the collection.
        allowed: bool (rows,), which points are read.
        limit: size of the page.
        offset: id, be there such a point or not; None starts at the first.
        with_payload: which part of the payloads.
        with_vectors: which vectors.

    Raises InvalidRequest for a limit below 1.

    """
    check_count("scroll_request.limit", limit, 1)
    ordered = snapshot.ids.order()
    if offset is not None:
        ordered = ordered[_place(snapshot, ordered, parse_point_id(offset)) :]
    found = first_allowed(ordered, allowed, limit + 1)
    page = records(snapshot, found[:limit], with_payload, with_vectors)
    return page, snapshot.ids.id_of(int(found[limit])) if len(found) > limit else None


def scroll_ordered(
    snapshot: Snapshot,
    allowed: NDArray[np.bool_],
    limit: int,
    ordering: Ordering,
    with_payload: WithPayload,
    with_vectors: WithVectors,
    *,
    strict: bool,
) -> Page:
    """Return the first points in the order of a payload field, one for each of its values.

    Args:
        snapshot: the collection.
        allowed: bool (rows,), which points are read.
        limit: size of the page; there is no next one, `start_from` goes on.
        ordering: the field.
        with_payload: which part of the payloads.
        with_vectors: which vectors.
        strict: refuse a field without a payload index that knows ranges.

    Raises InvalidRequest for a limit below 1, WrongInput for a field without an index.

    """
    check_count("scroll_request.limit", limit, 1)
    found = first_by_value(snapshot, ordering, allowed, limit, strict=strict)
    points = records(snapshot, found.rows, with_payload, with_vectors, found.order_values)
    return points, None


def _place(snapshot: Snapshot, ordered: NDArray[np.int64], point: PointId) -> int:
    """Return how many of the rows, which are in id order, have a smaller id than `point`."""
    wanted = encode_ids([point])[0].tolist()
    low, high = 0, len(ordered)
    while low < high:
        middle = (low + high) // 2
        if snapshot.ids.records[ordered[middle]].tolist() < wanted:
            low = middle + 1
        else:
            high = middle
    return low
