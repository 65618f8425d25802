"""How the points of a collection are placed on the map: method, settings, progress, quality."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.fields import FieldKind
from explorer.layout import Layout, Method, Recipe, Settings, lay_out
from pages import job_view, reading, startup
from pages.serving import routes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.connection import Connection
    from explorer.jobs import Report, Stopped
    from explorer.matrix import Matrix
    from explorer.points import PointMap
    from explorer.workspace import CollectionSummary

_LABELS = {
    Method.PCA: "PCA (at once)",
    Method.UMAP: "UMAP (in the background)",
    Method.PAYLOAD: "Payload fields",
}
_SAMPLES = (5_000, 10_000, 20_000, 50_000, 100_000, 200_000)
_PLANE, _SPACE = 2, 3


def job_key(collection: str) -> str:
    """Return the key of a collection's layout job."""
    return f"layout {collection}"


def popover(summary: CollectionSummary, using: str, matrix: Matrix | None = None) -> None:
    """Draw the panel behind a button, for the vector that the page looks at.

    Where there is a `matrix`, its points can be laid out by its distances, the others following.
    """
    shown = st.popover(
        "Layout", icon=":material/scatter_plot:", key="layout.popover", on_change="rerun"
    )
    if shown.open:
        with shown:
            if (points := startup.point_maps().kept(summary.name, using)) is not None:
                st.caption(describe(points.layout))
            _form(summary, using, matrix)


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
    _form(summary, using, None)


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
    with st.container():  # there at all times, or the map below would be mounted anew
        job_view.show(job_key(name), done=lambda layout: _arrived(name, layout))


def finished(collection: str) -> None:
    """Say that the map has its new layout."""
    st.success("The map has its new layout.", icon=":material/scatter_plot:")
    st.button(
        "Dismiss",
        key=f"dismiss {job_key(collection)}",
        on_click=startup.jobs().dismiss,
        args=(job_key(collection),),
    )


def describe(layout: Layout) -> str:
    """Return how a layout was made and how far it can be trusted, in a sentence or two."""
    made = {
        Method.PCA: "PCA",
        Method.UMAP: "UMAP",
        Method.PAYLOAD: f"By {layout.parameters.get('fields', 'payload')}",
        Method.SHIPPED: "The layout that came with the data",
    }[layout.method]
    parts = [f"{made}, in space" if layout.dimensions == _SPACE else made]
    if layout.guessed is not None:
        count = int(layout.guessed.sum())
        parts.append(f"{count:,} of {len(layout.ids):,} points placed among their neighbours")
    if layout.quality is not None:
        parts.append(f"trustworthiness {layout.quality.trustworthiness:.3f}")
    return f"{'; '.join(parts)}."


def _arrived(name: str, layout: Layout) -> None:
    """Tell of a new layout once; the map shows it."""
    startup.jobs().dismiss(job_key(name))
    st.toast(f"The map has its new layout. {describe(layout)}", icon=":material/scatter_plot:")


def _form(summary: CollectionSummary, using: str, matrix: Matrix | None) -> None:
    name = summary.name
    method = st.selectbox(
        "Method",
        list(_LABELS),
        index=1,
        format_func=lambda method: _LABELS[method],
        key=f"layout method {name}",
    )
    by_matrix, settings = False, Settings()
    fields: tuple[str, ...] = ()
    if method is Method.PAYLOAD:
        fields = _fields(summary)
    else:
        by_matrix, settings = _settings(summary, method, matrix)
    running = job_key(name) in startup.jobs().running()
    st.button(
        "Lay out",
        key=f"lay out {name}",
        type="primary",
        icon=":material/scatter_plot:",
        disabled=running or (method is Method.PAYLOAD and not fields),
        on_click=_start,
        args=(
            startup.connection(),
            name,
            Recipe(using, method, settings, fields),
            matrix if by_matrix else None,
        ),
    )


