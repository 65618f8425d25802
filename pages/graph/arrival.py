"""With which view a visit to the Graph page begins."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from explorer.graph import permalink
from explorer.graph.view import Chosen, Sample, View
from explorer.permalink import PermalinkError
from pages import address, arrival, visit
from pages.graph import visit as graph_visit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.ids import PointId
    from explorer.graph.view import Look
    from explorer.workspace import Workspace

FIRST_SAMPLE = 500
"""Points that a graph shows at first: enough for structure, few enough to read."""


def begin(workspace: Workspace) -> None:
    """Start the visit as the link says, else go on with the collection that is looked at."""
    names = workspace.names()
    linked = _linked(names)
    if not (graph_visit.begun() and graph_visit.view().collection in names):
        graph_visit.begin(*(linked or (first(workspace, arrival.usual(names)), None)))
    elif linked is not None:
        graph_visit.restart(linked[0])
        graph_visit.look_as(linked[1])
    else:
        turn_to(workspace, arrival.usual(names))


def turn_to(workspace: Workspace, collection: str) -> None:
    """Show a collection as it was left, else a sample of it."""
    if graph_visit.view().collection != collection:
        left = graph_visit.history().latest(lambda view: view.collection == collection)
        graph_visit.restart(left or first(workspace, collection))


def first(workspace: Workspace, collection: str) -> View:
    """Return the view that a collection is first shown by."""
    summary = workspace.summary(collection)
    using = summary.default_vector
    if visit.begun() and visit.draft().collection == collection:
        using = visit.draft().using
    return View(collection, using, Sample(FIRST_SAMPLE))


def bring(collection: str, using: str, ids: tuple[PointId, ...], origin: str) -> None:
    """Let the page show these points, however they were found; `origin` tells a person."""
    start = Chosen(ids, origin)
    if graph_visit.begun() and graph_visit.view().collection == collection:
        graph_visit.restart(replace(graph_visit.view().starting(start), using=using))
    else:
        graph_visit.begin(View(collection, using, start))


def _linked(names: Sequence[str]) -> tuple[View, Look] | None:
    told = permalink.VIEW in st.query_params
    if not told or (graph_visit.begun() and not address.left(permalink.PARAMETERS)):
        return None
    try:
        view, look = permalink.decode(st.query_params)
    except PermalinkError as error:
        st.toast(f"This link cannot be read. {error}", icon=":material/link_off:")
        return None
    if view.collection not in names:
        st.toast(f"There is no collection {view.collection!r} here.", icon=":material/link_off:")
        return None
    return view, look
