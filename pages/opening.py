"""How every page of a collection opens: where the link leads, on what there is, or why not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from engine.errors import EngineError
from explorer.layout import LayoutError
from pages import arrival, notice, scripts, startup, trouble, visit
from pages.connect import form as connect_form

if TYPE_CHECKING:
    from collections.abc import Callable

    from explorer.workspace import Workspace


def show(
    name: str,
    draw: Callable[[Workspace], None],
    begin: Callable[[Workspace], None] = arrival.begin,
) -> None:
    """Draw a page, or what is in the way of it and what to do.

    Args:
        name: of the page.
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
            st.fragment(_fragment, key=name)(workspace, draw)
        else:
            st.info("There is no collection yet.", icon=":material/database:")
            st.page_link(scripts.COLLECTIONS, label="Load or import one")
    except EngineError as error:
        trouble.show(error)


def _fragment(workspace: Workspace, draw: Callable[[Workspace], None]) -> None:
    """Draw everything that a click may change: a click costs one rerun of this."""
    notice.show()
    try:
        draw(workspace)
    except (EngineError, LayoutError) as error:
        trouble.show(error)
