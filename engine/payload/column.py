"""Typed columns: the values that one key path reaches in every row.

A path reaches nodes; a node that is an array stands for its elements (one level), any other node
for itself. Each element goes to the lane of its JSON type, so that a filter is a few array
operations.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from itertools import chain, repeat
from typing import TYPE_CHECKING, Any, TypeAlias, TypeGuard

import numpy as np

from engine.storage.ragged import ranges

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from engine.payload.vocabulary import Vocabulary

Mask: TypeAlias = "NDArray[np.bool_]"
Rows: TypeAlias = "NDArray[np.int64]"

NULL_NODE = -1
"""Stands for the length of a node that is null."""


@dataclass(frozen=True)
class Lane:
    """Values of one type, in row order.

    Attributes:
        rows: int64 (n,), the row of each value.
        values: (n,) or (n, k); (n, 0) where only the rows matter.

    """

    rows: Rows
    values: NDArray[Any]

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def is_single(self) -> bool:
        """Whether no row has two values."""
        return bool((self.rows[1:] > self.rows[:-1]).all())

    def is_full(self, total_rows: int) -> bool:
        """Whether each of `total_rows` rows has one value, so that the rows are 0, 1, 2, ..."""
        return len(self) == total_rows and self.is_single

    def rows_in(self, mask: Mask) -> Mask:
        """Return bool (n,): values whose row is in a mask, bool (total_rows,)."""
        return mask if self.is_full(len(mask)) else mask[self.rows]

    def any_of(self, hits: Mask, total_rows: int) -> Mask:
        """Return bool (total_rows,): rows where at least one value is a hit."""
        if self.is_full(total_rows):
            return hits
        mask = np.zeros(total_rows, np.bool_)
        mask[self.rows[hits]] = True
        return mask

    def present(self, total_rows: int) -> Mask:
        """Return bool (total_rows,): rows that have a value here."""
        mask = np.zeros(total_rows, np.bool_)
        mask[self.rows] = True
        return mask

    def where(self, kept: Mask) -> Lane:
        """Return the values marked in bool (n,)."""
        return Lane(self.rows[kept], self.values[kept])

    def of_rows(self, rows: Rows) -> Lane:
        """Return the values of `rows`, distinct and ascending."""
        firsts = np.searchsorted(self.rows, rows, "left")
        counts = np.searchsorted(self.rows, rows, "right") - firsts
        places = ranges(firsts, counts)
        return Lane(self.rows[places], self.values[places])

    def beyond(self, rows: int) -> Lane:
        """Return the values of row `rows` and those behind it."""
        first = np.searchsorted(self.rows, rows)
        return Lane(self.rows[first:], self.values[first:])

    def joined(self, other: Lane) -> Lane:
        """Return the values of both lanes in row order; within a row, those of `other` last."""
        if not len(other):
            return self
        return _in_row_order([self, other]) if len(self) else other

    def without_repeats(self) -> Lane:
        """Return the lane with equal values of one row once, in the order of the values."""
        if self.is_single:
            return self
        order = np.lexsort((self.values, self.rows))
        rows, values = self.rows[order], self.values[order]
        is_new = np.append(True, (rows[1:] != rows[:-1]) | (values[1:] != values[:-1]))
        return Lane(rows[is_new], values[is_new])


@dataclass(frozen=True, slots=True)
class Column:
    """What one key path reaches in rows 0..rows-1.

    Attributes:
        rows: how many rows are covered.
        vocabulary: distinct strings, which `strings` names by code.
        nodes: int32 length of each node: elements of an array, 1 for other values, NULL_NODE.
        null_nodes: bool for each node: null, or an array that holds a null.
        booleans: bool.
        integers: int64.
        floats: float64; integers beyond 64 bits are here too.
        strings: int32 codes.
        geos: float64 (n, 2), longitude and latitude of objects with numeric `lon` and `lat`.
        others: objects (also those in `geos`) and arrays inside arrays, values (n, 0).

    """

    rows: int
    vocabulary: Vocabulary
    nodes: Lane
    null_nodes: Lane
    booleans: Lane
    integers: Lane
    floats: Lane
    strings: Lane
    geos: Lane
    others: Lane

    def element_lanes(self) -> tuple[Lane, ...]:
        """Return lanes that together hold each element that is not null once."""
        return self.booleans, self.integers, self.floats, self.strings, self.others


def build_column(total: int, rows: Rows, nodes: list[Any], vocabulary: Vocabulary) -> Column:
    """Return a column.

    Args:
        total: how many rows it covers.
        rows: of each node that its path reaches, rising.
        nodes: those.
        vocabulary: of its strings.

    """
    if set(map(type, nodes)) <= _SCALARS:
        lengths, nulls = np.ones(len(nodes), np.int32), np.zeros(len(nodes), np.bool_)
        lanes = _lanes(rows, nodes, vocabulary)
    else:
        lengths = np.fromiter(map(_length, nodes), np.int32, len(nodes))
        nulls = np.fromiter(map(_has_null, nodes), np.bool_, len(nodes))
        lanes = _lanes(*_elements(rows, nodes, lengths), vocabulary)
    return Column(total, vocabulary, Lane(rows, lengths), Lane(rows, nulls), **lanes)


def _elements(rows: Rows, nodes: list[Any], lengths: NDArray[np.int32]) -> tuple[Rows, list[Any]]:
    """Return the elements of arrays and the other nodes themselves, each with its row."""
    is_array = np.fromiter((type(node) is list for node in nodes), np.bool_, len(nodes))
    elements = chain.from_iterable(node if type(node) is list else (node,) for node in nodes)
    return np.repeat(rows, np.where(is_array, lengths, 1)), list(elements)


def concatenated(parts: Sequence[Column]) -> Column:
    """Return the columns one below the other; all have the vocabulary of the first."""
    if len(parts) == 1:
        return parts[0]
    starts = np.cumsum([0] + [part.rows for part in parts])

    def stack(*lanes: Lane) -> Lane:
        shifted = [
            Lane(lane.rows + start, lane.values)
            for lane, start in zip(lanes, starts[:-1], strict=True)
        ]
        return _stacked(shifted)

    return _map_lanes(stack, int(starts[-1]), *parts)


_LANES = tuple(field.name for field in fields(Column))[2:]


def _map_lanes(function: Callable[..., Lane], rows: int, *columns: Column) -> Column:
    lanes = {name: function(*(getattr(column, name) for column in columns)) for name in _LANES}
    return Column(rows=rows, vocabulary=columns[0].vocabulary, **lanes)


def _stacked(lanes: Sequence[Lane]) -> Lane:
    return Lane(
        np.concatenate([lane.rows for lane in lanes]),
        np.concatenate([lane.values for lane in lanes]),
    )


def _in_row_order(lanes: Sequence[Lane]) -> Lane:
    stacked = _stacked(lanes)
    if bool((stacked.rows[1:] >= stacked.rows[:-1]).all()):
        return stacked
    order = np.argsort(stacked.rows, kind="stable")
    return Lane(stacked.rows[order], stacked.values[order])


def _length(node: object) -> int:
    if node is None:
        return NULL_NODE
    return len(node) if type(node) is list else 1


def _has_null(node: object) -> bool:
    return node is None or (type(node) is list and None in node)


_SCALARS = frozenset({bool, int, float, str})
_NULL, _BOOLEAN, _INTEGER, _FLOAT, _STRING, _OTHER = range(6)
_TYPES = {type(None): _NULL, bool: _BOOLEAN, int: _INTEGER, float: _FLOAT, str: _STRING}


def _lanes(rows: Rows, elements: list[Any], vocabulary: Vocabulary) -> dict[str, Lane]:
    types = np.fromiter(map(_TYPES.get, map(type, elements), repeat(_OTHER)), np.uint8)

    def of_type(number: int) -> tuple[Rows, list[Any]]:
        where = np.flatnonzero(types == number)
        if len(where) == len(elements):
            return rows, elements
        return rows[where], [elements[index] for index in where.tolist()]

    integers, floats = _number_lanes(of_type(_INTEGER), of_type(_FLOAT))
    boolean_rows, booleans = of_type(_BOOLEAN)
    string_rows, strings = of_type(_STRING)
    other_rows, others = of_type(_OTHER)
    return {
        "booleans": Lane(boolean_rows, np.array(booleans, np.bool_)),
        "integers": integers,
        "floats": floats,
        "strings": Lane(string_rows, vocabulary.encode(strings)),
        "geos": _geo_lane(other_rows, others),
        "others": Lane(other_rows, np.empty((len(other_rows), 0))),
    }


def _number_lanes(
    integers: tuple[Rows, list[int]], floats: tuple[Rows, list[float]]
) -> tuple[Lane, Lane]:
    rows, numbers = integers
    float_lane = Lane(floats[0], np.array(floats[1], np.float64))
    try:
        return Lane(rows, np.array(numbers, np.int64)), float_lane
    except OverflowError:
        fits = np.array([-(1 << 63) <= number < 1 << 63 for number in numbers])
    small = np.array([number for number, fit in zip(numbers, fits, strict=True) if fit], np.int64)
    large = [_as_float(number) for number, fit in zip(numbers, fits, strict=True) if not fit]
    large_lane = Lane(rows[~fits], np.array(large, np.float64))
    return Lane(rows[fits], small), _in_row_order([float_lane, large_lane])


def _as_float(number: float) -> float:
    try:
        return float(number)
    except OverflowError:
        return float("inf") if number > 0 else float("-inf")


def _geo_lane(rows: Rows, objects: Iterable[object]) -> Lane:
    points = [_lon_lat(value) for value in objects]
    where = [index for index, point in enumerate(points) if point is not None]
    values = np.array([points[index] for index in where], np.float64).reshape(-1, 2)
    return Lane(rows[np.array(where, np.int64)], values)


def _lon_lat(value: object) -> tuple[float, float] | None:
    if not isinstance(value, dict):
        return None
    lon, lat = value.get("lon"), value.get("lat")
    if _is_number(lon) and _is_number(lat):
        return _as_float(lon), _as_float(lat)
    return None


def _is_number(value: object) -> TypeGuard[float]:
    return type(value) in (int, float)
