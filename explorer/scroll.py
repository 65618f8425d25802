"""All points of a collection, page by page, through the client's own `scroll`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from qdrant_client import QdrantClient, models

PAGE = 2_000
"""Points asked for in one call."""


def scroll_pages(
    client: QdrantClient, collection: str, **wanted: Any
) -> Iterator[Sequence[models.Record]]:
    """Yield the points of a collection in the order of their ids; at least one page.

    `wanted` goes to `QdrantClient.scroll`: with_payload, with_vectors, scroll_filter.
    """
    offset: Any = None
    while True:
        page, offset = client.scroll(collection, limit=PAGE, offset=offset, **wanted)
        yield page
        if offset is None:
            return
