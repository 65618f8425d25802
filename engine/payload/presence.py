"""Conditions on whether a field has a value at all.

As a condition of its own (`is_empty`, `is_null`) a test asks about the field, as a flag of a field
condition it asks whether one of the nodes that the path reaches is so; it matters only for paths
with `[]`.
"""

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


def empty_flag_mask(column: Column, *, flag: bool) -> Mask:
    """Return bool (rows,): where a node is empty, or is not; a missing field is empty."""
    mask = column.nodes.any_of((column.nodes.values <= 0) == flag, column.rows)
    return mask | ~column.nodes.present(column.rows) if flag else mask


def null_flag_mask(column: Column, *, flag: bool) -> Mask:
    """Return bool (rows,): where a node is or holds null, or does not; a missing field does not."""
    mask = column.null_nodes.any_of(column.null_nodes.values == flag, column.rows)
    return mask if flag else mask | ~column.nodes.present(column.rows)
