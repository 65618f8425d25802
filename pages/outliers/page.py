"""The Outliers page: points that deserve a second look, with the neighbours that say so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.findings import LabelError
from explorer.results import a_vector
from pages import controls, map_view, opening, reading
from pages.components import mount
from pages.outliers import actions as finding_actions
from pages.outliers import cards as finding_cards
from pages.outliers import focus as finding_focus
from pages.outliers import lists as outliers_lists
from pages.outliers import scope as outliers_scope

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.findings import Finding
    from explorer.points import PointMap
    from explorer.workspace import CollectionSummary, Workspace

FEWEST = 3
"""Points below which nothing stands out."""


def _draw(workspace: Workspace) -> None:
    try:
        _findings(workspace)
    except LabelError as error:
        st.info(str(error), icon=":material/label_off:")


def _findings(workspace: Workspace) -> None:
    draft, summary, fields = reading.present(workspace)
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        controls.place(workspace, draft, summary.vectors)
        kind = outliers_lists.kind()
        scope = outliers_scope.show(draft, summary)
        st.space("stretch")
        colour = controls.colour(fields, summary.hints)
    points = reading.point_map(summary, draft.using)
    near = None if points is None else outliers_scope.neighbours(scope)
    if points is None or near is None:
        return
    if len(near) < FEWEST:
        _say_why_nothing(summary, draft.using)
        return
    left, right = st.columns([58, 42], gap="small")
    with right:
        findings = outliers_lists.show(kind, scope, near, fields)
        drawn = findings[: outliers_lists.MOST]
        seen = finding_cards.looks(drawn, summary)
        focused = finding_focus.focused(drawn)
        finding_actions.show(summary, findings, focused)
        with st.container(key="results"):
            finding_cards.show("outliers.cards", drawn, seen, points, focused)
    with left:
        _map(points, summary, colour, drawn, focused)
        finding_focus.show(focused, seen, summary)


def _map(
    points: PointMap,
    summary: CollectionSummary,
    colour: str | None,
    findings: Sequence[Finding],
    focused: Finding | None,
) -> None:
    """Draw the map with a ring around each finding, and the neighbours of the one in focus."""
    data = map_view.scene(points, summary.hints, colour)
    data["overlay"] |= finding_cards.overlay(points, findings, focused)
    data["height"] = "max(18rem, min(calc(100dvh - 22rem), 105vw))"
    mount("map", data, points, channel="outliers.map", apply=finding_focus.take)


def _say_why_nothing(summary: CollectionSummary, using: str) -> None:
    st.info(
        f"Fewer than {FEWEST} of the compared points in {summary.name!r} have {a_vector(using)}, "
        "so nothing stands out. Choose another vector or widen what is compared.",
        icon=":material/scatter_plot:",
    )


opening.show("outliers", _draw)
