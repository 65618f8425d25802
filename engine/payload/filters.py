"""Filters: a tree of conditions, evaluated to one mask over rows.

A filter ANDs its clauses; `must` ANDs its conditions, `should` ORs them, `must_not` allows none,
and `min_should` wants a number of them. A clause without conditions asks nothing.
"""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

import numpy as np
from qdrant_client import models

from engine.errors import FormatError, InvalidRequest
from engine.ids import parse_point_id
from engine.patience import check_patience
from engine.payload.allowed import value_key
from engine.payload.compat import READINGS
from engine.payload.geo import box_mask, polygon_mask, radius_mask
from engine.payload.match import match_mask
from engine.payload.presence import empty_flag_mask, empty_mask, null_flag_mask, null_mask
from engine.payload.ranges import range_mask, values_count_mask
from engine.payload.scope import Scope, point_scope
from engine.payload.slices import slice_mask

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from engine.payload.allowed import Allowed
    from engine.payload.column import Mask
    from engine.payload.compat import Compat
    from engine.snapshot import Snapshot

MAX_DEPTH = 64
"""Filters inside filters, at most."""


def allowed_points(
    query_filter: models.Filter | None, snapshot: Snapshot, compat: Compat = "1.20"
) -> Allowed:
    """Return what `filter_mask` does, found once in each snapshot; raises as it does."""
    check_patience()
    if query_filter is not None:
        check_depth(query_filter)
    key = compat, *value_key(query_filter)
    return snapshot.known.allowed(key, lambda: filter_mask(query_filter, snapshot, compat))


def filter_mask(
    query_filter: models.Filter | None, snapshot: Snapshot, compat: Compat = "1.20"
) -> Mask:
    """Return bool (rows,): live rows that the filter lets through; None lets all through.

    Raises:
        FormatError: a key path, an id or a place is malformed, or filters nest too deep.
        InvalidRequest: a field condition says nothing, `min_count` is 0, a slice is out of range.

    """
    if query_filter is None:
        return snapshot.live.copy()
    check_depth(query_filter)
    return snapshot.live & _filter_mask(query_filter, point_scope(snapshot, READINGS[compat]))


def condition_mask(
    condition: models.Condition, snapshot: Snapshot, compat: Compat = "1.20"
) -> Mask:
    """Return bool (rows,): live rows that one condition holds for. Raises as `filter_mask` does."""
    return filter_mask(models.Filter(must=[condition]), snapshot, compat)


def check_depth(query_filter: models.Filter, depth: int = 1) -> None:
    """Raise FormatError when filters are nested more than MAX_DEPTH deep."""
    if depth > MAX_DEPTH:
        raise FormatError(f"filters are nested more than {MAX_DEPTH} deep; flatten the conditions")
    for condition in _conditions(query_filter):
        inner = (
            condition.nested.filter if isinstance(condition, models.NestedCondition) else condition
        )
        if isinstance(inner, models.Filter):
            check_depth(inner, depth + 1)


def _filter_mask(query_filter: models.Filter, scope: Scope) -> Mask:
    """Return where a filter holds, whose columns and those of all filters within are read first."""
    scope.prepare(_keys(query_filter))
    return _clauses_mask(query_filter, scope)


def _clauses_mask(query_filter: models.Filter, scope: Scope) -> Mask:
    mask = np.ones(scope.rows, np.bool_)
    for condition in _listed(query_filter.must):
        mask &= _condition_mask(condition, scope)
    for condition in _listed(query_filter.must_not):
        mask &= ~_condition_mask(condition, scope)
    if should := _listed(query_filter.should):
        mask &= _at_least(1, should, scope)
    if query_filter.min_should is not None:
        wanted = query_filter.min_should
        if wanted.min_count < 1:
            raise InvalidRequest("filter.min_should", "min_count must be greater than 0")
        mask &= _at_least(wanted.min_count, wanted.conditions, scope)
    return mask


def _at_least(count: int, conditions: Sequence[models.Condition], scope: Scope) -> Mask:
    held = np.zeros(scope.rows, np.int64)
    for condition in conditions:
        held += _condition_mask(condition, scope)
    return held >= count


