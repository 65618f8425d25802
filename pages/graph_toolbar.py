"""The Graph page's toolbar: which points, how they are linked and placed, how they look."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, cast

import streamlit as st

from engine.errors import EngineError
from explorer.answer import ask
from explorer.examples import Vector
from explorer.graph import Chosen, Linking, Placing, Sample, View
from explorer.graph.looks import MEASURES, SIZES
from explorer.graph.view import MAX_POINTS
from explorer.pipeline.question import read_id
from pages import graph_arrival, graph_visit, startup, steps, visit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamlit.delta_generator import DeltaGenerator

    from engine.ids import PointId
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
_NEIGHBOURS = (3, 5, 8, 12, 15, 20, 30, 50)
_RESULTS = "results of Explore"


def show(workspace: Workspace, summary: CollectionSummary, fields: Sequence[PayloadField]) -> None:
    """Draw the toolbar."""
    view = graph_visit.view()
    _place(workspace, summary, view)
    points = st.popover(
        _start_text(view), icon=":material/scatter_plot:", key="graph-points", on_change="rerun"
    )
    if points.open:
        with points:
            _points(workspace, summary, view)
    _links(view)
    _steps()
    st.space("stretch")
    _looks(fields)


def _place(workspace: Workspace, summary: CollectionSummary, view: View) -> None:
    st.selectbox(
        "Collection",
        workspace.names(),
        **graph_visit.bound(
            "collection",
            view.collection,
            lambda name: graph_visit.restart(graph_arrival.first(workspace, name)),
        ),
        label_visibility="collapsed",
        width=150,
    )
    if len(summary.vectors) > 1:
        st.selectbox(
            "Vector",
            list(summary.vectors),
            **graph_visit.bound(
                "using", view.using, lambda using: graph_visit.show(replace(view, using=using))
            ),
            format_func=lambda name: name or "(unnamed)",
            label_visibility="collapsed",
            width=120,
        )


def _start_text(view: View) -> str:
    if isinstance(view.start, Sample):
        return f"Sample of {view.start.size:,}"
    if view.start.origin:
        return view.start.origin.capitalize()
    return "1 point" if len(view.start.ids) == 1 else f"{len(view.start.ids):,} points"


def _points(workspace: Workspace, summary: CollectionSummary, view: View) -> None:
    """Draw the choice of the points that the graph begins with."""
    st.text_input(
        "Around a point",
        placeholder="Its id, such as 12",
        icon=":material/my_location:",
        key="graph.id",
        on_change=_begin_around,
        help="Begins with a point and its nearest neighbours",
    )
    _from_explore(workspace, summary, view)
    sample = view.start if isinstance(view.start, Sample) else Sample(graph_arrival.FIRST_SAMPLE)
    most = max(min(MAX_POINTS, summary.points), 3)
    size = st.slider("Sample", 3, most, min(sample.size, most), key="graph.size")
    seed = st.number_input(
        "Seed", 0, 2**31 - 1, sample.seed, key="graph.seed", help="The same seed, the same points"
    )
    st.button(
        "Draw a sample",
        key="graph.sample",
        icon=":material/casino:",
        type="primary",
        on_click=lambda: graph_visit.restart(view.starting(Sample(size, int(seed)))),
    )
    _conditions(view)


def _from_explore(workspace: Workspace, summary: CollectionSummary, view: View) -> None:
    here = visit.begun() and visit.draft().collection == view.collection
    asked = here and bool(visit.draft().played or visit.draft().text)
    st.button(
        "Explore's results",
        key="graph.results",
        icon=":material/explore:",
        disabled=not asked,
        help="Begins with what the query on the Explore page finds, and its examples"
        if asked
        else f"Ask something of {view.collection!r} on the Explore page first",
        on_click=_begin_with_results,
        args=(workspace, summary),
    )


def _conditions(view: View) -> None:
    """Draw the switch that takes over the filter of the Explore page."""
    here = visit.begun() and visit.draft().collection == view.collection
    offered = (visit.draft().conditions if here else ()) or view.conditions
    if offered:
        st.toggle(
            f"Only {'; '.join(condition.label() for condition in offered)}",
            **graph_visit.bound(
                "conditions",
                bool(view.conditions),
                lambda on: graph_visit.restart(
                    replace(view, conditions=offered if on else (), expanded=())
                ),
            ),
            help="The filter of the Explore page",
        )


def _begin_around() -> None:
    written = st.session_state["graph.id"].strip().removeprefix("#")
    st.session_state["graph.id"] = ""
    if not written:
        return
    try:
        point = read_id(written)
    except ValueError as error:
        st.toast(str(error), icon=":material/error:")
        return
    view = graph_visit.view()
    if not startup.workspace().client.retrieve(view.collection, [point], with_payload=False):
        st.toast(f"There is no point {point} in {view.collection!r}.", icon=":material/search_off:")
        return
    graph_visit.restart(view.around(point))
    graph_visit.looking(at=point)


def _begin_with_results(workspace: Workspace, summary: CollectionSummary) -> None:
    draft = visit.draft()
    try:
        hits = ask(workspace, startup.texts(), draft, summary.hints).hits
    except EngineError as error:
        st.toast(str(error), icon=":material/error:")
        return
    examples = (p.example for p in draft.played if not isinstance(p.example, Vector))
    ids = (*examples, *(cast("PointId", hit.id) for hit in hits))
    if not ids:
        st.toast("The query on the Explore page finds nothing.", icon=":material/search_off:")
        return
    view = replace(graph_visit.view(), using=draft.using)
    graph_visit.restart(view.starting(Chosen(ids, _RESULTS)))


def _links(view: View) -> None:
    st.segmented_control(
        "Links",
        list(Linking),
        **graph_visit.bound(
            "linking",
            view.linking,
            lambda linking: graph_visit.show(replace(view, linking=Linking(linking))),
        ),
        format_func=_LINKINGS.__getitem__,
        required=True,
        label_visibility="collapsed",
        help=_LINKING_HELP,
    )
    st.selectbox(
        "Neighbours",
        sorted({*_NEIGHBOURS, view.k}),
        **graph_visit.bound("k", view.k, lambda k: graph_visit.show(replace(view, k=k))),
        format_func=lambda k: f"{k} neighbours",
        label_visibility="collapsed",
        width=140,
        help="So many nearest of each point are linked, and so many an expansion adds. In a graph "
        "grown by clicks, points that were not clicked keep fewer links",
    )
    st.segmented_control(
        "Places",
        list(Placing),
        **graph_visit.bound(
            "placing",
            view.placing,
            lambda placing: graph_visit.show(replace(view, placing=Placing(placing))),
        ),
        format_func=_PLACINGS.__getitem__,
        required=True,
        label_visibility="collapsed",
        help=_PLACING_HELP,
    )


def _steps() -> None:
    history = graph_visit.history()
    steps.show(
        "graph",
        graph_visit.undo if history.past else None,
        graph_visit.redo if history.future else None,
    )
    st.toggle(
        "Click expands",
        **graph_visit.bound("expands", graph_visit.expands(), graph_visit.let_expand),
        help="A click on a point adds its nearest neighbours from the whole collection",
    )


def _looks(fields: Sequence[PayloadField]) -> None:
    look = graph_visit.look()
    names = dict(MEASURES) | {field.path: field.path for field in fields}
    chosen = look.colour if look.colour in names else next(iter(names))
    with _group("palette"):
        st.selectbox(
            "Colour by",
            list(names),
            **graph_visit.bound("colour", chosen, partial(_look_by, "colour")),
            format_func=names.__getitem__,
            label_visibility="collapsed",
            width=130,
        )
    with _group("bubble_chart"):
        st.selectbox(
            "Size by",
            ["", *SIZES],
            **graph_visit.bound(
                "size", look.size if look.size in SIZES else "", partial(_look_by, "size")
            ),
            format_func=lambda name: MEASURES.get(name, "One size"),
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
