"""All points of a collection, page by page, through any client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from qdrant_client import models

    from engine.ids import PointId
    from explorer.client import Client

PAGE = 5_000
"""Points asked for in one call."""

CHOSEN = 1_000
"""Points asked for by their ids in one call."""


def record_pages(
    client: Client,
    collection: str,
    *,
    with_payload: bool | list[str] = False,
    with_vectors: bool | list[str] = False,
    wanted: models.Filter | None = None,
    size: int = PAGE,
) -> Iterator[Sequence[models.Record]]:
    """Yield the points that pass a filter, in the order of their ids, `size` at a time.

    Pages are smaller where the collection's strict mode wants it. Raises what the client raises for
    a collection or a filter that does not fit.
    """
    size = min(size, _largest(client.get_collection(collection)))
    offset: Any = None
    while True:
        page, offset = client.scroll(
            collection,
            scroll_filter=wanted,
            limit=size,
            offset=offset,
            with_payload=with_payload,
            with_vectors=with_vectors,
        )
        yield page
        if offset is None:
            return


def chosen_records(
    client: Client,
    collection: str,
    ids: Sequence[PointId],
    *,
    with_payload: bool | list[str] = False,
    with_vectors: bool | list[str] = False,
) -> Iterator[Sequence[models.Record]]:
    """Yield these points, in the order of `ids`, some at a time; those that are gone are left out.

    Raises what the client raises for a collection that does not exist.
    """
    for start in range(0, len(ids), CHOSEN):
        found = client.retrieve(
            collection,
            ids[start : start + CHOSEN],
            with_payload=with_payload,
            with_vectors=with_vectors,
        )
        by_id = {record.id: record for record in found}
        yield [by_id[point] for point in ids[start : start + CHOSEN] if point in by_id]


def _largest(info: models.CollectionInfo) -> int:
    """Return how many points the collection gives in one call."""
    strict = info.config.strict_mode_config
    limit = strict.max_query_limit if strict and strict.enabled else None
    return limit or PAGE
