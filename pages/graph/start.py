"""Which points the graph begins with: a sample, one point, or what Explore found."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

import streamlit as st

from engine.errors import EngineError
from explorer.answer import ask
from explorer.examples import Vector
from explorer.graph.drawing import most_points
from explorer.graph.view import MAX_POINTS, Chosen, Sample, View
from explorer.pipeline.question import read_id
from explorer.results import counted
from pages import bound, notice, startup, visit
from pages.graph import arrival as graph_arrival
from pages.graph import visit as graph_visit

if TYPE_CHECKING:
    from engine.ids import PointId
    from explorer.workspace import CollectionSummary, Workspace

_RESULTS = "results of Explore"


def show(workspace: Workspace, summary: CollectionSummary, view: View) -> None:
    """Draw the button that tells the start, and behind it the choice."""
    points = st.popover(
        _start_text(view), icon=":material/scatter_plot:", key="graph-points", on_change="rerun"
    )
    if points.open:
        with points:
            _points(workspace, summary, view)


def _start_text(view: View) -> str:
    if isinstance(view.start, Sample):
        return f"Sample of {view.start.size:,}"
    if view.start.origin:
        return view.start.origin.capitalize()
    return counted(len(view.start.ids), "point")


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
    spec = summary.vectors.get(view.using)
    most = MAX_POINTS if spec is None else most_points(spec)
    most = max(min(most, summary.points), 4)  # a slider needs two ends
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
            **bound.value(
                "graph.conditions",
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
        notice.later(str(error), "error")
        return
    view = graph_visit.view()
    if not startup.workspace().client.retrieve(view.collection, [point], with_payload=False):
        notice.later(f"There is no point {point} in {view.collection!r}.", "search_off")
        return
    graph_visit.restart(view.around(point))
    graph_visit.looking(at=point)


def _begin_with_results(workspace: Workspace, summary: CollectionSummary) -> None:
    draft = visit.draft()
    try:
        hits = ask(workspace, startup.texts(), draft, summary.hints).hits
    except EngineError as error:
        notice.later(str(error), "error")
        return
    examples = (p.example for p in draft.played if not isinstance(p.example, Vector))
    ids = (*examples, *(cast("PointId", hit.id) for hit in hits))
    if not ids:
        notice.later("The query on the Explore page finds nothing.", "search_off")
        return
    view = replace(graph_visit.view(), using=draft.using)
    graph_visit.restart(view.starting(Chosen(ids, _RESULTS)))
