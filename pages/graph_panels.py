"""Beside the graph: the point that is looked at, the groups, all points as a table, and files."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import streamlit as st

from explorer.draft import Draft
from explorer.events import SelectionUsed, VectorChosen
from explorer.graph import Chosen, Linking
from explorer.graph.centrality import bridges
from explorer.graph.export import GraphFormat, write_graph
from explorer.graph.groups import clumps, sizes
from explorer.graph.looks import group_names, title, titles
from explorer.pipeline.question import read_id
from explorer.results import describe, score_text
from pages import graph_visit, visit
from pages.components import mount

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from engine.ids import PointId
    from explorer.graph import Drawing, Graph
    from explorer.hints import Hints
    from explorer.points import PointMap

CHANNEL = "graph.cards"
EXPLORE = "explore.py"

_EXPAND = [{"role": "target", "label": "Add its neighbours", "key": "e"}]
_HUBS = 12
_BRIDGES = 50
_EXAMPLES = 20
_FORMATS = {
    GraphFormat.GRAPHML: "GraphML, for Gephi, yEd, Cytoscape",
    GraphFormat.GEXF: "GEXF, for Gephi",
    GraphFormat.JSON: "JSON, nodes and links",
    GraphFormat.CSV: "CSV, links only",
}


def point(drawing: Drawing, shown: Graph, hints: Hints) -> None:
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
    st.markdown(f"**{_escaped(looks.title)}** :gray[{_escaped(looks.subtitle)}]")
    st.caption(
        f"#{point} · {shown.degrees[place]:,} links · nearest of {drawing.occurrences[place]:,} "
        f"others · community {drawing.communities[place] + 1}"
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
            _explore(drawing, [point])


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


def groups(drawing: Drawing, shown: Graph, hints: Hints) -> None:
    """Draw the communities or clumps as a table; choosing one selects its points."""
    kind = st.segmented_control(
        "Groups",
        ["Communities", "Clumps"],
        default="Communities",
        required=True,
        key="graph.groups",
        label_visibility="collapsed",
        help="**Communities** have more links inside than between them (Leiden).  \n"
        "**Clumps** hang together by the links that are not cut off.",
    )
    found = drawing.communities if kind == "Communities" else clumps(shown)
    counts = sizes(found)
    several = np.flatnonzero(counts > 1)
    key = f"graph.{kind} {drawing.points.version} {len(shown.edges)}"
    names = group_names(found, drawing, hints)
    table = pd.DataFrame(
        {
            "around": [names[group].partition(" · ")[2] for group in several],
            "points": counts[several],
        },
        index=pd.Index(several + 1, name="#"),
    )
    st.dataframe(
        table,
        key=key,
        on_select=partial(_select_group, key, drawing, found, several),
        selection_mode="single-row",
        height="content" if len(table) < 9 else 320,
    )
    alone = int((counts == 1).sum())
    if alone:
        st.caption(f"{alone:,} points stand alone.")
    _bridges(drawing, hints)


def _select_group(
    key: str, drawing: Drawing, found: NDArray[np.int32], several: NDArray[np.int64]
) -> None:
    rows = st.session_state[key]["selection"]["rows"]
    members = np.flatnonzero(found == several[rows[0]]) if rows else np.empty(0, np.int64)
    graph_visit.selecting([drawing.graph.ids[place] for place in members.tolist()])


def _bridges(drawing: Drawing, hints: Hints) -> None:
    if drawing.view.linking is Linking.TREE:
        st.caption("Every link of a tree is a bridge: without it the tree would fall apart.")
        return
    rows = bridges(drawing.graph)
    ends = drawing.graph.edges[rows]
    rows = rows[(drawing.graph.degrees[ends] > 1).all(axis=1)]
    if not len(rows):
        st.caption("No single link holds larger parts together.")
        return
    st.caption(f"**Bridges**: {len(rows):,} links hold larger parts together alone.")
    a, b = drawing.graph.edges[rows[:_BRIDGES]].T
    st.dataframe(
        pd.DataFrame(
            {
                "from": [title(drawing, place, hints) for place in a.tolist()],
                "to": [title(drawing, place, hints) for place in b.tolist()],
                "score": drawing.graph.scores[rows[:_BRIDGES]],
            }
        ),
        hide_index=True,
        height="content" if len(rows) < 7 else 240,
    )


def table(
    drawing: Drawing, shown: Graph, hints: Hints, betweenness: NDArray[np.float32] | None
) -> None:
    """Draw all points as a table; choosing a row looks at the point."""
    counted = {} if betweenness is None else {"betweenness": betweenness}
    rows = pd.DataFrame(
        {
            "id": [str(point) for point in drawing.graph.ids],
            "point": titles(drawing, hints),
            "links": shown.degrees,
            "hubness": drawing.occurrences,
            "community": drawing.communities + 1,
            **counted,
        }
    ).sort_values("hubness", ascending=False, kind="stable")
    key = f"graph.points {drawing.points.version}"
    st.dataframe(
        rows,
        key=key,
        on_select=partial(_look_at_row, key, rows["id"].tolist()),
        selection_mode="single-row",
        hide_index=True,
        height=480,
        column_config={
            "hubness": st.column_config.NumberColumn(
                help=f"Among the {drawing.view.k} nearest of so many others"
            ),
            "links": st.column_config.NumberColumn(help="That are not cut off"),
        },
    )


def _look_at_row(key: str, ids: Sequence[str]) -> None:
    rows = st.session_state[key]["selection"]["rows"]
    graph_visit.looking(at=read_id(ids[rows[0]]) if rows else None)


def files(drawing: Drawing, hints: Hints) -> None:
    """Draw the downloads."""
    stem = f"{drawing.view.collection}-{drawing.view.linking}"
    for kind, label in _FORMATS.items():
        st.download_button(
            label,
            partial(write_graph, drawing, hints, kind),
            file_name=f"{stem}.{kind}",
            mime=kind.media_type,
            key=f"graph.file.{kind}",
            icon=":material/download:",
            on_click="ignore",
        )
    st.caption("The address of this page brings the same graph back.")


def selection(drawing: Drawing) -> None:
    """Draw what can be done with points that were drawn around, or chosen as a group."""
    ids = graph_visit.selection()
    if not ids:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.markdown(f"**{len(ids):,}** selected", width="content")
        st.button(
            "Only these",
            key="graph.only",
            icon=":material/filter_alt:",
            help="A graph of these points alone",
            on_click=_only,
            args=(ids,),
        )
        if st.button(
            "More like these",
            key="graph.like",
            icon=":material/explore:",
            help=f"In Explore; of many, {_EXAMPLES} with the most links are the examples",
        ):
            _explore(drawing, _central(drawing, ids))
        if st.button("Show in Explore", key="graph.selected", icon=":material/select_all:"):
            _begin_explore(drawing)
            visit.select(ids)
            st.switch_page(EXPLORE)
        st.button(
            "Drop the selection",
            key="graph.drop",
            icon=":material/close:",
            type="tertiary",
            on_click=graph_visit.selecting,
            args=((),),
        )


def _only(ids: tuple[PointId, ...]) -> None:

    graph_visit.restart(graph_visit.view().starting(Chosen(ids, "selected points")))


def _central(drawing: Drawing, ids: Sequence[PointId]) -> list[PointId]:
    degrees, places = drawing.graph.degrees, drawing.graph.places
    return sorted(ids, key=lambda point: -int(degrees[places[point]]))[:_EXAMPLES]


def _explore(drawing: Drawing, ids: Sequence[PointId]) -> None:
    """Ask on the Explore page for more like these points."""
    _begin_explore(drawing)
    visit.apply(SelectionUsed(tuple(ids), "positive"))
    st.switch_page(EXPLORE)


def _begin_explore(drawing: Drawing) -> None:

    view = drawing.view
    if visit.begun() and visit.draft().collection == view.collection:
        visit.apply(VectorChosen(view.using))
    else:
        visit.begin(Draft(view.collection, view.using))


def _escaped(text: str) -> str:
    """Return a text that Markdown shows as it is."""
    return "".join(f"\\{c}" if c in "\\`*_{}[]()#+-.!|<>:$~" else c for c in text)
