"""Conditions on whether a field has a value at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.payload.column import NULL_NODE

if TYPE_CHECKING:
    from engine.payload.column import Column, Mask


def empty_mask(column: Column) -> Mask:
    """Return bool (rows,): where the field is missing, or all its nodes are null or []."""
    has_value = column.nodes.values > 0
    return ~column.nodes.any_of(has_value, column.rows)


def null_mask(column: Column, *, inside_array: bool) -> Mask:
    """Return bool (rows,): where a node is null, `inside_array` also where it holds a null."""
    is_null = column.null_nodes.values if inside_array else column.nodes.values == NULL_NODE
    return column.nodes.any_of(is_null, column.rows)


def not_null_mask(column: Column) -> Mask:
    """Return bool (rows,): where the field is missing, or a node is neither null nor holds one."""
    has_other = column.null_nodes.any_of(~column.null_nodes.values, column.rows)
    return has_other | ~column.nodes.present(column.rows)
