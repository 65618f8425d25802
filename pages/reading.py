"""Large reads: they run as jobs, with their progress on the page, once for all who wait for them.

Small collections are read at once. Each function returns None while its job runs; the page is drawn
anew when it has ended.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TypeVar

import streamlit as st

from explorer.client import change_count
from explorer.jobs import State
from pages import job_view, startup, visit

if TYPE_CHECKING:
    from explorer.bm25 import WordIndex
    from explorer.draft import Draft
    from explorer.fields import PayloadField
    from explorer.jobs import Work
    from explorer.points import Colouring, PointMap
    from explorer.workspace import CollectionSummary, Workspace

T = TypeVar("T")

AT_ONCE = 20_000
"""Points up to which a collection is read without further ado."""

PATIENCE = 0.5
"""Seconds that a new job gets before its progress is shown."""


def present(
    workspace: Workspace,
) -> tuple[Draft, CollectionSummary, tuple[PayloadField, ...]]:
    """Return the draft, what its collection holds, and the fields of its payload.

    The address bar gets the draft's link.
    """
    draft = visit.draft()
    visit.write_link()
    summary = workspace.summary(draft.collection)
    return draft, summary, fields(summary)


def point_map(summary: CollectionSummary, using: str) -> PointMap | None:
    """Return the map of a collection; a large one as it was first read, see `refresh`."""
    maps, name = startup.point_maps(), summary.name
    if summary.points <= AT_ONCE:
        return maps.points(name, using)
    work = partial(maps.points, name, using)
    return maps.kept(name, using) or awaited(f"map {name} {using}", f"Reading {name}", work)


def colouring(points: PointMap, field: str) -> Colouring | None:
    """Return a map's points coloured by a payload field."""
    maps = startup.point_maps()
    if len(points) <= AT_ONCE:
        return maps.colouring(points, field)
    work = partial(maps.colouring, points, field)
    changes = change_count(startup.workspace().client, points.collection)
    key = f"colours {points.collection} {points.version} {field} {changes}"
    return maps.kept_colouring(points, field) or awaited(key, f"Colouring by {field}", work)


def fields(summary: CollectionSummary) -> tuple[PayloadField, ...]:
    """Return the payload fields of a collection, read once until its points change."""
    token = startup.connection().token
    return _fields(startup.workspace(), token, summary.name, summary.points, summary.changes)


def words(summary: CollectionSummary) -> WordIndex | None:
    """Return the index of a collection's words."""
    work = partial(startup.texts().prepare, summary.name)
    if summary.points <= AT_ONCE:
        return startup.texts().prepare(summary.name)
    return awaited(f"words {summary.name}", f"Indexing {summary.name}", work)


def refresh(summary: CollectionSummary, points: PointMap) -> None:
    """Offer to read a large map anew when points came or went since."""
    if len(points) <= AT_ONCE or len(points) == summary.points:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.caption(f"The map shows {len(points):,} points; there are {summary.points:,} now.")
        st.button(
            "Read anew",
            key="map.refresh",
            icon=":material/refresh:",
            type="tertiary",
            on_click=startup.connection().forget,
            args=(summary.name,),
        )


def awaited(key: str, title: str, work: Work[T]) -> T | None:
    """Return what the work under a key returns; None while it runs, with its progress drawn."""
    jobs = startup.jobs()
    job = jobs.get(key)
    if job is None:
        job = startup.connection().start(key, title, work)
        job.wait(PATIENCE)
    if job.progress.state is State.DONE:
        jobs.dismiss(key)
        found: T = job.result
        return found
    job_view.show(key, done=lambda _: st.rerun())
    return None


@st.cache_data(max_entries=32, show_spinner=False)
def _fields(
    _workspace: Workspace,
    token: str,  # noqa: ARG001 - the rest of the key: of another connection,
    collection: str,
    points: int,  # noqa: ARG001 - of other points,
    changes: int,  # noqa: ARG001 - or changed since, the values are others
) -> tuple[PayloadField, ...]:
    return _workspace.fields(collection)
