"""The bundled data sets that are not loaded yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from explorer import catalog
from explorer.bundle import CatalogError
from explorer.catalog import LoadCancelled
from explorer.jobs import Cancelled
from pages import job_view, startup

if TYPE_CHECKING:
    from explorer.bundle import BundledSet
    from explorer.connection import Connection
    from explorer.jobs import Report, Stopped
    from explorer.workspace import Workspace


def job_key(name: str) -> str:
    """Return the key of the job that loads a bundled set."""
    return f"load {name}"


def show(workspace: Workspace) -> None:
    """Offer each bundled set that is not a collection yet."""
    st.subheader("Bundled data", anchor=False)
    try:
        there = workspace.names()
        missing = [bundle for bundle in catalog.bundled() if bundle.name not in there]
    except CatalogError as error:
        st.error(str(error), icon=":material/broken_image:")
        return
    if not missing:
        st.caption("All bundled sets are loaded.")
    for bundle in missing:
        _offer(bundle)


def _offer(bundle: BundledSet) -> None:
    key = job_key(bundle.name)
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(
                f"**{bundle.card.title}** :small[:gray[{bundle.card.points:,} points]]",
                width="stretch",
            )
            st.button(
                "Load",
                key=key,
                icon=":material/download:",
                on_click=_start,
                args=(startup.connection(), bundle),
                disabled=key in startup.jobs().running(),
            )
        st.caption(bundle.card.summary)
        job_view.show(key, done=_ignore)


def _ignore(_result: Any) -> None:
    """Draw nothing: the new collection's card says it."""


def _start(connection: Connection, bundle: BundledSet) -> None:
    def load(report: Report, stopped: Stopped) -> None:
        try:
            catalog.load(
                connection.workspace.client,
                bundle.name,
                progress=lambda done, total: report(done, total, "Writing points"),
                cancelled=stopped,
            )
        except LoadCancelled as cancelled:
            raise Cancelled from cancelled

    connection.start(job_key(bundle.name), f"Loading {bundle.card.title}", load)
