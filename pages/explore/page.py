"""The Explore page: a map, a query built by pointing at it, and what the query finds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import streamlit as st

from engine.errors import EngineError
from explorer.answer import Answer, ask, refused
from pages import (
    code_panel,
    controls,
    filters_popover,
    layout_panel,
    map_view,
    opening,
    reading,
    selection_bar,
    startup,
)
from pages.explore import compare
from pages.explore import examples as examples_view
from pages.explore import help as help_dialog
from pages.explore import results as results_view

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamlit.delta_generator import DeltaGenerator

    from explorer.draft import Draft
    from explorer.fields import PayloadField
    from explorer.workspace import CollectionSummary, Workspace


_COMPARE = "Compare"  # its columns want more room than cards do


def _draw(workspace: Workspace) -> None:
    draft, summary, fields = reading.present(workspace)
    with st.container(gap="xsmall"):
        with _row("explore-toolbar"):
            field = _toolbar(workspace, draft, summary, fields)
        points = reading.point_map(summary, draft.using)
        if points is None:
            return
        with st.container(
            horizontal=True, wrap=False, vertical_alignment="top", gap="xsmall", key="examples"
        ):
            controls.role(draft)
            examples_view.show(workspace, points, draft, summary.hints)
            filters_popover.chips()
        answer = _answer(workspace, draft, summary)
        side_by_side = st.session_state.get("panel") == _COMPARE
        left, right = st.columns([52, 48] if side_by_side else [64, 36], gap="small")
        with left:
            layout_panel.progress(summary.name)
            map_view.show(points, draft, answer.hits, summary.hints, field)
            selection_bar.show()
            reading.refresh(summary, points)
        with right, st.container(key="results"):
            tabs = st.tabs(["Results", _COMPARE, "Code"], key="panel", on_change="rerun")
            found, compared, code = tabs
            if compared.open:
                with compared:
                    compare.show(workspace, points, draft, summary, fields)
            elif code.open:
                with code:
                    code_panel.show(draft, answer)
            else:
                with found:
                    results_view.show(points, draft, answer, summary.hints)
                    results_view.suggestions(draft, summary.hints)


def _toolbar(
    workspace: Workspace,
    draft: Draft,
    summary: CollectionSummary,
    fields: Sequence[PayloadField],
) -> str | None:
    """Draw the toolbar in two halves, a row each where it is narrow.

    Returns the field that colours the map.
    """
    with _row("explore-asked", "content"):
        controls.place(workspace, draft, summary.vectors)
        controls.mode(draft)
    with _row("explore-tools"):
        controls.text(draft)
        controls.undo_redo_clear()
        kept = startup.point_maps().kept(draft.collection, draft.using)
        field = controls.colour(fields, summary.hints, kept)
        layout_panel.popover(summary, draft.using)
        filters_popover.show(fields, summary.hints)
        _options(workspace, draft)
        if st.button(
            "Help",
            icon=":material/keyboard:",
            type="tertiary",
            key="icon-help",
            help="Keys and gestures",
        ):
            help_dialog.show()
    return field


def _row(key: str, width: Literal["stretch", "content"] = "stretch") -> DeltaGenerator:
    return st.container(
        horizontal=True, vertical_alignment="center", gap="xsmall", key=key, width=width
    )


def _options(workspace: Workspace, draft: Draft) -> None:
    """Draw how results are made, behind a button."""
    options = st.popover(
        "Options",
        icon=":material/tune:",
        key="options",
        on_change="rerun",
        help="Options: the strategy, how many results, how good at least",
    )
    if options.open:
        with options:
            controls.settings(workspace, draft)


def _answer(workspace: Workspace, draft: Draft, summary: CollectionSummary) -> Answer:
    texts, hints = startup.texts(), summary.hints
    try:
        if draft.text and texts.must_read(draft, hints) and reading.words(summary) is None:
            return Answer()
        return ask(workspace, texts, draft, hints)
    except EngineError as error:
        return refused(workspace, draft, hints, error)


opening.show("explore", _draw)
