"""With which draft a visit begins: the one that the link holds, or an empty one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from explorer import permalink
from explorer.draft import Draft
from pages import visit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.workspace import CollectionSummary, Workspace


def begin(workspace: Workspace) -> None:
    """Start the visit with what the link says, or go on with the draft there is."""
    names = workspace.names()
    if visit.begun() and visit.draft().collection in names:
        return
    linked = _linked(workspace, names)
    first = workspace.summary(names[0])
    visit.begin(linked or Draft(first.name, first.default_vector))


def _linked(workspace: Workspace, names: Sequence[str]) -> Draft | None:
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
    return _with_vector(draft, workspace.summary(draft.collection))


def _with_vector(draft: Draft, summary: CollectionSummary) -> Draft:
    """Return the draft with the collection's own vector where the link names none that it has."""
    if draft.using in summary.vectors:
        return draft
    if draft.using:
        st.toast(
            f"{summary.name!r} has no vector {draft.using!r}: showing {summary.default_vector!r}.",
            icon=":material/link_off:",
        )
    return replace(draft, using=summary.default_vector)
