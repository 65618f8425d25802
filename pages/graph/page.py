"""The Graph page: points and the links among them, grown by clicking."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from engine.errors import EngineError
from explorer.graph.drawing import GraphError, check_vector
from explorer.graph.looks import colouring, measures, size_values
from pages import opening, reading, startup, trouble
from pages.graph import arrival as graph_arrival
from pages.graph import cutoff as graph_cutoff
from pages.graph import files as graph_files
from pages.graph import groups as graph_groups
from pages.graph import map as graph_map
from pages.graph import point as graph_point
from pages.graph import selection as graph_selection
from pages.graph import table as graph_table
from pages.graph import toolbar as graph_toolbar
from pages.graph import visit as graph_visit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from explorer.graph.drawing import Drawing
    from explorer.graph.view import Look
    from explorer.workspace import CollectionSummary, Workspace


_BETWEENNESS = "@betweenness"


def _draw(workspace: Workspace) -> None:
    try:
        _graph(workspace)
    except EngineError as error:
        trouble.show(error)
        _way_back()
    except GraphError as error:
        st.warning(str(error), icon=":material/hub:")


def _graph(workspace: Workspace) -> None:
    view = graph_visit.view()
    graph_visit.write_link()
    summary = workspace.summary(view.collection)
    fields = reading.fields(summary)
    with st.container(gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
            graph_toolbar.show(workspace, summary, fields)
        check_vector(summary.vectors, view)
        drawing = _drawing()
        if drawing is None:
            if _key() not in startup.jobs().running():
                _way_back()
            return
        _tell_missing(drawing)
        if len(drawing.graph) < 2:
            _too_few(drawing)
            return
        _show(drawing, summary)


def _show(drawing: Drawing, summary: CollectionSummary) -> None:
    hints, look = summary.hints, graph_visit.look()
    shown = drawing.graph.within(graph_cutoff.bounded(drawing.graph))
    graph_cutoff.show(drawing, shown)
    paths = _betweenness(drawing, look)
    if paths is None and _BETWEENNESS in (look.colour, look.size):
        return
    numbers = measures(drawing, paths)
    colours = colouring(drawing, shown, look.colour, numbers, hints)
    left, right = st.columns([64, 36], gap="small")
    with left:
        sizes = size_values(drawing, look.size, numbers)
        graph_map.show(drawing, shown, colours, sizes, hints)
        graph_selection.show(drawing)
    with right, st.container(key="results"):
        one, groups, table, files = st.tabs(
            ["Point", "Groups", "Points", "Export"], key="graph.panel", on_change="rerun"
        )
        if groups.open:
            with groups:
                graph_groups.show(drawing, shown, hints)
        elif table.open:
            with table:
                graph_table.show(drawing, shown, hints, paths)
        elif files.open:
            with files:
                graph_files.show(drawing, hints)
        else:
            with one:
                graph_point.show(drawing, shown, hints)


def _drawing() -> Drawing | None:
    """Return the drawing of the present view, or None while a job makes it."""
    view, drawings = graph_visit.view(), startup.connection().drawings
    return drawings.kept(view) or reading.awaited(
        _key(), "Drawing the graph", partial(drawings.drawing, view)
    )


def _key() -> str:
    """Return the key of the job that draws the present view."""
    return f"graph {hash(graph_visit.view())}"


def _betweenness(drawing: Drawing, look: Look) -> NDArray[Any] | None:
    """Return the betweenness of the points where it is looked at, None while a job counts it."""
    if _BETWEENNESS not in (look.colour, look.size):
        return None
    work = partial(startup.connection().drawings.betweenness, drawing)
    return reading.awaited(f"paths {drawing.points.version}", "Counting paths", work)


def _tell_missing(drawing: Drawing) -> None:
    if drawing.missing:
        named = ", ".join(f"#{point}" for point in drawing.missing[:5])
        more = f" and {len(drawing.missing) - 5:,} more" if len(drawing.missing) > 5 else ""
        st.caption(
            f":material/warning: {named}{more} cannot be drawn: deleted, or without the vector "
            f"{drawing.view.using or 'of this collection'!r}."
        )


def _too_few(drawing: Drawing) -> None:
    view = drawing.view
    st.info(
        "A graph needs at least two points that have this vector"
        + (" and pass the filter." if view.conditions else ".")
        + " Begin with other points, or another vector.",
        icon=":material/hub:",
    )
    _way_back()


def _way_back() -> None:
    if graph_visit.history().past:
        st.button("Back to the graph before", icon=":material/undo:", on_click=graph_visit.undo)
        return
    view = graph_visit.view()
    first = graph_arrival.first(startup.workspace(), view.collection)
    if first != view:
        st.button(
            "Begin with a sample",
            icon=":material/casino:",
            on_click=graph_visit.begin,
            args=(first,),
        )


opening.show("graph", _draw, graph_arrival.begin)
