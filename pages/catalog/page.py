"""The Collections page: what is stored; load, import, lay out, export, delete."""

from __future__ import annotations

import streamlit as st

from engine.errors import EngineError
from pages import access, startup, trouble
from pages.catalog import bundled as bundled_view
from pages.catalog import card as collection_card
from pages.catalog import importing as import_view
from pages.serving import signed_in

st.title("Collections", anchor=False)
try:
    workspace = startup.workspace()
    stored, added = st.columns([3, 2], gap="large")
    # Drawn first: the collection that a job has just ended with is among the names then.
    with added, st.container(key="added"):
        signed_in.explain()
        if access.may_write():
            import_view.show(workspace)
            bundled_view.show(workspace)
    names = workspace.names()
except EngineError as error:
    trouble.show(error)
    st.stop()

with stored:
    for name in names:
        collection_card.show(workspace, name)
    if not names:
        st.info(
            "Load a bundled set or import a file of your own.",
            title="There is no collection yet",
            icon=":material/database:",
        )
