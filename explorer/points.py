"""The map's points in one fixed order, and what the browser fetches about them as packed numbers.

Files are little-endian and start with `uint32 n`. Points: `float32 x0, y0, x1, y1 ...`, or in space
`x0, y0, z0, x1 ...`. Colours:
`uint32 bytes_per_code`, then the codes, the largest of which means "no value". Masks: one bit a
point, the lowest first.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from engine.payload.key_path import parse_key_path
from explorer.client import change_count
from explorer.colours import Legend, encode
from explorer.jobs import Cancelled
from explorer.kept import Kept
from explorer.layout import Layout, Tint, layout_for, tint_values
from explorer.records import record_pages

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping
    from pathlib import Path

    from numpy.typing import NDArray
    from qdrant_client import models

    from engine.ids import PointId
    from explorer.client import Client
    from explorer.jobs import Report, Stopped

MAX_MAPS = 8
"""Maps that are kept; each holds 8 bytes and an id per point."""

MAX_COLOURINGS = 32
MAX_MASKS = 64


@dataclass(frozen=True, eq=False)
class PointMap:
    """Where the points of one collection lie; a point's index is its place in `ids`.

    Attributes:
        collection: whose points they are.
        using: the vector they were laid out by; `""` is the unnamed one.
        layout: ids and coordinates; points without that vector stand apart.

    """

    collection: str
    using: str
    layout: Layout

    @property
    def ids(self) -> tuple[PointId, ...]:
        """Ids in the order of the map."""
        return self.layout.ids

    @property
    def version(self) -> str:
        """A name for exactly these points at these places."""
        return self.layout.key

    def __len__(self) -> int:
        """Return the number of points."""
        return len(self.ids)

    def index(self, point_id: object) -> int | None:
        """Return the index of a point, or None when it is not on the map."""
        return self._places.get(cast("PointId", point_id))

    def packed(self) -> bytes:
        """Return the points file."""
        return packed_places(self.layout.places)

    def packed_mask(self, ids: Iterable[PointId]) -> bytes:
        """Return the mask file in which the bits of these points are set."""
        inside = np.zeros(len(self), np.bool_)
        places = [place for point in ids if (place := self._places.get(point)) is not None]
        inside[places] = True
        return _count(len(self)) + np.packbits(inside, bitorder="little").tobytes()

    @cached_property
    def _places(self) -> dict[PointId, int]:
        return {point: place for place, point in enumerate(self.ids)}


@dataclass(frozen=True, eq=False)
class Colouring:
    """The points of a map coloured by a payload field.

    Attributes:
        field: the payload key path.
        codes: uint8 or uint16 (n,), in the order of the map.
        legend: what the codes mean.

    """

    field: str
    codes: NDArray[np.uint8] | NDArray[np.uint16]
    legend: Legend

    @cached_property
    def version(self) -> str:
        """A name for exactly these codes."""
        return blake2b(self.packed(), digest_size=8).hexdigest()

    def packed(self) -> bytes:
        """Return the colours file."""
        width = self.codes.dtype.itemsize
        return _count(len(self.codes)) + _count(width) + self.codes.astype(f"<u{width}").tobytes()


@dataclass(frozen=True, eq=False)
class Matching:
    """The points of a map that pass a filter; they are looked up when the browser asks for them."""

    points: PointMap
    wanted: models.Filter
    client: Client
    changes: int

    @cached_property
    def version(self) -> str:
        """A name for this filter on exactly these points with their present payload."""
        question = f"{self.points.collection}\0{self.points.version}\0{self.changes}\0"
        text = question + self.wanted.model_dump_json(exclude_none=True)
        return blake2b(text.encode(), digest_size=12).hexdigest()

    @cached_property
    def packed(self) -> bytes:
        """The mask file."""
        pages = record_pages(self.client, self.points.collection, wanted=self.wanted)
        return self.points.packed_mask(
            cast("PointId", record.id) for page in pages for record in page
        )


class PointMaps:
    """The maps, colourings and masks of a client's collections, made on first use and kept."""

    def __init__(self, client: Client, folder: Path | None = None) -> None:
        """Read through `client`; `folder` is where layouts are stored."""
        self._client = client
        self._folder = folder
        self._maps: Kept[tuple[int | None, PointMap]] = Kept(MAX_MAPS)
        self._colourings: Kept[Colouring] = Kept(MAX_COLOURINGS)
        self._known_colours: Kept[Mapping[str, str]] = Kept(MAX_COLOURINGS)
        self._masks: Kept[Matching] = Kept(MAX_MASKS)
        self._tints: Kept[Colouring] = Kept(MAX_COLOURINGS)
        self._moving: dict[tuple[str, str], bytes] = {}

    def points(
        self,
        collection: str,
        using: str,
        report: Report | None = None,
        stopped: Stopped | None = None,
    ) -> PointMap:
        """Return the map of a collection laid out by the vector `using`.

        Points that came or went since make a new map; changed vectors are for `forget`.
        Raises what reading the collection raises, LayoutError where there is no such vector, and
        Cancelled when stopped.
        """
        count = self._client.get_collection(collection).points_count
        known = self._maps.find((collection, using))
        if known is not None and known[0] == count:
            return known[1]
        layout = layout_for(self._client, collection, using, self._folder, report, stopped)
        return self._maps.put((collection, using), (count, PointMap(collection, using, layout)))[1]

    def move(self, collection: str, using: str, places: NDArray[np.float32] | None) -> None:
        """Tell where the points of a map stand while they are laid out; None when they arrived."""
        if places is None:
            self._moving.pop((collection, using), None)
        else:
            self._moving[collection, using] = packed_places(places)

    def moving(self, collection: str, using: str) -> bytes | None:
        """Return the points file of points that are being laid out, or None."""
        return self._moving.get((collection, using))

    def kept(self, collection: str, using: str) -> PointMap | None:
        """Return the map that is kept, whatever came or went since, or None."""
        known = self._maps.find((collection, using))
        return known and known[1]

    def colouring(
        self,
        points: PointMap,
        field: str,
        report: Report | None = None,
        stopped: Stopped | None = None,
    ) -> Colouring:
        """Return the map's points coloured by a payload field, or by a `Tint` of the layout.

        Raises Cancelled when stopped.
        """
        known = self.kept_colouring(points, field)
        if known is not None:
            return known
        if field in set(Tint):
            wanted: list[Any] = [*tint_values(points.layout, Tint(field))]
        else:
            values = self._values(points, field, report, stopped)
            wanted = [values.get(point) for point in points.ids]
        colouring = Colouring(field, *self._encoded(points.collection, field, wanted))
        return self._colourings.put(self._colouring_key(points, field), colouring)

    def kept_colouring(self, points: PointMap, field: str) -> Colouring | None:
        """Return the colouring that is kept, or None."""
        return self._colourings.find(self._colouring_key(points, field))

    def keep_tint(self, points: PointMap, colouring: Colouring) -> Colouring:
        """Keep colours that no payload field has, for the browser's fetch of them."""
        return self._tints.put((points.collection, colouring.version), colouring)

    def tint_of(self, collection: str, version: str) -> Colouring | None:
        """Return the kept colours of this version, or None when they are no longer kept."""
        return self._tints.find((collection, version))

    def glyphs(self, points: PointMap, field: str) -> list[str]:
        """Return what a payload field holds for each point, to be drawn in place of its dot."""
        values = self._values(points, field)
        return [str(values.get(point) or "") for point in points.ids]

    def matching(self, points: PointMap, wanted: models.Filter) -> Matching:
        """Return the points that pass a filter; keeps it for the fetch of its mask."""
        changes = change_count(self._client, points.collection)
        matching = Matching(points, wanted, self._client, changes)
        key = (points.collection, matching.version)
        return self._masks.find(key) or self._masks.put(key, matching)

    def matching_of(self, collection: str, version: str) -> Matching | None:
        """Return what `matching` returned under this version, or None when it is no longer kept."""
        return self._masks.find((collection, version))

    def forget(self, collection: str) -> None:
        """Drop what is kept of a collection, whose payload, vectors or layout have changed.

        Values keep their colours all the same: whoever looks at the map finds them again.
        """
        for kept in (self._maps, self._colourings, self._masks, self._tints):
            kept.forget(collection)

    def _encoded(
        self, collection: str, field: str, values: list[Any]
    ) -> tuple[NDArray[np.uint8], Legend]:
        """Return codes and legend of values; what had a colour before keeps it."""
        key = (collection, field)
        known = self._known_colours.find(key) or {}
        codes, legend = encode(values, known)
        gone = {name: colour for name, colour in known.items() if colour not in legend.palette}
        self._known_colours.put(key, gone | legend.colours)
        return codes, legend

    def _colouring_key(self, points: PointMap, field: str) -> tuple[Hashable, ...]:
        changes = change_count(self._client, points.collection)
        return (points.collection, points.version, field, changes)

    def _values(
        self,
        points: PointMap,
        field: str,
        report: Report | None = None,
        stopped: Stopped | None = None,
    ) -> dict[PointId, Any]:
        """Return the first value of a payload field by point."""
        path = parse_key_path(field)
        values: dict[PointId, Any] = {}
        for page in record_pages(self._client, points.collection, with_payload=[field]):
            for record in page:
                first = next(iter(path.nodes(record.payload or {})), None)
                values[cast("PointId", record.id)] = first
            if report:
                report(len(values), len(points), "Reading values")
            if stopped and stopped():
                raise Cancelled
        return values


def packed_places(places: NDArray[np.float32]) -> bytes:
    """Return the points file of places (n, 2 or 3)."""
    return _count(len(places)) + np.ascontiguousarray(places, "<f4").tobytes()


def _count(n: int) -> bytes:
    return n.to_bytes(4, "little")
