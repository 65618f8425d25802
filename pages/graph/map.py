"""The drawn graph on the map: its dots, links and names, and what a click does."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from explorer.examples import Role
from explorer.frontend import selected_indices
from explorer.graph.looks import packed_links, packed_sizes, titles
from explorer.hints import PictureKind
from pages import map_view, startup, visit
from pages.components import mount
from pages.graph import cutoff as graph_cutoff
from pages.graph import visit as graph_visit
from pages.serving import routes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from explorer.graph.drawing import Drawing
    from explorer.graph.graph import Graph
    from explorer.hints import Hints
    from explorer.points import Colouring, PointMap


CHANNEL = "graph"


def show(
    drawing: Drawing,
    shown: Graph,
    colouring: Colouring,
    sizes: NDArray[Any] | None,
    hints: Hints,
) -> None:
    """Draw the graph.

    Args:
        drawing: what is drawn.
        shown: its links that are not cut off.
        colouring: of its points.
        sizes: by which the dots grow, (n,), or None for dots of one size.
        hints: what names and pictures the points.

    """
    points, look = drawing.points, graph_visit.look()
    at = points.index(look.at)
    mount(
        "map",
        {
            "points": {
                "url": routes.points_url(points),
                "version": points.version,
                "camera": drawing.view.beginning,
            },
            "colour": map_view.colour(_kept(drawing, colouring.packed()), colouring),
            "overlay": {
                "roles": _roles(points, at),
                "hits": _neighbours(shown, at),
                "selected": _selected(points),
                "matching": None,
            },
            "active_role": None,
            "roles_available": [],
            "details_url": routes.details_url(points),
            "glyphs_url": _glyphs(drawing, hints),
            "names_url": _kept(drawing, json.dumps(titles(drawing, hints)).encode()),
            "sizes": None if sizes is None else {"url": _kept(drawing, packed_sizes(sizes))},
            "links": {
                "url": _kept(drawing, packed_links(drawing.graph)),
                "cutoff": graph_cutoff.bounded(drawing.graph),
                "larger_is_better": drawing.graph.larger_is_better,
                "focus": at,
            },
            "labels": {
                "hits": "neighbours",
                "click": "Click: add its neighbours"
                if graph_visit.expands()
                else "Click: show its neighbours",
            },
            "height": map_view.HEIGHT,
        },
        points,
        channel=CHANNEL,
        apply=take,
    )


def take(event: Mapping[str, Any], points: PointMap) -> None:
    """Let an event of the map change the view: clicks, selections, undo and redo."""
    match event["kind"]:
        case "click":
            index = event.get("index")
            if type(index) is int and 0 <= index < len(points):
                graph_visit.click(points.ids[index])
        case "box" | "lasso":
            try:
                indices = selected_indices(event, len(points)).tolist()
            except ValueError:  # drawn on the graph before this one: it selects nothing here
                indices = []
            graph_visit.selecting([points.ids[index] for index in indices])
        case "undo":
            graph_visit.undo()
        case "redo":
            graph_visit.redo()
        case "clear":
            graph_visit.selecting(())
            graph_visit.looking(at=None)


def _kept(drawing: Drawing, content: bytes) -> str:
    """Keep a file of the drawing, and return its URL."""
    collection = drawing.view.collection
    return routes.drawn_url(collection, startup.connection().drawings.keep(collection, content))


def _roles(points: PointMap, at: int | None) -> list[dict[str, Any]]:
    """Return the examples of Explore's query that are in the graph, and the point looked at."""
    roles: list[dict[str, Any]] = []
    if visit.begun() and visit.draft().collection == points.collection:
        roles = [
            {"index": index, "role": example.role, "pair": example.pair_number}
            for example in visit.draft().played
            if (index := points.index(example.example)) is not None and index != at
        ]
    return roles if at is None else [*roles, {"index": at, "role": Role.TARGET, "pair": None}]


def _neighbours(shown: Graph, at: int | None) -> list[dict[str, Any]]:
    if at is None:
        return []
    return [
        {"index": place, "rank": rank, "score": score}
        for rank, (place, score) in enumerate(shown.linked(at), start=1)
    ]


def _selected(points: PointMap) -> list[int] | None:
    ids = graph_visit.selection()
    return [index for point in ids if (index := points.index(point)) is not None] or None


def _glyphs(drawing: Drawing, hints: Hints) -> str | None:
    picture = hints.picture
    if picture is None or picture.kind is not PictureKind.GLYPH:
        return None
    glyphs = [str(payload.get(picture.field) or "") for payload in drawing.payloads]
    return _kept(drawing, json.dumps(glyphs, ensure_ascii=False).encode())
