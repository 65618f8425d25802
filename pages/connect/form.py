"""The form that opens another place: a Qdrant server by URL and key, or a folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from engine.errors import EngineError
from explorer.cluster import Cluster
from explorer.connection import Folder
from pages import startup

if TYPE_CHECKING:
    from collections.abc import Callable

    from explorer.connection import Address

SERVER, FOLDER = "Qdrant server", "Folder on this machine"

_KEY = "connect.key"
_MESSAGE = "connect.message"


def show(proposed: str = "") -> None:
    """Draw the form, filled with a proposed place; what goes wrong is told below it."""
    kind = st.segmented_control(
        "Kind of place",
        [SERVER, FOLDER],
        default=SERVER if not proposed or "://" in proposed else FOLDER,
        required=True,
        key="connect.kind",
        label_visibility="collapsed",
    )
    if kind == FOLDER:
        _folder(proposed)
    else:
        _server(proposed)
    _tell()


def propose(place: str) -> None:
    """Draw the form for the place that a link is about, and the choice to stay."""
    st.info(
        f"This link is about `{place}`, which is not what you look at.",
        title="Connect first",
        icon=":material/link:",
    )
    with st.container(width=480):
        show(place)
        st.button("Stay here", key="connect.stay", type="tertiary", on_click=st.query_params.clear)


def known() -> None:
    """Draw a button for each server of the secrets file."""
    clusters = startup.known_clusters()
    for name, cluster in clusters.items():
        st.button(
            f"{name} :small[:gray[{cluster.url}]]",
            key=f"connect.known.{name}",
            icon=":material/dns:",
            on_click=connect,
            args=(clusters.__getitem__, name),
        )


def connect(find: Callable[..., Address], *given: str) -> None:
    """Look at the place that `find` returns, or remember what stands in the way."""
    try:
        startup.connect(find(*given))
    except EngineError as error:
        st.session_state[_MESSAGE] = str(error)
    else:
        st.session_state.pop(_KEY, None)


def _server(proposed: str) -> None:
    with st.form("connect.server", border=False):
        st.text_input(
            "URL",
            proposed if "://" in proposed else "",
            key="connect.url",
            placeholder="http://localhost:6333",
            help="The address of the REST interface. Without a port, 6333 is meant.",
        )
        st.text_input(
            "API key",
            type="password",
            key=_KEY,
            placeholder="none",
            autocomplete="off",
            help="Kept in this visit only: not in the address bar, in no link, in no log.",
        )
        st.form_submit_button(
            "Connect", type="primary", icon=":material/link:", on_click=connect, args=(_typed,)
        )


def _typed() -> Cluster:
    return Cluster.at(st.session_state["connect.url"], st.session_state[_KEY])


def _folder(proposed: str) -> None:
    with st.form("connect.folder", border=False):
        st.text_input(
            "Path",
            "" if "://" in proposed else proposed,
            key="connect.path",
            placeholder="/data/sextant",
            help="A data folder of this app, or an empty folder that becomes one.",
        )
        st.form_submit_button(
            "Open",
            type="primary",
            icon=":material/folder_open:",
            on_click=connect,
            args=(lambda: Folder.at(st.session_state["connect.path"]),),
        )


def _tell() -> None:
    message = st.session_state.pop(_MESSAGE, None)
    if message:
        st.error(message, title="Not connected", icon=":material/link_off:")
