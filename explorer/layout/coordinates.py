"""A layout by the payload's own coordinates: a geo field with north up, or fields of numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from engine.payload.key_path import parse_key_path
from explorer.layout.layout import Layout, LayoutError, Method
from explorer.layout.scaling import to_map_units
from explorer.records import record_pages

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from explorer.client import Client
    from explorer.layout.vectors import VectorTable


def coordinates_layout(
    client: Client, collection: str, fields: Sequence[str], table: VectorTable
) -> Layout:
    """Return the layout of a table's points by payload fields, named by their key paths.

    One field holds geographic points: longitudes are shortened by the cosine of the mean latitude,
    so that distances near the middle are true (equirectangular projection). Two or three hold
    numbers, an axis each with a scale of its own. Points without finite coordinates stand apart.
    Raises LayoutError for another number of fields, and when no point has coordinates.
    """
    if not 1 <= len(fields) <= 3:
        raise LayoutError(
            f"{len(fields)} fields are no coordinates: choose one with geographic points, "
            "or two or three with numbers"
        )
    found = _values(client, collection, fields)
    nothing = (None,) * len(fields)
    values = [found.get(point, nothing) for point in table.ids]
    raw = _degrees(values) if len(fields) == 1 else _numbers(values, len(fields))
    placed = np.asarray(np.isfinite(raw).all(axis=1))
    if not placed.any():
        named = " and ".join(map(repr, fields))
        raise LayoutError(f"No point of {collection!r} has coordinates in the field {named}")
    scaled = _projected(raw, placed) if len(fields) == 1 else _apiece(raw, placed)
    places = to_map_units(scaled, placed)
    parameters = {"fields": ", ".join(fields)}
    return Layout(table.ids, places, placed, table.marks(), Method.PAYLOAD, parameters)


def _values(client: Client, collection: str, fields: Sequence[str]) -> dict[Any, tuple[Any, ...]]:
    """Return the first value of each field by point."""
    paths = [parse_key_path(field) for field in fields]
    return {
        record.id: tuple(next(iter(path.nodes(record.payload or {})), None) for path in paths)
        for page in record_pages(client, collection, with_payload=list(fields))
        for record in page
    }


def _degrees(values: Sequence[tuple[Any, ...]]) -> NDArray[np.float64]:
    """Return longitudes and latitudes (n, 2); NaN where the value is no geographic point."""
    return np.array([_degrees_of(value) for (value,) in values], np.float64).reshape(-1, 2)


def _degrees_of(value: Any) -> tuple[float, float]:
    if isinstance(value, list) and value:
        value = value[0]
    try:
        return float(value["lon"]), float(value["lat"])
    except (TypeError, KeyError, ValueError):
        return np.nan, np.nan


def _numbers(values: Sequence[tuple[Any, ...]], width: int) -> NDArray[np.float64]:
    """Return the numbers (n, width); NaN where a value is none."""
    rows = [[_number(value) for value in row] for row in values]
    return np.array(rows, np.float64).reshape(-1, width)


def _number(value: Any) -> float:
    if isinstance(value, list) and value:
        value = value[0]
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number else np.nan


def _projected(degrees: NDArray[np.float64], placed: NDArray[np.bool_]) -> NDArray[np.float64]:
    shortened = np.cos(np.radians(degrees[placed, 1].mean()))
    projected: NDArray[np.float64] = degrees * np.array([shortened, 1.0])
    return projected


def _apiece(numbers: NDArray[np.float64], placed: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return numbers with an equal range on every axis: their units have nothing in common."""
    low, high = np.percentile(numbers[placed], [1, 99], axis=0)
    scaled: NDArray[np.float64] = numbers / np.where(high > low, high - low, 1.0)
    return scaled
