"""A drawn graph: the points of a view, their links, and the places where they stand."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from engine.schema import VectorKind
from explorer.graph.centrality import bridges, occurrences
from explorer.graph.force import force_layout, placed_among
from explorer.graph.groups import communities
from explorer.graph.linking import Linking, link, neighbours_for
from explorer.graph.process import apart
from explorer.graph.view import MAX_POINTS, Chosen, Placing, Sample
from explorer.layout import Layout, Method
from explorer.nearest import Scope, within
from explorer.points import PointMap
from explorer.records import chosen_records

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from engine.ids import PointId
    from engine.schema import VectorSpec
    from explorer.client import Client
    from explorer.graph.graph import Graph
    from explorer.graph.view import View
    from explorer.jobs import Report, Stopped
    from explorer.nearest import Nearest
    from explorer.neighbours import Neighbours


MAX_MULTI = 1_000
"""Points that are linked by a multivector at most: each pair compares all vectors of both."""


class GraphError(Exception):
    """A graph cannot be drawn; the message says what to choose instead."""


@dataclass(frozen=True, eq=False)
class Drawing:
    """A view of some data, drawn.

    Attributes:
        view: what is drawn.
        graph: its points and links.
        xy: float64 (n, 2), their places; linked points of a force layout are about 1 apart.
        occurrences: int32 (n,), among the k nearest of how many others each point is.
        payloads: of the points, in their order.
        missing: points that the view names and that are not here, or lack the vector.

    """

    view: View
    graph: Graph
    xy: NDArray[np.float64]
    occurrences: NDArray[np.int32]
    payloads: tuple[Mapping[str, Any], ...]
    missing: tuple[PointId, ...] = ()

    @cached_property
    def points(self) -> PointMap:
        """The points as the map component draws them."""
        n = len(self.graph)
        everywhere, unmarked = np.ones(n, np.bool_), np.zeros(n, np.uint64)
        xy = self.xy.astype(np.float32)
        layout = Layout(self.graph.ids, xy, everywhere, unmarked, Method.FORCE)
        return PointMap(self.view.collection, self.view.using, layout)

    @cached_property
    def communities(self) -> NDArray[np.int32]:
        """The community of each point, int32 (n,): 0 is the largest."""
        return apart(communities, self.graph)

    @cached_property
    def bridges(self) -> NDArray[np.int64]:
        """The links without which the graph would fall apart, ascending rows of its `edges`."""
        return apart(bridges, self.graph)


def draw(
    client: Client,
    nearest: Nearest,
    view: View,
    places: Callable[[], PointMap],
    before: Callable[[View], Drawing],
    report: Report | None = None,
    stopped: Stopped | None = None,
) -> Drawing:
    """Draw a view.

    Args:
        client: embedded or remote.
        nearest: finds neighbours through that client.
        view: what to draw.
        places: gives the collection's own map, for `Placing.MAP`.
        before: gives the drawing of the view before its last expansion: its points stay in place.
        report: told how far it is.
        stopped: asked between the steps.

    Returns:
        The drawing; it has fewer than two points where no others are found.

    Raises:
        Cancelled: `stopped` said so.
        RequestError: what the client raises for a collection, vector or filter that does not fit.

    """
    known = before(view.before) if view.expanded else None
    wanted = None if known is None else _with_nearest(client, view, known)
    graph, occurring = _linked(client, nearest, view, wanted, report, stopped)
    if view.placing is Placing.MAP:
        xy = _on_map(graph, places(), stopped)
    elif known is not None and len(known.graph):
        xy = _beside(graph, known, stopped)
    else:
        xy = apart(force_layout, graph, report=report, stopped=stopped)
    return Drawing(
        view, graph, xy, occurring, _payloads(client, view, graph), _missing(view, graph)
    )


def check_vector(vectors: Mapping[str, VectorSpec], view: View) -> None:
    """Raise GraphError where no vector of that name links points, or too slowly for so many."""
    spec = vectors.get(view.using)
    if spec is None:
        raise GraphError(f"There is no vector {view.using!r} here. Choose {_listed(vectors)}.")
    start = view.start
    points = start.size if isinstance(start, Sample) else len(start.ids)
    if points > most_points(spec):
        raise GraphError(
            f"{_named(spec.name)} holds several vectors for each point, and all of them are "
            f"compared: at most {MAX_MULTI:,} points can be linked by it, not {points:,}. Begin "
            "with fewer points, or choose another vector."
        )


def most_points(spec: VectorSpec) -> int:
    """Return how many points a vector can link at most."""
    return MAX_MULTI if spec.kind is VectorKind.MULTI else MAX_POINTS


def _listed(vectors: Iterable[str]) -> str:
    return " or ".join(map(_named, vectors)) or "another collection: this one has no vectors"


def _named(vector: str) -> str:
    return repr(vector) if vector else "the unnamed vector"


def _with_nearest(client: Client, view: View, known: Drawing) -> tuple[PointId, ...]:
    """Return the points of a drawing and those nearest to the one expanded last."""
    start = view.start.ids if isinstance(view.start, Chosen) else ()
    answer = client.query_points(
        view.collection,
        query=view.expanded[-1],
        using=view.using or None,
        query_filter=view.filter(),
        limit=view.k,
        with_payload=False,
    )
    found = (cast("PointId", hit.id) for hit in answer.points)
    return tuple(dict.fromkeys((*known.graph.ids, *start, view.expanded[-1], *found)))[:MAX_POINTS]


def _linked(
    client: Client,
    nearest: Nearest,
    view: View,
    ids: tuple[PointId, ...] | None,
    report: Report | None,
    stopped: Stopped | None,
) -> tuple[Graph, NDArray[np.int32]]:
    """Return the graph of these points, by default those that the view begins with."""
    scope = _scope(view, ids)
    # What grows by clicks is asked for once: it shall not crowd out what is asked for again.
    grown = ids is not None
    find = partial(within, client) if grown else nearest.neighbours
    found = find(scope, report, stopped)
    occurring = occurrences(found, view.k)
    if view.expanded and view.linking is not Linking.TREE:
        found = _thinned(found, view.expanded)
    return link(found, view.linking), occurring


def _scope(view: View, ids: tuple[PointId, ...] | None) -> Scope:
    """Return what finds the neighbours that link these points, or those that the view begins with.

    What was chosen is drawn whether or not it passes the filter.
    """
    start = view.start
    if ids is None and isinstance(start, Sample):
        k = neighbours_for(view.linking, view.k, start.size)
        drawn = (start.size, start.seed)
        return Scope(view.collection, view.using, k, *drawn, conditions=view.conditions)
    ids = start.ids if isinstance(start, Chosen) and ids is None else ids or ()
    k = neighbours_for(view.linking, view.k, len(ids))
    return Scope(view.collection, view.using, k, ids=ids)


def _thinned(found: Neighbours, whole: Sequence[PointId]) -> Neighbours:
    """Return neighbours of which only those of some points are kept whole.

    In a graph of a few points nearly all are each other's nearest. So a point that was not expanded
    keeps no more neighbours than the root of their number, and the structure shows.
    """
    kept = np.arange(found.k) < np.ceil(np.sqrt(len(found)))
    kept = np.tile(kept, (len(found), 1))
    kept[[found.places[point] for point in whole if point in found.places]] = True
    return replace(found, indices=np.where(kept, found.indices, np.int32(-1)))


def _on_map(graph: Graph, points: PointMap, stopped: Stopped | None) -> NDArray[np.float64]:
    """Return the places on the collection's map; what came since stands amid its links."""
    rows = [points.index(point) for point in graph.ids]
    known = np.array([row is not None for row in rows], np.bool_)
    xy = np.zeros((len(graph), 2))
    xy[known] = points.layout.xy[[row for row in rows if row is not None]]
    return xy if known.all() else apart(placed_among, graph, xy=xy, known=known, stopped=stopped)


def _beside(graph: Graph, known: Drawing, stopped: Stopped | None) -> NDArray[np.float64]:
    """Return the places of a drawing, and for new points some among those they are linked to."""
    rows = [known.graph.places.get(point) for point in graph.ids]
    stays = np.array([row is not None for row in rows], np.bool_)
    xy = np.zeros((len(graph), 2))
    xy[stays] = known.xy[[row for row in rows if row is not None]]
    return apart(placed_among, graph, xy=xy, known=stays, stopped=stopped)


def _payloads(client: Client, view: View, graph: Graph) -> tuple[Mapping[str, Any], ...]:
    pages = chosen_records(client, view.collection, graph.ids, with_payload=True)
    by_id = {record.id: record.payload or {} for page in pages for record in page}
    return tuple(by_id.get(point, {}) for point in graph.ids)


def _missing(view: View, graph: Graph) -> tuple[PointId, ...]:
    named = view.start.ids if isinstance(view.start, Chosen) else ()
    return tuple(point for point in (*named, *view.expanded) if point not in graph.places)
