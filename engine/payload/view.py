"""The payload side of a snapshot: dicts by row, typed columns by key path."""

from __future__ import annotations

import gc
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from threading import RLock
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from engine.payload.coding import CodedValues, coded_values
from engine.payload.column import Column, Lane, Rows, build_column, concatenated
from engine.payload.indexes import indexed_values
from engine.payload.key_path import EVERY, MAX_STEPS, KeyPath, Payload, Step, parse_key_path
from engine.payload.ranking import NOTHING_RANKED, RankedValues
from engine.payload.vocabulary import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from qdrant_client import models

    from engine.payload.key_path import Reached

    Read: TypeAlias = Callable[[Sequence[int]], list[Payload]]
    Find: TypeAlias = Callable[[KeyPath, range], Reached | None]
    _Indexed: TypeAlias = tuple[KeyPath, models.PayloadSchemaType]

_BATCH = 16_384
_FEW = 8
"""Paths that are searched for one by one; for more of them decoding all payloads is faster."""


@dataclass(frozen=True, slots=True)
class KeySummary:
    """What is found at one key path.

    Attributes:
        path: in canonical writing, `[]` for the elements of arrays of objects.
        points: how many of the points looked at have it.
        types: how many values of each JSON type (`integer`, `float`, `string`, `boolean`, `null`,
            `geo`, `object`) it has; values of arrays count singly.

    """

    path: str
    points: int
    types: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Elements:
    """The objects inside the arrays at one path, each as a row of its own.

    Attributes:
        view: payloads are the objects.
        parents: int64 (view.rows,), the row that each object came from, rising.
        rows: how many rows were looked into.

    """

    view: PayloadView
    parents: Rows
    rows: int


