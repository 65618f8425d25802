"""The points that a filter lets through, found once in each state of a collection.

A snapshot never changes, so neither does what a filter lets through in it: `Known` belongs to one
snapshot and keeps the latest answers, by the value of what was asked. The next state of the
collection has a snapshot of its own, which knows nothing yet. So nothing is ever out of date, and
what was kept goes with the snapshot.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from pydantic import BaseModel

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from numpy.typing import NDArray

    from engine.payload.column import Mask, Rows

Key: TypeAlias = "tuple[Hashable, ...]"

_ROOM = 1 << 26
"""Bytes that a snapshot's masks may take, with the rows that were listed of them."""

_ROW_BYTES = 9  # in the mask, and in the list
_MOST = 256
_LONGEST = 1_000
"""Filters that are kept at most, and parts of one that is: lists of ids may have millions."""


@dataclass(frozen=True, eq=False)
class Allowed:
    """Rows that may be found; what is counted or listed of them is kept.

    Attributes:
        whole: bool (all rows,), not to be changed.
        gone: a few of these rows that may not be found all the same, such as a query's examples.
        origin: the same with those; None where none are gone.

    """

    whole: Mask
    gone: tuple[int, ...] = ()
    origin: Allowed | None = None

    def __len__(self) -> int:
        return self.count

    @property
    def rows_in_all(self) -> int:
        """Of how many rows they are some."""
        return len(self.whole)

    @cached_property
    def mask(self) -> Mask:
        """The same as bool (all rows,), not to be changed."""
        if not self.gone:
            return self.whole
        mask = self.whole.copy()
        mask[list(self.gone)] = False
        return mask

    @cached_property
    def count(self) -> int:
        """How many they are."""
        return int(np.count_nonzero(self.mask))

    @cached_property
    def rows(self) -> Rows:
        """Their numbers, int64 (count,), ascending; not to be changed."""
        return np.flatnonzero(self.mask)

    @cached_property
    def bits(self) -> NDArray[np.uint64]:
        """The same, a bit for each row, uint64 (rows / 64 + 1,); not to be changed."""
        words = np.zeros((len(self.mask) >> 6) + 1, np.uint64)
        packed = np.packbits(self.mask, bitorder="little")
        words.view(np.uint8)[: len(packed)] = packed
        return words

    @property
    def is_all(self) -> bool:
        """Whether every row is among them."""
        return self.count == self.rows_in_all

    def of(self, rows: Rows) -> Mask:
        """Return bool (n,), which of some rows may be found; of few there needs to be no mask."""
        found = self.whole[rows]
        for row in self.gone:
            found &= rows != row
        return found

    def without(self, rows: Sequence[int]) -> Allowed:
        """Return all but a few rows, which are distinct; nothing is copied or counted anew."""
        gone = (*self.gone, *rows)
        found = Allowed(self.whole, gone, self if self.origin is None else self.origin)
        found.__dict__["count"] = self.count - int(
            np.count_nonzero(self.of(np.array(rows, np.int64)))
        )
        return found

    def within(self, mask: Mask) -> Allowed:
        """Return those in another mask, bool (all rows,)."""
        return Allowed(self.mask & mask)

    def before(self, end: int) -> Allowed:
        """Return those of the first `end` rows."""
        return self if end == self.rows_in_all else Allowed(self.mask[:end])

    def beyond(self, start: int) -> Allowed:
        """Return those of the rows from `start` on, which is their row 0."""
        return self if start == 0 else Allowed(self.mask[start:])


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """What is known of the rows of one snapshot; any thread may ask."""

    _kept: OrderedDict[Key, Allowed] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def allowed(self, key: Key, find: Callable[[], Mask]) -> Allowed:
        """Return what was found under a key before, else what `find` finds now."""
        with self._lock:
            known = self._kept.get(key)
            if known is not None:
                self._kept.move_to_end(key)
                return known
        mask = find().view()
        mask.setflags(write=False)
        found = Allowed(mask)
        if len(key) <= _LONGEST:
            self._keep(key, found)
        return found

    def _keep(self, key: Key, found: Allowed) -> None:
        most = min(_MOST, _ROOM // (_ROW_BYTES * max(1, len(found.mask))))
        with self._lock:
            self._kept[key] = found
            while len(self._kept) > max(1, most):
                self._kept.popitem(last=False)


def value_key(value: Any) -> Key:
    """Return what two models share that mean the same, and no others: 1 is neither 1.0 nor true."""
    parts: list[Any] = []
    _spell(value, parts)
    return tuple(parts)


def _spell(value: Any, parts: list[Any]) -> None:
    """Append a value so that nothing else is spelt alike: its type first, then all within it."""
    if value is None:
        parts.append(None)
    elif isinstance(value, list):
        kinds = set(map(type, value))
        if kinds in ({int}, {str}):  # lists of ids are long
            parts += ((list, *kinds), len(value), *value)
            return
        parts += (list, len(value))
        for each in value:
            _spell(each, parts)
    elif isinstance(value, BaseModel):
        parts.append(type(value))
        for each in value.__dict__.values():
            _spell(each, parts)
    else:
        parts += (type(value), value)
