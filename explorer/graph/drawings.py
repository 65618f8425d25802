"""The drawn graphs of a client's collections, and the files that the browser fetches of them."""

from __future__ import annotations

from functools import partial
from hashlib import blake2b
from typing import TYPE_CHECKING

from explorer.client import change_count
from explorer.graph.centrality import betweenness
from explorer.graph.drawing import Drawing, draw
from explorer.graph.process import apart
from explorer.kept import Kept

if TYPE_CHECKING:
    from collections.abc import Hashable

    import numpy as np
    from numpy.typing import NDArray

    from explorer.client import Client
    from explorer.graph.view import View
    from explorer.jobs import Report, Stopped
    from explorer.nearest import Nearest
    from explorer.points import PointMap, PointMaps

MAX_DRAWINGS = 24
"""Drawings that are kept, so that undo is at once; each holds its points' payloads."""

MAX_FILES = 96


class Drawings:
    """Drawings by their views, made on first use and kept; and packed files by their content."""

    def __init__(self, client: Client, maps: PointMaps, nearest: Nearest) -> None:
        """Read through `client`; `maps` gives the collections' own maps, `nearest` neighbours."""
        self._client = client
        self._maps = maps
        self._nearest = nearest
        self._drawings: Kept[Drawing] = Kept(MAX_DRAWINGS)
        self._files: Kept[bytes] = Kept(MAX_FILES)
        self._betweenness: Kept[NDArray[np.float32]] = Kept(MAX_DRAWINGS)
        self._points: Kept[PointMap] = Kept(MAX_DRAWINGS)

    def drawing(
        self, view: View, report: Report | None = None, stopped: Stopped | None = None
    ) -> Drawing:
        """Return the drawing of a view as the data is now.

        A server tells only of points that came or went; its other changes are for `forget`.
        Raises what `explorer.graph.drawing.draw` raises.
        """
        known = self.kept(view)
        if known is not None:
            return known
        key = self._key(view)
        places = partial(self._maps.points, view.collection, view.using, report, stopped)
        before = partial(self.drawing, report=report, stopped=stopped)
        drawing = draw(self._client, self._nearest, view, places, before, report, stopped)
        self._points.put((view.collection, drawing.points.version), drawing.points)
        return self._drawings.put(key, drawing)

    def kept(self, view: View) -> Drawing | None:
        """Return the drawing that is kept, or None."""
        return self._drawings.find(self._key(view))

    def betweenness(
        self, drawing: Drawing, report: Report | None = None, stopped: Stopped | None = None
    ) -> NDArray[np.float32]:
        """Return that measure of the points, float32 (n,); raises Cancelled when stopped."""
        key = (drawing.view.collection, drawing.points.version)
        known = self._betweenness.find(key)
        if known is not None:
            return known
        found = apart(betweenness, drawing.graph, report=report, stopped=stopped)
        return self._betweenness.put(key, found)

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
        for kept in (self._drawings, self._files, self._betweenness, self._points):
            kept.forget(collection)

    def _key(self, view: View) -> tuple[Hashable, ...]:
        points = self._client.get_collection(view.collection).points_count
        return (view.collection, view, points, change_count(self._client, view.collection))
