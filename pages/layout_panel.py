"""How the points of a collection are placed on the map: method, settings, progress, quality."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from explorer.jobs import State
from explorer.layout import Layout, Method, Recipe, expected_seconds, lay_out
from pages import job_view, layout_form, startup
from pages.markdown_text import literal
from pages.serving import routes

if TYPE_CHECKING:
    from explorer.connection import Connection
    from explorer.jobs import Report, Stopped
    from explorer.matrix import Matrix
    from explorer.points import PointMap
    from explorer.workspace import CollectionSummary

LIVE = 10.0
"""Seconds up to which a layout follows its settings at once."""

_TOUCHED = "layout.touched"
_ICON = ":material/scatter_plot:"


def job_key(collection: str) -> str:
    """Return the key of a collection's layout job."""
    return f"layout {collection}"


def popover(summary: CollectionSummary, using: str, matrix: Matrix | None = None) -> None:
    """Draw the panel behind a button, for the vector that the page looks at.

    Where there is a `matrix`, its points can be laid out by its distances, the others following.
    """
    shown = st.popover(
        "Layout",
        icon=_ICON,
        key="layout.popover",
        on_change="rerun",
        help="Layout: where the points stand on the map",
    )
    if shown.open:
        with shown:
            points = startup.point_maps().kept(summary.name, using)
            known = None if points is None else points.layout
            if known is not None:
                st.caption(describe(known))
            _form(summary, using, matrix, known)


def show(summary: CollectionSummary) -> None:
    """Draw the choice of vector and method, and the button that starts it."""
    name = summary.name
    using = st.selectbox(
        "Vector",
        list(summary.vectors),
        index=list(summary.vectors).index(summary.default_vector),
        format_func=lambda vector: vector or "unnamed",
        key=f"layout vector {name}",
    )
    _form(summary, using, None, None)


def start_umap(connection: Connection, name: str) -> None:
    """Let UMAP replace the first map of a new collection as soon as it is ready."""
    using = connection.workspace.summary(name).default_vector
    _start(connection, name, Recipe(using), None)


def moving_url(points: PointMap) -> str | None:
    """Return where the browser sees the points move; None while they do not."""
    running = job_key(points.collection) in startup.jobs().running()
    return routes.moving_url(points) if running else None


def progress(name: str) -> None:
    """Draw how far the layout of a collection is, with a button to cancel it."""
    jobs, key = startup.jobs(), job_key(name)
    job = jobs.get(key)
    if job is not None and job.progress.state is State.CANCELLED:
        jobs.dismiss(key)
        st.toast(f"{job.title} was cancelled: the map is as before.", icon=":material/cancel:")
    with st.container():  # there at all times, or the map below would be mounted anew
        job_view.show(key, done=partial(_arrived, name))


def describe(layout: Layout) -> str:
    """Return how a layout was made and how far it can be trusted, in a sentence or two."""
    made = {
        Method.PCA: "PCA",
        Method.UMAP: "UMAP",
        Method.PAYLOAD: f"By {layout.parameters.get('fields', 'payload')}",
        Method.SHIPPED: "The layout that came with the data",
    }[layout.method]
    parts = [f"{made}, in space" if layout.dimensions == 3 else made]
    if layout.guessed is not None:
        count = int(layout.guessed.sum())
        parts.append(f"{count:,} of {len(layout.ids):,} points placed among their neighbours")
    if layout.quality is not None:
        parts.append(f"trustworthiness {layout.quality.trustworthiness:.3f}")
    return f"{'; '.join(parts)}."


def _arrived(name: str, layout: Layout) -> None:
    """Tell of a new layout: in passing, or above the map where it was long waited for."""
    jobs, key = startup.jobs(), job_key(name)
    job, told = jobs.get(key), f"The map of {literal(name)} has its new layout. {describe(layout)}"
    if job is not None and job.seconds > LIVE:
        with job_view.dismissable(key):
            st.success(told, icon=_ICON)
        return
    jobs.dismiss(key)
    st.toast(told, icon=_ICON)


def _form(
    summary: CollectionSummary, using: str, matrix: Matrix | None, known: Layout | None
) -> None:
    """Draw the settings; a layout that takes moments follows them, a long one has a button."""
    name, connection = summary.name, startup.connection()
    recipe, by_matrix = layout_form.show(summary, using, matrix, known, _touch)
    chosen = matrix if by_matrix else None
    seconds = 0.0 if recipe is None else expected_seconds(summary.points, recipe)
    if st.session_state.pop(_TOUCHED, False) and recipe is not None and seconds <= LIVE:
        _start(connection, name, recipe, chosen)
    st.caption(_when(seconds))
    st.button(
        "Lay out",
        key=f"lay out {name}",
        type="primary",
        icon=_ICON,
        disabled=recipe is None,
        on_click=_start,
        args=(connection, name, recipe, chosen),
    )


def _touch() -> None:
    """Remember that the visitor has changed a setting."""
    st.session_state[_TOUCHED] = True


def _when(seconds: float) -> str:
    if seconds <= LIVE:
        return "The map follows every change."
    about = f"{seconds:.0f} seconds" if seconds < 90 else f"{seconds / 60:.0f} minutes"
    return f"Takes about {about}, in the background; what was made before is there at once."


def _start(connection: Connection, name: str, recipe: Recipe, matrix: Matrix | None) -> None:
    client, folder, maps = connection.workspace.client, connection.layouts, connection.maps
    neighbours = None if matrix is None else matrix.neighbours

    def work(report: Report, stopped: Stopped) -> Layout:
        try:
            made = lay_out(
                client,
                name,
                recipe,
                folder,
                report,
                stopped,
                lambda places: maps.move(name, recipe.using, places),
                neighbours,
            )
        finally:
            maps.move(name, recipe.using, None)
            maps.forget(name)
            connection.drawings.forget(name)  # some stand on the map
        report(0, None, "Drawing the map")
        maps.points(name, recipe.using)  # here, lest the page waits for it with nothing to show
        return made

    connection.restart(job_key(name), f"{recipe.method.upper()} of {name}", work)
