"""The point of the graph that is looked at, with its neighbours as cards; or the hubs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from explorer.pipeline.question import read_id
from explorer.results import counted, describe, score_text
from pages.components import mount
from pages.graph import selection as graph_selection
from pages.graph import visit as graph_visit
from pages.markdown_text import literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.ids import PointId
    from explorer.graph.drawing import Drawing
    from explorer.graph.graph import Graph
    from explorer.hints import Hints
    from explorer.points import PointMap

CHANNEL = "graph.cards"

_EXPAND = [{"role": "target", "label": "Add its neighbours", "key": "e"}]
_HUBS = 12


def show(drawing: Drawing, shown: Graph, hints: Hints) -> None:
    """Draw the point that is looked at and its neighbours, or the hubs while there is none."""
    place = drawing.points.index(graph_visit.look().at)
    if place is None:
        st.caption(
            "Click a point to see its neighbours. These hubs are among the nearest of most others:"
        )
        order = np.argsort(-drawing.occurrences, kind="stable")[:_HUBS].tolist()
        items = [
            _card(drawing, hub, hints, rank, float(count), f"{count:,}×")
            for rank, hub in enumerate(order, start=1)
            for count in (int(drawing.occurrences[hub]),)
        ]
    else:
        _heading(drawing, shown, place, hints)
        items = [
            _card(drawing, other, hints, rank, score, score_text(score))
            for rank, (other, score) in enumerate(shown.linked(place), start=1)
        ]
    mount(
        "cards",
        {
            "items": items,
            "active_role": None,
            "roles_available": _EXPAND,
            "empty": {
                "title": "No links",
                "text": "Loosen the cut-off, or add its neighbours from the whole collection.",
            },
            "loading": False,
        },
        drawing.points,
        channel=CHANNEL,
        apply=_take,
    )


def _heading(drawing: Drawing, shown: Graph, place: int, hints: Hints) -> None:
    point = drawing.graph.ids[place]
    looks = describe(point, drawing.payloads[place], hints)
    st.markdown(f"**{literal(looks.title)}** :gray[{literal(looks.subtitle)}]")
    st.caption(
        f"#{point} · {counted(shown.degrees[place], 'link')} · nearest of "
        f"{drawing.occurrences[place]:,} others · community {drawing.communities[place] + 1}"
    )
    with st.container(horizontal=True, gap="xsmall"):
        st.button(
            "Add its neighbours",
            key="graph.expand",
            icon=":material/add_circle:",
            disabled=point in drawing.view.expanded,
            help="Its nearest in the whole collection",
            on_click=graph_visit.expand,
            args=(point,),
        )
        st.button(
            "Start here",
            key="graph.around",
            icon=":material/my_location:",
            help="A graph of this point and its nearest alone",
            on_click=_start_around,
            args=(point,),
        )
        if st.button("More like this", key="graph.explore", icon=":material/explore:"):
            graph_selection.explore(drawing, [point])


def _start_around(point: PointId) -> None:
    graph_visit.restart(graph_visit.view().around(point))
    graph_visit.looking(at=point)


def _card(
    drawing: Drawing, place: int, hints: Hints, rank: int, score: float, shown: str
) -> dict[str, Any]:
    looks = describe(drawing.graph.ids[place], drawing.payloads[place], hints)
    return {
        "index": place,
        "id": str(looks.id),
        "title": looks.title,
        "subtitle": looks.subtitle,
        "score": score,
        "score_text": shown,
        "rank": rank,
        "picture": looks.picture,
        "fields": looks.fields,
        "role": None,
        "parts": [],
    }


def _take(event: Mapping[str, Any], _points: PointMap) -> None:
    """Look at the point of a card; its plus adds the neighbours."""
    if event["kind"] != "click" or not isinstance(event.get("id"), str):
        return
    try:
        chosen = read_id(event["id"])
    except ValueError:  # no card of ours has such an id
        return
    if event.get("role") == "target":
        graph_visit.expand(chosen)
    else:
        graph_visit.click(chosen)
