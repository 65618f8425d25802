"""With which draft a visit begins: the one that the link holds, or an empty one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer import permalink
from explorer.draft import Draft
from pages import visit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.workspace import Workspace


def begin(workspace: Workspace) -> None:
    """Start the visit with what the link says, or go on with the draft there is."""
    names = workspace.names()
    if visit.begun() and visit.draft().collection in names:
        return
    linked = _linked(names)
    first = workspace.summary(names[0])
    visit.begin(linked or Draft(first.name, first.default_vector))


def _linked(names: Sequence[str]) -> Draft | None:
    if visit.begun() or "collection" not in st.query_params:
        return None
    try:
        draft = permalink.decode(st.query_params)
    except permalink.PermalinkError as error:
        st.toast(f"This link cannot be read. {error}", icon=":material/link_off:")
        return None
    if draft.collection not in names:
        st.toast(f"There is no collection {draft.collection!r} here.", icon=":material/link_off:")
        return None
    return draft
