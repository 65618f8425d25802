"""What one who has signed in with a key may do, and the way out."""

from __future__ import annotations

import streamlit as st

from pages import access
from pages.serving.gate import SIGN_OUT

_READER = (
    ":material/visibility: **Your key only allows reading.** Loading, importing, deleting, new "
    "layouts and other places need another one."
)
_WRITER = ":material/key: **You are signed in.** Your key allows everything."


def show() -> None:
    """Draw it with the way out; nothing where no key is asked for."""
    if not access.settings().has_key:
        return
    with (
        st.container(border=True, key="signed-in"),
        st.container(horizontal=True, vertical_alignment="center"),
    ):
        st.markdown(_WRITER if access.may_write() else _READER, width="stretch")
        link = f'<a href="{SIGN_OUT}" target="_self" style="color: inherit">Sign out</a>'
        st.html(link, width="content")


def explain() -> None:
    """Say to one who may only read why nothing can be added here."""
    if not access.may_write():
        st.markdown(_READER)
