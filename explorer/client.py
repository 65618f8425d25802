"""What the explorer talks to: the embedded engine, or a real Qdrant; both have the same methods."""

from __future__ import annotations

from collections import Counter
from copy import copy
from functools import partial
from typing import TYPE_CHECKING, NoReturn, TypeAlias
from weakref import WeakKeyDictionary

from qdrant_client import QdrantClient

from engine import Engine
from engine.api.errors import Forbidden

if TYPE_CHECKING:
    from collections.abc import Iterator

Client: TypeAlias = Engine | QdrantClient
"""The embedded engine, or a real Qdrant."""

READS = frozenset(
    {
        *("collection_exists", "collection_version", "get_aliases", "get_collection"),
        *("get_collection_aliases", "get_collections", "index_state", "info", "wait_for_index"),
        *("count", "explain", "facet", "retrieve", "scroll", "snapshot", "trace"),
        *("query_batch_points", "query_points", "query_points_groups"),
        *("distance_matrix", "knn_graph", "search_matrix_offsets", "search_matrix_pairs"),
    }
)
"""Methods that change nothing."""

_CHANGES: WeakKeyDictionary[QdrantClient, Counter[str]] = WeakKeyDictionary()


def reader(client: Client) -> Client:
    """Return another face of a client, whose methods beside `READS` raise Forbidden.

    It shares all that is open with the client, and closing it closes nothing.
    """
    face = copy(client)
    for name in _methods(client):
        if name not in READS:
            setattr(face, name, partial(_refuse, name))
    if isinstance(client, QdrantClient) and isinstance(face, QdrantClient):
        _CHANGES[face] = _changes_of(client)
    setattr(face, "close", partial(_stay_open, client))  # noqa: B010 - close is a method to mypy
    return face


def _methods(client: Client) -> Iterator[str]:
    for name in dir(type(client)):
        if not name.startswith("_") and callable(getattr(type(client), name)):
            yield name


def _refuse(method: str, *_arguments: object, **_settings: object) -> NoReturn:
    what = method.replace("_", " ")
    raise Forbidden(f"your key only allows reading, so you cannot {what}; sign in with another")


def _stay_open(_client: Client, *_arguments: object, **_settings: object) -> None:
    """Hold on to the client, which closes itself when nobody does."""


def change_count(client: Client, collection: str) -> int:
    """Return a number that rises with each change of a collection that we know of.

    The engine knows of each. A server tells of none but by how many points there are: from it only
    those count that `note_change` was told of. Raises NotFound for an unknown collection, from the
    engine.
    """
    if isinstance(client, Engine):
        return client.collection_version(collection)
    return _changes_of(client)[collection]


def note_change(client: Client, collection: str) -> None:
    """Say that a collection has changed, or may have: what was read of it is old."""
    if not isinstance(client, Engine):
        _changes_of(client)[collection] += 1


def _changes_of(client: QdrantClient) -> Counter[str]:
    return _CHANGES.setdefault(client, Counter())
