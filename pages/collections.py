"""The Collections page: what is stored; load, import, lay out, export, delete."""

from __future__ import annotations

import streamlit as st

from engine.errors import StorageError
from pages import bundled_view, collection_card, import_view, startup

st.title("Collections", anchor=False)
try:
    workspace = startup.workspace()
except StorageError as error:
    st.error(str(error), title="The data folder cannot be used", icon=":material/folder_off:")
    st.stop()

stored, added = st.columns([3, 2], gap="large")
with stored:
    names = workspace.names()
    for name in names:
        collection_card.show(workspace, name)
    if not names:
        st.info(
            "Load a bundled set or import a file of your own.",
            title="There is no collection yet",
            icon=":material/database:",
        )
with added:
    import_view.show(workspace)
    bundled_view.show(workspace)
