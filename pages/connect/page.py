"""The Connect page: what is looked at now, and the way to another place and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from engine.errors import EngineError
from explorer.cluster import Cluster
from pages import access, scripts, startup, trouble
from pages.connect import form as connect_form
from pages.serving import signed_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.connection import Connection


SHOWN_NAMES = 12
"""Collections that are named."""


def _now() -> Connection | None:
    """Draw what is looked at, or why nothing can be."""
    try:
        connection = startup.connection()
        names = connection.workspace.names()
    except EngineError as error:
        trouble.show(error)
        return None
    with st.container(border=True, key="place"):
        _head(connection)
        st.caption(_line(names))
        for note in _notes(connection):
            st.warning(note, icon=":material/warning:")
    return connection


def _line(names: Sequence[str]) -> str:
    """Return how many collections there are, and the first of them."""
    if not names:
        return "No collection yet."
    shown = ", ".join(names[:SHOWN_NAMES])
    count = f"{len(names):,} collection{'s' if len(names) > 1 else ''}"
    return f"{count}: {shown}{', …' if len(names) > SHOWN_NAMES else ''}"


def _head(connection: Connection) -> None:
    remote = isinstance(connection.address, Cluster)
    icon, what = ("dns", "Qdrant server") if remote else ("folder", "Embedded engine")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f":material/{icon}: **{what}** `{connection.address.name}`", width="stretch")
        if st.button("Explore", icon=":material/explore:", key="connect.explore"):
            st.switch_page(scripts.EXPLORE)


def _notes(connection: Connection) -> list[str]:
    """Return what to know about the place."""
    notes = [connection.note] if connection.note else []
    address = connection.address
    if isinstance(address, Cluster) and address.api_key and address.is_open_to_listeners:
        notes.append("The key and the data travel unencrypted: use https outside of your network.")
    return notes


def _back(connection: Connection | None) -> None:
    """Draw the way back to the embedded engine."""
    if connection is None or connection.address != startup.own_folder():
        st.button(
            "Back to the data of this app",
            key="connect.own",
            icon=":material/home:",
            on_click=connect_form.connect,
            args=(startup.own_folder,),
        )


st.title("Connect", anchor=False)
here, elsewhere = st.columns([3, 2], gap="large")
with here:
    st.subheader("You look at", anchor=False)
    _back(_now())
    signed_in.show()
with elsewhere:
    if access.may_write():
        st.subheader("Look at another place", anchor=False)
        connect_form.known()
        connect_form.show()
