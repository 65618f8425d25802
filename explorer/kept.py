"""What has been made and is kept for the next use: the most recently used of it."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Hashable

T = TypeVar("T")


class Kept(Generic[T]):
    """The most recently used values by key; the first part of a key is the collection."""

    def __init__(self, limit: int) -> None:
        """Keep at most `limit` values."""
        self._limit = limit
        self._values: OrderedDict[tuple[Hashable, ...], T] = OrderedDict()
        self._lock = Lock()

    def find(self, key: tuple[Hashable, ...]) -> T | None:
        """Return the kept value, or None."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
            return self._values.get(key)

    def put(self, key: tuple[Hashable, ...], value: T) -> T:
        """Keep a value, and return it."""
        with self._lock:
            self._values[key] = value
            while len(self._values) > self._limit:
                self._values.popitem(last=False)
        return value

    def forget(self, collection: str) -> None:
        """Drop all values of a collection."""
        with self._lock:
            for key in [key for key in self._values if key[0] == collection]:
                del self._values[key]
