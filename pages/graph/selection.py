"""What can be done with points of the graph that were drawn around, or chosen as a group."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.events import SelectionUsed, VectorChosen
from explorer.graph.view import Chosen
from pages import scripts, selection_bar, visit
from pages.graph import visit as graph_visit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.ids import PointId
    from explorer.graph.drawing import Drawing
    from explorer.graph.view import View


_EXAMPLES = 20


def show(drawing: Drawing) -> None:
    """Draw what can be done with points that were drawn around, or chosen as a group."""
    ids = graph_visit.selection()
    if not ids:
        return
    with selection_bar.bar(ids, graph_visit.selecting):
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
            explore(drawing, _central(drawing, ids))
        if st.button("Show in Explore", key="graph.selected", icon=":material/select_all:"):
            _turn_explore_to(drawing.view)
            visit.select(ids)
            st.switch_page(scripts.EXPLORE)


def _only(ids: tuple[PointId, ...]) -> None:
    graph_visit.restart(graph_visit.view().starting(Chosen(ids, "selected points")))


def _central(drawing: Drawing, ids: Sequence[PointId]) -> list[PointId]:
    degrees, places = drawing.graph.degrees, drawing.graph.places
    return sorted(ids, key=lambda point: -int(degrees[places[point]]))[:_EXAMPLES]


def explore(drawing: Drawing, ids: Sequence[PointId]) -> None:
    """Ask on the Explore page for more like these points."""
    _turn_explore_to(drawing.view)
    visit.apply(SelectionUsed(tuple(ids), "positive"))
    st.switch_page(scripts.EXPLORE)


def _turn_explore_to(view: View) -> None:
    visit.turn_to(view.collection, view.using)
    visit.apply(VectorChosen(view.using))
