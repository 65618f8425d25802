"""Match conditions: equal to a value, to any of several, to something else, and text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from qdrant_client import models

from engine.payload.text import text_mask

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.payload.column import Column, Lane, Mask


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
            return _except_mask(match.except_, column)
        case _:
            return text_mask(match, column, index, tokenises_text=tokenises_text)


def _any_mask(
    values: Sequence[int | str], column: Column, index: models.PayloadIndexInfo | None
) -> Mask:
    strings, integers = _by_type(values)
    mask = _lane_mask(column.strings, _codes(column, strings), column.rows)
    if integers:
        mask = mask | _lane_mask(column.integers, integers, column.rows)
        if index is not None and index.data_type == models.PayloadSchemaType.INTEGER:
            mask |= _lane_mask(column.floats, integers, column.rows)
    return mask


def _except_mask(values: Sequence[int | str], column: Column) -> Mask:
    strings, integers = _by_type(values)
    mask = np.zeros(column.rows, np.bool_)
    for lane in column.element_lanes():
        listed = np.zeros(len(lane), np.bool_)
        if lane is column.strings:
            listed = _among(lane, _codes(column, strings))
        elif lane is column.integers:
            listed = _among(lane, integers)
        mask |= lane.any_of(~listed, column.rows)
    return mask


def _by_type(values: Sequence[int | str]) -> tuple[list[str], list[int]]:
    strings = [value for value in values if isinstance(value, str)]
    return strings, [value for value in values if isinstance(value, int)]


def _codes(column: Column, strings: Sequence[str]) -> list[int]:
    codes = (column.vocabulary.code(string) for string in strings)
    return [code for code in codes if code >= 0]


def _lane_mask(lane: Lane, values: Sequence[int], rows: int) -> Mask:
    return lane.any_of(_among(lane, values), rows)


def _among(lane: Lane, values: Sequence[int]) -> Mask:
    values = [value for value in values if -(1 << 63) <= value < 1 << 63]
    if len(values) == 1:
        equal: Mask = lane.values == values[0]
        return equal
    return np.isin(lane.values, np.array(values, np.int64))