def _settings(
    summary: CollectionSummary, method: Method, matrix: Matrix | None
) -> tuple[bool, Settings]:
    """Draw what shapes PCA or UMAP; returns whether the matrix is laid out, and the settings."""
    name, by_matrix, chosen = summary.name, False, Settings()
    neighbours, min_dist, sample = chosen.neighbours, chosen.min_dist, chosen.sample
    if method is Method.UMAP:
        if matrix is not None:
            by_matrix = st.toggle(
                f"By the matrix of {len(matrix):,} points",
                key=f"layout matrix {name}",
                help="Its points are laid out by its scores; the others are placed among their "
                "nearest neighbours of them.",
            )
        neighbours = st.slider(
            "Neighbours",
            *(5, 100, neighbours),
            key=f"neighbours {name}",
            help="How many nearest points each point holds on to: few show detail, many the whole.",
        )
        min_dist = st.slider(
            "Least distance",
            *(0.0, 0.9, min_dist),
            key=f"least distance {name}",
            help="How near points may come on the map.",
        )
        if not by_matrix and summary.points > _SAMPLES[0]:
            sample = _sample(summary, sample)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        dimensions = st.segmented_control(
            "Dimensions",
            [_PLANE, _SPACE],
            default=_PLANE,
            required=True,
            format_func=lambda count: f"{count}-D",
            key=f"layout dimensions {name}",
        )
        seed = st.number_input(
            "Seed",
            *(0, 2**31, 0),
            key=f"layout seed {name}",
            help="The same points, settings and seed give the same layout.",
        )
    return by_matrix, Settings(neighbours, min_dist, None, int(seed), dimensions, sample)


def _sample(summary: CollectionSummary, usual: int) -> int:
    sizes = [size for size in _SAMPLES if size < summary.points]
    everyone = next((size for size in _SAMPLES if size >= summary.points), _SAMPLES[-1])
    sizes = list(dict.fromkeys([*sizes, everyone]))
    return st.select_slider(
        "Points laid out",
        sizes,
        value=min(usual, sizes[-1]),
        format_func=lambda size: "all" if size >= summary.points else f"{size:,}",
        key=f"layout sample {summary.name}",
        help="The others are placed among their nearest neighbours of these, and marked so.",
    )


def _fields(summary: CollectionSummary) -> tuple[str, ...]:
    """Draw the choice of payload fields: a geographic one, or two or three with numbers."""
    fields = reading.fields(summary)
    geo = [field.path for field in fields if field.kind is FieldKind.GEO]
    numbers = [f.path for f in fields if f.kind in (FieldKind.INTEGER, FieldKind.FLOAT)]
    if not geo and len(numbers) < _PLANE:
        st.caption("No payload field has coordinates: neither geographic points nor two numbers.")
        return ()
    kinds = {"Geography": geo, "Numbers": numbers if len(numbers) >= _PLANE else []}
    offered = [kind for kind, paths in kinds.items() if paths]
    kind = st.segmented_control(
        "Coordinates",
        offered,
        default=offered[0],
        required=True,
        key=f"layout coordinates {summary.name}",
    )
    if kind == "Geography":
        return (st.selectbox("Field", geo, key=f"layout field {summary.name}"),)
    return _axes(summary.name, numbers)


def _axes(name: str, numbers: Sequence[str]) -> tuple[str, ...]:
    chosen = st.multiselect(
        "Fields: right, up and, in space, towards you",
        numbers,
        default=numbers[:_PLANE],
        max_selections=_SPACE,
        key=f"layout axes {name}",
    )
    return tuple(chosen) if len(chosen) >= _PLANE else ()


def _start(connection: Connection, name: str, recipe: Recipe, matrix: Matrix | None) -> None:
    client, folder, maps = connection.workspace.client, connection.layouts, connection.maps
    neighbours = None if matrix is None else matrix.neighbours

    def work(report: Report, stopped: Stopped) -> Layout:
        try:
            return lay_out(
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

    connection.start(job_key(name), f"{recipe.method.upper()} of {name}", work)
