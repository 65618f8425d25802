"""The Graph page's toolbar: which points, how they are linked and placed, how they look."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from explorer.fields import FieldKind
from explorer.graph.linking import Linking
from explorer.graph.looks import MEASURES, SIZES
from explorer.graph.view import Placing, View
from pages import bound, controls, steps
from pages.graph import arrival as graph_arrival
from pages.graph import start as graph_start
from pages.graph import visit as graph_visit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamlit.delta_generator import DeltaGenerator

    from explorer.fields import PayloadField
    from explorer.workspace import CollectionSummary, Workspace

_LINKINGS = {Linking.NEAREST: "Nearest", Linking.MUTUAL: "Mutual", Linking.TREE: "Tree"}
_LINKING_HELP = (
    "**Nearest**: linked when either is among the other's nearest.  \n"
    "**Mutual**: only when both are.  \n"
    "**Tree**: the closest links that hold all together (minimum spanning tree)."
)
_PLACINGS = {Placing.FORCE: "Force", Placing.MAP: "Map"}
_PLACING_HELP = (
    "**Force**: linked points draw near, others push away.  \n"
    "**Map**: every point stands where Explore's map has it."
)
_NUMBERS = (FieldKind.INTEGER, FieldKind.FLOAT)
_NEIGHBOURS = (3, 5, 8, 12, 15, 20, 30, 50)


def show(workspace: Workspace, summary: CollectionSummary, fields: Sequence[PayloadField]) -> None:
    """Draw the toolbar."""
    view = graph_visit.view()
    _place(workspace, summary, view)
    _steps()
    graph_start.show(workspace, summary, view)
    _links(view)
    _expands()
    st.space("stretch")
    with st.container(horizontal=True, width="content", gap="xsmall", key="graph-looks"):
        _looks(fields)


def _place(workspace: Workspace, summary: CollectionSummary, view: View) -> None:
    st.selectbox(
        "Collection",
        **bound.index(
            "graph.collection",
            workspace.names(),
            view.collection,
            partial(graph_arrival.turn_to, workspace),
        ),
        label_visibility="collapsed",
        width=150,
    )
    offered = dict.fromkeys((*summary.vectors, view.using))  # a link may name one that is missing
    if len(offered) > 1:
        st.selectbox(
            "Vector",
            **bound.index(
                "graph.using",
                list(offered),
                view.using,
                lambda using: graph_visit.show(replace(view, using=using)),
            ),
            format_func=lambda name: name or "(unnamed)",
            label_visibility="collapsed",
            width=120,
        )
    controls.read_again(workspace, view.collection)


def _links(view: View) -> None:
    name = _LINKINGS[view.linking]
    told = name if view.linking is Linking.TREE else f"{name} {view.k}"
    with st.popover(told, icon=":material/share:", key="graph-links"):
        _linking(view)
        _neighbours(view)
    st.segmented_control(
        "Places",
        list(Placing),
        **bound.default(
            "graph.placing",
            view.placing,
            lambda placing: graph_visit.show(replace(view, placing=Placing(placing))),
        ),
        format_func=_PLACINGS.__getitem__,
        required=True,
        label_visibility="collapsed",
        help=_PLACING_HELP,
    )


def _linking(view: View) -> None:
    st.segmented_control(
        "Links",
        list(Linking),
        **bound.default(
            "graph.linking",
            view.linking,
            lambda linking: graph_visit.show(replace(view, linking=Linking(linking))),
        ),
        format_func=_LINKINGS.__getitem__,
        required=True,
        help=_LINKING_HELP,
    )


def _neighbours(view: View) -> None:
    st.selectbox(
        "Neighbours",
        **bound.index(
            "graph.k",
            sorted({*_NEIGHBOURS, view.k}),
            view.k,
            lambda k: graph_visit.show(replace(view, k=k)),
        ),
        help="So many nearest of each point are linked, and so many an expansion adds. In a graph "
        "grown by clicks, points that were not clicked keep fewer links",
    )


def _steps() -> None:
    history = graph_visit.history()
    steps.show(
        "graph",
        graph_visit.undo if history.past else None,
        graph_visit.redo if history.future else None,
    )


def _expands() -> None:
    st.toggle(
        "Click expands",
        **bound.value("graph.expands", graph_visit.expands(), graph_visit.let_expand),
        help="A click on a point adds its nearest neighbours from the whole collection",
    )


def _looks(fields: Sequence[PayloadField]) -> None:
    look = graph_visit.look()
    names = dict(MEASURES) | {field.path: field.path for field in fields}
    chosen = look.colour if look.colour in names else next(iter(names))
    with _group("palette"):
        st.selectbox(
            "Colour by",
            **bound.index("graph.colour", list(names), chosen, partial(_look_by, "colour")),
            format_func=names.__getitem__,
            label_visibility="collapsed",
            width=130,
        )
    sizes = {"": "One size"} | {name: MEASURES[name] for name in SIZES}
    sizes |= {field.path: field.path for field in fields if field.kind in _NUMBERS}
    sized = look.size if look.size in sizes else ""
    with _group("bubble_chart"):
        st.selectbox(
            "Size by",
            **bound.index("graph.size", list(sizes), sized, partial(_look_by, "size")),
            format_func=sizes.__getitem__,
            label_visibility="collapsed",
            width=120,
        )


def _group(icon: str) -> DeltaGenerator:
    """Return a container that keeps a widget beside its icon."""
    together = st.container(
        horizontal=True, vertical_alignment="center", width="content", gap="xsmall"
    )
    together.markdown(f":gray[:material/{icon}:]", width="content")
    return together


def _look_by(name: str, value: str) -> None:
    graph_visit.looking(**{name: value})
