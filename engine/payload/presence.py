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
    """Return bool (rows,): where a node is null; `inside_array`, also an element of a node."""
    if inside_array:
        return column.nulls.present(column.rows)
    return column.nodes.any_of(column.nodes.values == NULL_NODE, column.rows)
