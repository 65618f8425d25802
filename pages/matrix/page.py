"""The Matrix page: some points compared with each other, as a heat map beside the map."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.results import a_vector, counted
from pages import (
    click_events,
    controls,
    filters_popover,
    layout_panel,
    map_view,
    opening,
    reading,
    selection_bar,
    startup,
    visit,
)
from pages.components import mount
from pages.matrix import heat as matrix_heat
from pages.matrix import panels as matrix_panels
from pages.matrix import question as matrix_question
from pages.matrix.question import FEWEST

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from engine.ids import PointId
    from explorer.matrix import Matrix
    from explorer.points import PointMap
    from explorer.workspace import CollectionSummary, Workspace

HEIGHT = "max(20rem, min(calc(100dvh - 13rem), max(28rem, 54vw)))"


def _draw(workspace: Workspace) -> None:
    try:
        _compared(workspace)
    except ValueError as error:
        st.warning(str(error), icon=":material/grid_off:")


def _compared(workspace: Workspace) -> None:
    draft, summary, fields = reading.present(workspace)
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        controls.place(workspace, draft, summary.vectors)
        controls.undo_redo("matrix")
        question, scale = matrix_question.show(draft)
        filters_popover.show(fields, summary.hints)
        filters_popover.chips()
        st.space("stretch")
        kept = startup.point_maps().kept(draft.collection, draft.using)
        colour = controls.colour(fields, summary.hints, kept)
        known = startup.connection().matrices.kept(question) if question is not None else None
        layout_panel.popover(summary, draft.using, known)
    points = reading.point_map(summary, draft.using)
    if points is None:
        return
    left, right = st.columns([50, 50], gap="small")
    with left:
        layout_panel.progress(summary.name)
        _map(points, summary, colour)
        selection_bar.show()
    with right:
        matrix = matrix_question.matrix(question) if question is not None else None
        if question is None:
            _ask_for_points()
        elif matrix is not None and len(matrix) >= FEWEST:
            matrix_heat.show(matrix, points, scale, HEIGHT)
        elif matrix is not None:
            _say_why_nothing(summary, matrix.question.using)
    if matrix is not None and len(matrix) >= FEWEST:
        st.caption(_heading(matrix))
        matrix_panels.show(workspace, summary, matrix)


def _map(points: PointMap, summary: CollectionSummary, colour: str | None) -> None:
    """Draw the map; a click puts a point into the selection or takes it out."""
    data = map_view.scene(points, summary.hints, colour)
    data["height"] = HEIGHT
    mount("map", data, points, channel="matrix.map", apply=_take)


def _take(event: Mapping[str, Any], points: PointMap) -> None:
    match event["kind"]:
        case "box" | "lasso":
            click_events.select(event, points)
        case "click":
            point = click_events.clicked_point(event, points)
            if point is not None:
                visit.select(_toggled(visit.selection(), point))
        case "clear":
            visit.select(())


def _toggled(chosen: tuple[PointId, ...], point: PointId) -> tuple[PointId, ...]:
    if point in chosen:
        return tuple(other for other in chosen if other != point)
    return (*chosen, point)


def _heading(matrix: Matrix) -> str:
    found = f"{counted(len(matrix), 'point')}, {counted(len(matrix.cells[2]), 'pair')}"
    groups = int(matrix.seriation.groups.max()) + 1
    order = f"ordered by {groups} groups" if groups > 1 else "in one group"
    return f"{found}, {order}. The bars along the edges are the groups."


def _ask_for_points() -> None:
    st.info(
        f"Choose at least {FEWEST} points to compare: click them on the map, or draw around them "
        "with Shift held down.",
        icon=":material/touch_app:",
    )


def _say_why_nothing(summary: CollectionSummary, using: str) -> None:
    st.info(
        f"Fewer than {FEWEST} of the chosen points in {summary.name!r} have {a_vector(using)}, so "
        "there is nothing to compare. Choose another vector, more points, or fewer filters.",
        icon=":material/grid_off:",
    )


opening.show("matrix", _draw)
