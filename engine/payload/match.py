"""Match conditions: equal to a value, to any of several, to something else, and text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from qdrant_client import models

from engine.payload.indexes import indexed_values
from engine.payload.text import text_mask

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.payload.column import Column, Lane, Mask

_KEYWORD, _INTEGER = models.PayloadSchemaType.KEYWORD, models.PayloadSchemaType.INTEGER


def match_mask(
    match: models.Match,
    column: Column,
    index: models.PayloadIndexInfo | None,
    *,
    tokenises_text: bool,
) -> Mask:
    """Return bool (rows,): where a value of the column matches.

    Types are exact (1 is neither true, "1" nor 1.0), but an integer index also holds 1.0 as 1.
    """
    match match:
        case models.MatchValue(value=bool(value)):
            return column.booleans.any_of(column.booleans.values == value, column.rows)
        case models.MatchValue(value=value):
            return _any_mask([value], column, index)
        case models.MatchAny(any=values):
            return _any_mask(values, column, index)
        case models.MatchExcept():
            return _except_mask(match.except_, column, index)
        case _:
            return text_mask(match, column, index, tokenises_text=tokenises_text)


def _any_mask(
    values: Sequence[int | str], column: Column, index: models.PayloadIndexInfo | None
) -> Mask:
    strings, integers = _by_type(values)
    mask = column.strings.any_of(_listed_strings(column, strings), column.rows)
    if integers:
        held = indexed_values(column, _INTEGER) if _is(index, _INTEGER) else column.integers
        mask = mask | held.any_of(_among(held, integers), column.rows)
    return mask


def _except_mask(
    values: Sequence[int | str], column: Column, index: models.PayloadIndexInfo | None
) -> Mask:
    """Without an index every element that is not null counts, else those that the index holds."""
    strings, integers = _by_type(values)
    lanes = column.element_lanes()
    if strings and _is(index, _KEYWORD):
        lanes = (column.strings,)
    elif integers and _is(index, _INTEGER):
        lanes = (indexed_values(column, _INTEGER),)
    mask = np.zeros(column.rows, np.bool_)
    for lane in lanes:
        mask |= lane.any_of(~_listed(lane, column, strings, integers), column.rows)
    return mask


def _listed(lane: Lane, column: Column, strings: Sequence[str], integers: Sequence[int]) -> Mask:
    if lane is column.strings:
        return _listed_strings(column, strings)
    if lane.values.dtype == np.int64:
        return _among(lane, integers)
    return np.zeros(len(lane), np.bool_)


def _listed_strings(column: Column, strings: Sequence[str]) -> Mask:
    """Return bool (strings of the lane,): which are one of `strings`."""
    vocabulary = column.vocabulary
    codes = [code for code in map(vocabulary.code, strings) if code >= 0]
    if len(codes) == 1:
        equal: Mask = column.strings.values == codes[0]
        return equal
    wanted: Mask = np.zeros(len(vocabulary), np.bool_)
    wanted[codes] = True
    hits: Mask = wanted[column.strings.values]
    return hits


def _is(index: models.PayloadIndexInfo | None, data_type: models.PayloadSchemaType) -> bool:
    return index is not None and index.data_type == data_type


def _by_type(values: Sequence[int | str]) -> tuple[list[str], list[int]]:
    strings = [value for value in values if isinstance(value, str)]
    return strings, [value for value in values if isinstance(value, int)]


def _among(lane: Lane, values: Sequence[int]) -> Mask:
    values = [value for value in values if -(1 << 63) <= value < 1 << 63]
    if len(values) == 1:
        equal: Mask = lane.values == values[0]
        return equal
    return np.isin(lane.values, np.array(values, np.int64))
