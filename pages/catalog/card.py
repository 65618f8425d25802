"""One collection as a card: what it holds, and what can be done with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from engine.errors import EngineError, NotFound
from engine.schema import VectorKind
from explorer.layout import forget
from explorer.results import counted
from pages import access, arrival, export_panel, job_view, layout_panel, startup
from pages.catalog import bundled as bundled_view
from pages.catalog import importing as import_view
from pages.catalog import indexes as index_view
from pages.markdown_text import literal

if TYPE_CHECKING:
    from engine.schema import VectorSpec
    from explorer.fields import PayloadField
    from explorer.workspace import CollectionSummary, Workspace


SHOWN_VALUES = 4
"""Values that a field's line names."""


def show(workspace: Workspace, name: str) -> None:
    """Draw the card of a collection; a damaged one can still be deleted."""
    with st.container(border=True, key=f"card {name}"):
        try:
            _body(workspace, workspace.summary(name))
        except NotFound:  # while its card was drawn
            st.caption("This collection is gone.")
        except EngineError as error:
            st.error(str(error), title=name, icon=":material/broken_image:")
            _delete_button(workspace, name, "it cannot be read")


def _body(workspace: Workspace, summary: CollectionSummary) -> None:
    name = summary.name
    _head(workspace, summary)
    _unfinished(summary)
    index_view.show(workspace, name)
    _fields(workspace, summary)
    layout_panel.progress(name)
    job_view.show(export_panel.job_key(name), done=export_panel.offer)


def _head(workspace: Workspace, summary: CollectionSummary) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"head {summary.name}"):
        st.markdown(f"#### {literal(summary.name)}", width="stretch")
        if st.button("Explore", key=f"explore {summary.name}", icon=":material/explore:"):
            arrival.explore(summary)
        if access.may_write():
            with st.popover("Map", icon=":material/scatter_plot:"):
                layout_panel.show(summary)
        with st.popover("Export", icon=":material/file_save:"):
            export_panel.show(summary.name)
        _delete_button(workspace, summary.name, counted(summary.points, "point"))
    with st.container(horizontal=True, gap="small"):
        st.badge(counted(summary.points, "point"), color="gray", icon=":material/grain:")
        for spec in summary.vectors.values():
            st.badge(_vector_line(spec), color="blue")
    if summary.hints.about:
        st.caption(literal(summary.hints.about))


def _unfinished(summary: CollectionSummary) -> None:
    filling = {import_view.JOB, bundled_view.job_key(summary.name)}
    if summary.unfinished and filling.isdisjoint(startup.jobs().running()):
        st.warning(
            f"Filling it from {summary.unfinished} was cut short, so points are missing. "
            "Delete it, then load or import it again.",
            icon=":material/incomplete_circle:",
        )


def _vector_line(spec: VectorSpec) -> str:
    named = f"{spec.name} · " if spec.name else ""
    if spec.kind is VectorKind.SPARSE:
        return f"{named}sparse"
    many = "many × " if spec.kind is VectorKind.MULTI else ""
    return f"{named}{many}{spec.size} d · {spec.distance.value}"


def _fields(workspace: Workspace, summary: CollectionSummary) -> None:
    opened = st.expander("Payload fields", key=f"fields {summary.name}", on_change="rerun")
    if opened.open:
        with opened:
            fields = workspace.fields(summary.name)
            if fields:
                st.dataframe([_row(field) for field in fields], hide_index=True, width="stretch")
            else:
                st.caption("The points of this collection have no payload.")


def _row(field: PayloadField) -> dict[str, str | bool]:
    return {
        "field": field.path,
        "kind": field.kind.value,
        "indexed": field.indexed,
        "values": " ".join(filter(None, (_values(field), field.note))),
    }


def _values(field: PayloadField) -> str:
    if field.values:
        shown = ", ".join(f"{v.value} ({v.count:,})" for v in field.values[:SHOWN_VALUES])
        return f"{shown}, …" if len(field.values) > SHOWN_VALUES else shown
    return "" if field.low is None else f"{field.low} to {field.high}"


def _delete_button(workspace: Workspace, name: str, what: str) -> None:
    if access.may_write() and st.button("Delete", key=f"delete {name}", icon=":material/delete:"):
        _confirm(workspace, name, what)


@st.dialog("Delete this collection?", icon=":material/delete:")
def _confirm(workspace: Workspace, name: str, what: str) -> None:
    st.write(f"**{literal(name)}** ({what}) will be gone for good. Export it first to keep a copy.")
    typed = st.text_input("Type its name to confirm", key="delete confirmation", live=True)
    if st.button("Delete for good", type="primary", key="delete now", disabled=typed != name):
        try:
            workspace.client.delete_collection(name)
        except EngineError as error:
            st.error(str(error), icon=":material/error:")
            return
        connection = startup.connection()
        forget(name, connection.layouts)
        connection.forget(name)
        for key in (layout_panel.job_key(name), export_panel.job_key(name)):
            connection.jobs.dismiss(key)
        st.rerun()
