"""How every page of a collection opens: where the link leads, on what there is, or why not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from engine.errors import EngineError
from pages import arrival, scripts, startup, trouble, visit
from pages.connect import form as connect_form

if TYPE_CHECKING:
    from collections.abc import Callable

    from explorer.workspace import Workspace


def show(
    draw: Callable[[Workspace], None], begin: Callable[[Workspace], None] = arrival.begin
) -> None:
    """Draw a page, or what is in the way of it and what to do.

    Args:
        draw: draws the page; the workspace has at least one collection.
        begin: makes ready what `draw` needs of the visit.

    """
    try:
        place = arrival.elsewhere()
        workspace = startup.workspace()
        if place is not None:
            connect_form.propose(place)
        elif workspace.names():
            begin(workspace)
            startup.connection().looked_at = visit.collection() or ""
            draw(workspace)
        else:
            st.info("There is no collection yet.", icon=":material/database:")
            st.page_link(scripts.COLLECTIONS, label="Load or import one")
    except EngineError as error:
        trouble.show(error)
