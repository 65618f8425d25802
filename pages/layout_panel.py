"""How the points of a collection are placed on the map: PCA, UMAP, or geography."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.fields import FieldKind
from explorer.layout import (
    Method,
    Recipe,
    Settings,
    lay_out,
)
from pages import startup

if TYPE_CHECKING:
    from explorer.connection import Connection
    from explorer.jobs import Report, Stopped
    from explorer.workspace import CollectionSummary, Workspace

_LABELS = {
    Method.PCA: "PCA (at once)",
    Method.UMAP: "UMAP (in the background)",
    Method.PAYLOAD: "Geography",
}


def job_key(collection: str) -> str:
    """Return the key of a collection's layout job."""
    return f"layout {collection}"


def show(workspace: Workspace, summary: CollectionSummary) -> None:
    """Draw the choice of vector and method, and the button that starts it."""
    name = summary.name
    using = st.selectbox(
        "Vector",
        list(summary.vectors),
        index=list(summary.vectors).index(summary.default_vector),
        format_func=lambda vector: vector or "unnamed",
        key=f"layout vector {name}",
    )
    method = st.selectbox(
        "Method",
        list(_LABELS),
        format_func=lambda method: _LABELS[method],
        key=f"layout method {name}",
    )
    settings = _umap_settings(name) if method is Method.UMAP else Settings()
    field = _geo_field(workspace, name) if method is Method.PAYLOAD else None
    running = job_key(name) in startup.jobs().running()
    st.button(
        "Lay out",
        key=f"lay out {name}",
        type="primary",
        icon=":material/scatter_plot:",
        disabled=running or (method is Method.PAYLOAD and field is None),
        on_click=_start,
        args=(startup.connection(), name, using, method, settings, field),
    )


def start_umap(connection: Connection, name: str) -> None:
    """Let UMAP replace the first map of a new collection as soon as it is ready."""
    using = connection.workspace.summary(name).default_vector
    _start(connection, name, using, Method.UMAP, Settings(), None)


def finished(collection: str) -> None:
    """Say that the map has its new layout."""
    st.success("The map has its new layout.", icon=":material/scatter_plot:")
    st.button(
        "Dismiss",
        key=f"dismiss {job_key(collection)}",
        on_click=startup.jobs().dismiss,
        args=(job_key(collection),),
    )


def _umap_settings(name: str) -> Settings:
    neighbours = st.slider(
        "Neighbours",
        *(5, 100, 15),
        key=f"neighbours {name}",
        help="How many nearest points each point holds on to: few show detail, many the whole.",
    )
    min_dist = st.slider(
        "Least distance",
        *(0.0, 0.9, 0.1),
        key=f"least distance {name}",
        help="How near points may come on the map.",
    )
    return Settings(neighbours, min_dist)


def _geo_field(workspace: Workspace, name: str) -> str | None:
    geo = [field.path for field in workspace.fields(name) if field.kind is FieldKind.GEO]
    if not geo:
        st.caption("No payload field has geographic coordinates.")
        return None
    return st.selectbox("Field", geo, key=f"layout field {name}")


def _start(
    connection: Connection,
    name: str,
    using: str,
    method: Method,
    settings: Settings,
    field: str | None,
) -> None:
    client, folder = connection.workspace.client, connection.layouts

    recipe = Recipe(using, method, settings, () if field is None else (field,))

    def work(report: Report, stopped: Stopped) -> None:
        lay_out(client, name, recipe, folder, report, stopped)
        connection.forget(name)

    connection.start(job_key(name), f"{method.upper()} of {name}", work)
