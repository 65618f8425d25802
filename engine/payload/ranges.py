"""Range conditions over numbers, moments and numbers of values."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from qdrant_client import models

from engine.payload.column import NULL_NODE
from engine.payload.datetimes import NOT_A_MOMENT, moment_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.payload.column import Column, Mask

Bounds: TypeAlias = models.Range | models.DatetimeRange | models.ValuesCount

_COMPARISONS = {"lt": operator.lt, "gt": operator.gt, "lte": operator.le, "gte": operator.ge}


def range_mask(bounds: models.Range | models.DatetimeRange, column: Column) -> Mask:
    """Return bool (rows,): where a number (compared as float64) or a moment lies within."""
    if isinstance(bounds, models.DatetimeRange):
        return _moment_mask(bounds, column)
    limits = _limits(bounds)
    within_integers = _within(column.integers.values.astype(np.float64), limits)
    mask = column.integers.any_of(within_integers, column.rows)
    return mask | column.floats.any_of(_within(column.floats.values, limits), column.rows)


def values_count_mask(
    bounds: models.ValuesCount, column: Column, *, missing_counts_zero: bool
) -> Mask:
    """Return bool (rows,): where a node of the path has as many values as asked.

    An array has its length, null 0, anything else 1; a missing field has 0 or never matches.
    """
    limits = _limits(bounds)
    lengths = column.nodes.values
    counts = np.where(lengths == NULL_NODE, 0, lengths)
    mask = column.nodes.any_of(_within(counts, limits), column.rows)
    if missing_counts_zero and _within(np.zeros(1), limits)[0]:
        mask = mask | ~column.nodes.present(column.rows)
    return mask


def _moment_mask(bounds: models.DatetimeRange, column: Column) -> Mask:
    moments = column.vocabulary.moments()
    limits = {name: moment_of(bound) for name, bound in _limits(bounds).items()}
    hits = _within(moments, limits) & (moments != NOT_A_MOMENT)
    return column.strings.any_of(hits[column.strings.values], column.rows)


def _limits(bounds: Bounds) -> dict[str, Any]:
    named = {name: getattr(bounds, name) for name in _COMPARISONS}
    return {name: bound for name, bound in named.items() if bound is not None}


def _within(values: NDArray[Any], limits: dict[str, Any]) -> Mask:
    mask = np.ones(len(values), np.bool_)
    for name, bound in limits.items():
        mask &= _COMPARISONS[name](values, bound)
    return mask
