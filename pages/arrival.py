"""Where and with which draft a visit begins: as the link says, or at home with an empty one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from explorer import permalink
from explorer.connection import cookie_name
from explorer.draft import Draft
from pages import address, scripts, startup, visit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.workspace import CollectionSummary, Workspace


def elsewhere() -> str | None:
    """Return the place that the link is about, where it is another than this visitor's.

    The visitor is led there if this browser was there just now, or if the secrets file has the key.
    Raises what `startup.connection` raises.
    """
    place = st.query_params.get(visit.AT)
    if place is None or visit.begun() or startup.connection().address.name == place:
        return None
    left = startup.connections.find(st.context.cookies.get(cookie_name(place), ""))
    if left is not None and left.address.name == place:
        visit.connect(left, place)
        return None
    for cluster in startup.known_clusters().values():
        if cluster.url == place:
            startup.connect(cluster)
            return None
    return place


def begin(workspace: Workspace) -> None:
    """Start the visit with what the link says, or go on where the pages were left."""
    names = workspace.names()
    wanted, linked = usual(names), _linked(workspace, names)
    if not (visit.begun() and visit.draft().collection in names):
        visit.begin(linked or Draft(wanted, _vector(workspace, wanted)))
    elif linked is not None:
        visit.replace(linked)
    elif visit.draft().collection != wanted:
        visit.turn_to(wanted, _vector(workspace, wanted))


def explore(summary: CollectionSummary) -> None:
    """Go to the Explore page with a collection."""
    visit.turn_to(summary.name, summary.default_vector)
    st.switch_page(scripts.EXPLORE)


def usual(names: Sequence[str]) -> str:
    """Return the collection to show: that of the last look, else of a link to any page."""
    last = visit.collection() or st.query_params.get("collection", startup.connection().looked_at)
    return last if last in names else names[0]


def _vector(workspace: Workspace, name: str) -> str:
    return workspace.summary(name).default_vector


def _linked(workspace: Workspace, names: Sequence[str]) -> Draft | None:
    told = "collection" in st.query_params
    if not told or (visit.begun() and not address.left(permalink.PARAMETERS)):
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