def _condition_mask(condition: models.Condition, scope: Scope) -> Mask:  # noqa: PLR0911 - one return per kind of condition
    check_patience()
    match condition:
        case models.FieldCondition():
            return _field_mask(condition, scope)
        case models.IsEmptyCondition():
            return empty_mask(scope.column(condition.is_empty.key))
        case models.IsNullCondition():
            return _null_mask(condition.is_null.key, scope)
        case models.HasIdCondition():
            return _id_mask(condition, scope)
        case models.HasVectorCondition():
            return _vector_mask(condition.has_vector, scope)
        case models.SliceCondition():
            return _slice_mask(condition.slice, scope)
        case models.NestedCondition():
            return _nested_mask(condition.nested, scope)
        case models.Filter():
            return _clauses_mask(condition, scope)


def _field_mask(condition: models.FieldCondition, scope: Scope) -> Mask:
    """Return where any of the tests in the condition holds."""
    tests = list(_field_tests(condition, scope))
    if not tests:
        raise InvalidRequest(
            "filter",
            "At least one field condition must be specified; "
            f"add `match`, `range` or another test for `{condition.key}`",
        )
    return reduce(np.logical_or, tests)


def _field_tests(condition: models.FieldCondition, scope: Scope) -> Iterator[Mask]:
    key, column = condition.key, scope.column(condition.key)
    if condition.match is not None:
        yield match_mask(
            condition.match,
            column,
            scope.index(key),
            tokenises_text=scope.reading.tokenises_text,
        )
    if condition.range is not None:
        yield range_mask(condition.range, column)
    if condition.geo_radius is not None:
        yield radius_mask(condition.geo_radius, column)
    if condition.geo_bounding_box is not None:
        yield box_mask(condition.geo_bounding_box, column)
    if condition.geo_polygon is not None:
        yield polygon_mask(condition.geo_polygon, column)
    if condition.values_count is not None:
        missing_counts_zero = scope.reading.missing_counts_zero
        yield values_count_mask(
            condition.values_count, column, missing_counts_zero=missing_counts_zero
        )
    if condition.is_empty is not None:
        yield empty_flag_mask(column, flag=condition.is_empty)
    if condition.is_null is not None:
        yield null_flag_mask(column, flag=condition.is_null)


def _null_mask(key: str, scope: Scope) -> Mask:
    inside_array = scope.reading.null_inside_array or scope.index(key) is not None
    return null_mask(scope.column(key), inside_array=inside_array)


def _id_mask(condition: models.HasIdCondition, scope: Scope) -> Mask:
    mask = scope.none()
    ids = [parse_point_id(point_id) for point_id in condition.has_id]
    if scope.snapshot is not None:
        rows = scope.snapshot.ids.rows_of(ids)
        mask[rows[rows >= 0]] = True
    return mask


def _vector_mask(name: str, scope: Scope) -> Mask:
    if scope.snapshot is None or name not in scope.snapshot.vectors:
        return scope.none()
    return np.asarray(scope.snapshot.vectors[name].present, np.bool_)


def _slice_mask(part: models.Slice, scope: Scope) -> Mask:
    if scope.snapshot is None:
        return scope.none()
    return slice_mask(part, scope.snapshot.ids.records)


def _nested_mask(nested: models.Nested, scope: Scope) -> Mask:
    elements, parents = scope.elements(nested.key)
    mask = scope.none()
    mask[parents[_filter_mask(nested.filter, elements)]] = True
    return mask


def _conditions(query_filter: models.Filter) -> Iterator[models.Condition]:
    for clause in (query_filter.must, query_filter.must_not, query_filter.should):
        yield from _listed(clause)
    if query_filter.min_should is not None:
        yield from query_filter.min_should.conditions


def _keys(query_filter: models.Filter) -> Iterator[str]:
    """Yield every key the filter looks at in its own scope."""
    for condition in _conditions(query_filter):
        match condition:
            case models.FieldCondition(key=key):
                yield key
            case models.IsEmptyCondition(is_empty=field) | models.IsNullCondition(is_null=field):
                yield field.key
            case models.Filter():
                yield from _keys(condition)


def _listed(
    clause: list[models.Condition] | models.Condition | None,
) -> Sequence[models.Condition]:
    if clause is None:
        return ()
    return clause if isinstance(clause, list) else [clause]
