"""The drawn graphs of a client's collections, and the files that the browser fetches of them."""

from __future__ import annotations

from functools import partial
from hashlib import blake2b
from typing import TYPE_CHECKING

from explorer.graph.drawing import Drawing, draw
from explorer.kept import Kept

if TYPE_CHECKING:
    from explorer.client import Client
    from explorer.graph.view import View
    from explorer.jobs import Report, Stopped
    from explorer.points import PointMap, PointMaps

MAX_DRAWINGS = 24
"""Drawings that are kept, so that undo is at once; each holds its points' payloads."""

MAX_FILES = 96


class Drawings:
    """Drawings by their views, made on first use and kept; and packed files by their content."""

    def __init__(self, client: Client, maps: PointMaps) -> None:
        """Read through `client`; `maps` gives the collections' own maps."""
        self._client = client
        self._maps = maps
        self._drawings: Kept[tuple[int | None, Drawing]] = Kept(MAX_DRAWINGS)
        self._files: Kept[bytes] = Kept(MAX_FILES)
        self._points: Kept[PointMap] = Kept(MAX_DRAWINGS)

    def drawing(
        self, view: View, report: Report | None = None, stopped: Stopped | None = None
    ) -> Drawing:
        """Return the drawing of a view. Raises what `explorer.graph.drawing.draw` raises.

        Points that came or went since make a new drawing; other changes are for `forget`.
        """
        known = self.kept(view)
        if known is not None:
            return known
        count = self._count(view)
        places = partial(self._maps.points, view.collection, view.using, report, stopped)
        before = partial(self.drawing, report=report, stopped=stopped)
        drawing = draw(self._client, view, places, before, report, stopped)
        self._points.put((view.collection, drawing.points.version), drawing.points)
        return self._drawings.put((view.collection, view), (count, drawing))[1]

    def kept(self, view: View) -> Drawing | None:
        """Return the drawing that is kept, or None."""
        known = self._drawings.find((view.collection, view))
        return known[1] if known is not None and known[0] == self._count(view) else None

    def points(self, collection: str, version: str) -> PointMap | None:
        """Return the points of a drawing by their version, or None when they are not kept."""
        return self._points.find((collection, version))

    def keep(self, collection: str, content: bytes) -> str:
        """Keep a file for the browser to fetch; returns its version."""
        version = blake2b(content, digest_size=12).hexdigest()
        self._files.put((collection, version), content)
        return version

    def file(self, collection: str, version: str) -> bytes | None:
        """Return what `keep` returned the version of, or None when it is no longer kept."""
        return self._files.find((collection, version))

    def forget(self, collection: str) -> None:
        """Drop what is kept of a collection, whose payload, vectors or layout have changed."""
        for kept in (self._drawings, self._files, self._points):
            kept.forget(collection)

    def _count(self, view: View) -> int | None:
        return self._client.get_collection(view.collection).points_count
