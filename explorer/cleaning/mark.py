"""The mark of a collection: one that is deleted and made anew under its name lacks it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from engine.errors import RequestError

if TYPE_CHECKING:
    from explorer.client import Client

KEY = "sextant_desk"
"""Where the mark stands in a collection's metadata."""


_SEPARATOR = "\x1f"  # which Qdrant refuses in the name of a collection


def key_of(collection: str, mark: str) -> str:
    """Return what a collection is called in a ledger; without a mark it is known by its name."""
    return f"{collection}{_SEPARATOR}{mark}" if mark else collection


def is_of(key: str, collection: str) -> bool:
    """Tell whether a key is that of a collection of this name, now or before."""
    return key == collection or key.startswith(f"{collection}{_SEPARATOR}")


def mark_of(client: Client, collection: str) -> str:
    """Return the mark of a collection, `""` without one; raises what the client raises."""
    metadata = client.get_collection(collection).config.metadata or {}
    found = metadata.get(KEY)
    return found if isinstance(found, str) else ""


def marked(client: Client, collection: str) -> str:
    """Return the mark of a collection, which gets one if it has none.

    `""` where the server keeps no metadata, as before Qdrant 1.16, or does not let us write them.
    Raises what the client raises for a collection that does not exist.
    """
    found = mark_of(client, collection)
    if found:
        return found
    try:
        client.update_collection(collection, metadata={KEY: uuid4().hex})
    except RequestError:
        return ""
    return mark_of(client, collection)