class PayloadView:
    """Payloads of rows 0..rows-1; what it shows never changes, columns are built on first use.

    Args:
        read: gives the payload dicts of rows, in that order; it must keep giving this state.
        rows: how many rows there are, dead ones included.
        find: gives what a path reaches in rows without decoding all of them, None where it cannot.

    """

    def __init__(self, read: Read, rows: int, find: Find = lambda _path, _rows: None) -> None:
        self.rows = rows
        self._read = read
        self._find = find
        self._lock = RLock()
        self._columns: dict[KeyPath, Column] = {}  # may cover fewer rows, see `advanced`
        self._lanes: dict[_Indexed, Lane] = {}
        self._coded: dict[_Indexed, CodedValues] = {}
        self._ranked: dict[_Indexed, RankedValues] = {}
        self._elements: dict[KeyPath, Elements] = {}

    def advanced(
        self, rows: int, read: Read, find: Find = lambda _path, _rows: None
    ) -> PayloadView:
        """Return the view of the next state, which has the same rows and some behind them.

        What was built is carried over; the missing rows are added when it is asked for.

        Args:
            rows: of the next state, at least as many as now.
            read: reads the next state.
            find: looks into the next state.

        """
        after = PayloadView(read, rows, find)
        with self._lock:
            after._columns = dict(self._columns)
            after._ranked = dict(self._ranked)
            after._elements = dict(self._elements)
        return after

    def get(self, rows: Sequence[int]) -> list[Payload]:
        """Return the payload dicts of `rows`, in that order."""
        return self._read(rows)

    def column(self, path: str) -> Column:
        """Return the column of one key path.

        Raises FormatError when the path cannot be parsed.
        """
        return self.columns([path])[path]

    def columns(self, paths: Iterable[str], *, along: Iterable[str] = ()) -> dict[str, Column]:
        """Return the column of each path.

        Args:
            paths: those not built yet are built in one pass over all payloads.
            along: paths to build in that pass too, if there has to be one that decodes payloads,
                which costs more than building from them.

        Raises:
            FormatError: a path cannot be parsed.

        """
        parsed = {path: parse_key_path(path) for path in paths}
        with self._lock:
            wanted = set(parsed.values())
            if any(self._find(path, range(0)) is None for path in wanted - self._columns.keys()):
                wanted.update(map(parse_key_path, along))
            self._complete(wanted)
            return {text: self._columns[path] for text, path in parsed.items()}

    def lane(self, path: str, data_type: models.PayloadSchemaType) -> Lane:
        """Return the values that an index of this type holds, as `indexed_values` does.

        Raises FormatError when the path cannot be parsed.
        """
        key = parse_key_path(path), data_type
        with self._lock:
            if key not in self._lanes:
                self._lanes[key] = indexed_values(self.column(path), data_type)
            return self._lanes[key]

    def coded(self, path: str, data_type: models.PayloadSchemaType) -> CodedValues:
        """Return the values of `lane` as numbers, for types that facets know; raises as it does."""
        key = parse_key_path(path), data_type
        with self._lock:
            if key not in self._coded:
                vocabulary = self.column(path).vocabulary
                self._coded[key] = coded_values(self.lane(path, data_type), data_type, vocabulary)
            return self._coded[key]

    def ranked(self, path: str, data_type: models.PayloadSchemaType) -> RankedValues:
        """Return the values of `lane` in ascending order; raises as it does."""
        key = parse_key_path(path), data_type
        with self._lock:
            known = self._ranked.get(key, NOTHING_RANKED)
            if known.covered < self.rows:
                known = self._ranked[key] = known.extended(self.lane(path, data_type), self.rows)
            return known

    def elements(self, path: KeyPath) -> Elements:
        """Return the objects in the arrays at `path` (`a` and `a[]` alike) as rows."""
        path = path.every_element()
        with self._lock:
            known = self._elements.get(path) or Elements(_empty_view(), np.empty(0, np.int64), 0)
            if known.rows < self.rows:
                known = self._elements[path] = self._more_elements(path, known)
            return known

    def key_paths(self, sample: int = 1000) -> list[KeySummary]:
        """Return what fields there are, sorted by path, from `sample` rows spread evenly."""
        step = max(1, -(-self.rows // max(1, sample)))
        rows = range(0, self.rows, step)
        points: Counter[KeyPath] = Counter()
        types: dict[KeyPath, Counter[str]] = {}
        for payload in self.get(rows):
            found = list(_leaves(payload, ()))
            points.update({path for path, _ in found})
            for path, type_name in found:
                types.setdefault(path, Counter())[type_name] += 1
        summaries = [KeySummary(str(path), points[path], dict(types[path])) for path in points]
        return sorted(summaries, key=lambda summary: summary.path)

    def _batches(self, first: int) -> Iterator[range]:
        """Yield the rows from `first` on, a bounded number at a time."""
        for start in range(first, self.rows, _BATCH):
            yield range(start, min(start + _BATCH, self.rows))

    def _complete(self, paths: Iterable[KeyPath]) -> None:
        """Let the columns of `paths` cover all rows; those that lack the same rows share a pass."""
        behind: dict[int, list[KeyPath]] = {}
        for path in paths:
            if path not in self._columns:
                self._columns[path] = build_column(0, np.empty(0, np.int64), [], Vocabulary())
            if (covered := self._columns[path].rows) < self.rows:
                behind.setdefault(covered, []).append(path)
        for first, those in behind.items():
            parts = {path: [self._columns[path]] for path in those}
            with _uncollected():
                for rows in self._batches(first):
                    for path, reached in self._reached(those, rows).items():
                        vocabulary = parts[path][0].vocabulary
                        parts[path].append(build_column(len(rows), *reached, vocabulary))
            self._columns.update({path: concatenated(built) for path, built in parts.items()})

    def _reached(self, paths: Sequence[KeyPath], rows: range) -> dict[KeyPath, Reached]:
        """Return what each path reaches in `rows`, which are decoded for those that need it."""
        found = {path: self._find(path, rows) for path in paths} if len(paths) <= _FEW else {}
        reached = {path: each for path, each in found.items() if each is not None}
        if len(reached) < len(paths):
            payloads = self._read(rows)
            reached |= {path: path.nodes_of(payloads) for path in paths if path not in reached}
        return reached

    def _more_elements(self, path: KeyPath, known: Elements) -> Elements:
        """Return the elements with those of the rows that `known` has not looked into."""
        found = [known.parents]
        with _uncollected():
            for rows in self._batches(known.rows):
                counts = [len(_objects(path, payload)) for payload in self._read(rows)]
                found.append(np.repeat(np.arange(rows.start, rows.stop), counts))
        parents = np.concatenate(found)

        def read(elements: Sequence[int]) -> list[Payload]:
            wanted = np.asarray(elements, np.int64)
            owners, which = np.unique(parents[wanted], return_inverse=True)
            objects = [_objects(path, payload) for payload in self._read(owners.tolist())]
            places = wanted - np.searchsorted(parents, parents[wanted])
            return [objects[owner][place] for owner, place in zip(which, places, strict=True)]

        return Elements(known.view.advanced(len(parents), read), parents, self.rows)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Keep Python from searching for garbage in circles, which decoded JSON never is.

    It would look at every object again and again while millions come and go: a third of the time.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:  # of two threads in here the one that came first says so
            gc.enable()


def _empty_view() -> PayloadView:
    return PayloadView(lambda _rows: [], 0)


def _objects(path: KeyPath, payload: Payload) -> list[Payload]:
    return [node for node in path.nodes(payload) if isinstance(node, dict)]


_TYPE_NAMES = {
    type(None): "null",
    bool: "boolean",
    int: "integer",
    float: "float",
    str: "string",
}


def _leaves(value: object, steps: tuple[Step, ...]) -> Iterator[tuple[KeyPath, str]]:
    if isinstance(value, dict):
        if steps:
            yield KeyPath(steps), "geo" if {"lon", "lat"} <= value.keys() else "object"
        for key, inner in value.items() if len(steps) < MAX_STEPS else ():
            yield from _leaves(inner, (*steps, key))
    elif isinstance(value, list):
        for element in value:
            within = (*steps, EVERY) if isinstance(element, dict) else steps
            if not isinstance(element, list):
                yield from _leaves(element, within)
    else:
        yield KeyPath(steps), _TYPE_NAMES.get(type(value), "object")
