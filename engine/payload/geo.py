"""Geographic conditions: within a radius, a box or a polygon."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from engine.errors import FormatError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from qdrant_client import models

    from engine.payload.column import Column, Mask

Degrees: TypeAlias = "NDArray[np.float64]"

EARTH_RADIUS = 6_371_008.8
"""Mean radius of the Earth in metres (IUGG), which Qdrant measures distances with."""


def haversine(lon: Degrees, lat: Degrees, center: models.GeoPoint) -> NDArray[np.float64]:
    """Return metres along the great circle from `center` to each place (degrees)."""
    phi, phi0 = np.radians(lat), np.radians(center.lat)
    half_lat, half_lon = (phi - phi0) / 2, np.radians(lon - center.lon) / 2
    chord = np.sin(half_lat) ** 2 + np.cos(phi) * np.cos(phi0) * np.sin(half_lon) ** 2
    return np.asarray(2 * EARTH_RADIUS * np.arcsin(np.sqrt(np.clip(chord, 0, 1))))


def radius_mask(circle: models.GeoRadius, column: Column) -> Mask:
    """Return bool (rows,): where a place is nearer than the radius. Raises FormatError."""
    _check([circle.center])
    lon, lat = column.geos.values.T
    # A degree of latitude is never shorter than this, so places outside the band are outside.
    band = np.degrees(circle.radius / EARTH_RADIUS) * (1 + 1e-9)
    inside = np.abs(lat - circle.center.lat) <= band
    inside[inside] = haversine(lon[inside], lat[inside], circle.center) < circle.radius
    return column.geos.any_of(inside, column.rows)


def box_mask(box: models.GeoBoundingBox, column: Column) -> Mask:
    """Return bool (rows,): where a place is strictly inside the box. Raises FormatError.

    A box whose left side lies east of its right side crosses the antimeridian.
    """
    _check([box.top_left, box.bottom_right])
    lon, lat = column.geos.values.T
    left, right = box.top_left.lon, box.bottom_right.lon
    east, west = lon > left, lon < right
    between = east & west if left <= right else east | west
    inside = between & (lat < box.top_left.lat) & (lat > box.bottom_right.lat)
    return column.geos.any_of(inside, column.rows)


def polygon_mask(polygon: models.GeoPolygon, column: Column) -> Mask:
    """Return bool (rows,): where a place is inside the polygon and outside its holes.

    Borders belong to neither. Raises FormatError for a ring that is open or has under 4 points.
    """
    lon, lat = column.geos.values.T
    inside, border = _ring_masks(polygon.exterior, lon, lat)
    hit = inside & ~border
    for hole in polygon.interiors or ():
        inside, border = _ring_masks(hole, lon, lat)
        hit &= ~inside & ~border
    return column.geos.any_of(hit, column.rows)


def _ring_masks(ring: models.GeoLineString, lon: Degrees, lat: Degrees) -> tuple[Mask, Mask]:
    """Return where places are inside (even-odd rule) and where they are on the ring itself."""
    _check_ring(ring.points)
    inside, border = np.zeros(len(lon), np.bool_), np.zeros(len(lon), np.bool_)
    for start, end in zip(ring.points, ring.points[1:], strict=False):
        side = (end.lon - start.lon) * (lat - start.lat) - (end.lat - start.lat) * (lon - start.lon)
        crosses = (start.lat > lat) != (end.lat > lat)
        inside ^= crosses & ((side > 0) == (end.lat > start.lat))
        border |= (
            (side == 0) & _between(lon, start.lon, end.lon) & _between(lat, start.lat, end.lat)
        )
    return inside, border


def _between(values: Degrees, one: float, other: float) -> Mask:
    return (values >= min(one, other)) & (values <= max(one, other))


def _check_ring(points: Sequence[models.GeoPoint]) -> None:
    _check(points)
    if len(points) < 4:
        raise FormatError(f"polygon ring has {len(points)} points; at least 4 are needed")
    if points[0] != points[-1]:
        raise FormatError("polygon ring is open: its first and last points must be the same")


def _check(points: Sequence[models.GeoPoint]) -> None:
    for point in points:
        _check_degrees("latitude", point.lat, 90)
        _check_degrees("longitude", point.lon, 180)


def _check_degrees(name: str, value: float, limit: Any) -> None:
    if not -limit <= value <= limit:
        raise FormatError(f"{name} {value} is outside [-{limit}, {limit}]")
