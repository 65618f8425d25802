"""What a page shows in place of itself when the place that is looked at cannot be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from engine.errors import RequestError, StorageError
from explorer.cluster import ClusterError
from explorer.layout import LayoutError
from pages import scripts

if TYPE_CHECKING:
    from engine.errors import EngineError


def show(error: EngineError | LayoutError) -> None:
    """Draw what is wrong; where it is the place itself, also the way to another one."""
    match error:
        case StorageError():
            st.error(
                str(error), title="The data folder cannot be used", icon=":material/folder_off:"
            )
        case ClusterError():
            st.error(str(error), title="The server cannot be used", icon=":material/cloud_off:")
        case RequestError(status=404):
            st.error(str(error), icon=":material/error:")
            st.page_link(scripts.COLLECTIONS, label="See what there is", icon=":material/database:")
            return
        case LayoutError():
            st.error(str(error), icon=":material/map:")
            return
        case _:
            st.error(str(error), icon=":material/error:")
            return
    st.page_link(scripts.CONNECT, label="Look at another place", icon=":material/link:")
