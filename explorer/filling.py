"""The mark of a collection that is being filled: it tells a whole one from a load cut short."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from explorer.client import Client

KEY = "sextant_filling"
"""Where the mark stands in a collection's metadata."""


def begun(source: str) -> dict[str, Any]:
    """Return the metadata to create a collection with that will be filled from `source`."""
    return {KEY: {"source": source, "complete": False}}


def finish(client: Client, collection: str, source: str) -> None:
    """Say that a collection holds all that it was to be filled with."""
    client.update_collection(collection, metadata={KEY: {"source": source, "complete": True}})


def unfinished(metadata: Mapping[str, Any] | None) -> str | None:
    """Return what a collection is being filled from, or was when the process died; else None."""
    mark = (metadata or {}).get(KEY)
    if not isinstance(mark, dict) or mark.get("complete", True):
        return None
    return str(mark.get("source", "an unknown source"))
