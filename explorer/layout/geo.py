"""A layout by the payload's own coordinates: a geo field as a map with north up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.layout.layout import Layout, LayoutError, Method
from explorer.layout.scaling import to_map_units
from explorer.records import record_pages

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from explorer.client import Client
    from explorer.layout.vectors import VectorTable


def geo_layout(client: Client, collection: str, field: str, table: VectorTable) -> Layout:
    """Return the layout of a table's points by a top-level geo field.

    Longitudes are shortened by the cosine of the mean latitude, so that distances near the middle
    are true (equirectangular projection). Points without the field stand apart.
    Raises LayoutError when no point has it.
    """
    found = {
        record.id: (record.payload or {}).get(field)
        for page in record_pages(client, collection, with_payload=[field])
        for record in page
    }
    degrees = np.array([_degrees(found.get(point)) for point in table.ids]).reshape(-1, 2)
    placed = np.isfinite(degrees).all(axis=1)
    if not placed.any():
        raise LayoutError(f"No point of {collection!r} has coordinates in the field {field!r}")
    units = to_map_units(_projected(degrees, placed), placed)
    return Layout(table.ids, units, placed, table.marks(), Method.PAYLOAD, {"field": field})


def _degrees(value: Any) -> tuple[float, float]:
    """Return longitude and latitude; NaN where the value is no geo point."""
    if isinstance(value, list) and value:
        value = value[0]
    try:
        return float(value["lon"]), float(value["lat"])
    except (TypeError, KeyError, ValueError):
        return np.nan, np.nan


def _projected(degrees: NDArray[np.float64], placed: NDArray[np.bool_]) -> NDArray[np.float64]:
    shortened = np.cos(np.radians(degrees[placed, 1].mean()))
    projected: NDArray[np.float64] = degrees * np.array([shortened, 1.0])
    return projected
