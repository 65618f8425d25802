"""The choice of a layout: method, what shapes it, which fields have the coordinates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from explorer.fields import FieldKind
from explorer.layout import Method, Recipe, Settings
from pages import reading

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from explorer.layout import Layout
    from explorer.matrix import Matrix
    from explorer.workspace import CollectionSummary

    Touch = Callable[[], None]

_LABELS = {
    Method.PCA: "PCA (at once)",
    Method.UMAP: "UMAP (in the background)",
    Method.PAYLOAD: "Payload fields",
}
_SAMPLES = (5_000, 10_000, 20_000, 50_000, 100_000, 200_000)
_PLANE, _SPACE = 2, 3


def show(
    summary: CollectionSummary,
    using: str,
    matrix: Matrix | None,
    known: Layout | None,
    touch: Touch,
) -> tuple[Recipe | None, bool]:
    """Draw the choice.

    Args:
        summary: of the collection.
        using: name of the vector.
        matrix: what can be laid out by its distances, where there is one.
        known: the layout that there is, with whose settings the choice begins.
        touch: called when the visitor changes something.

    Returns:
        The recipe, None where no fields have coordinates; and whether the matrix is laid out.

    """
    name, methods = summary.name, list(_LABELS)
    is_by_payload = known is not None and known.method is Method.PAYLOAD
    method = st.selectbox(
        "Method",
        methods,
        index=methods.index(Method.PAYLOAD if is_by_payload else Method.UMAP),
        format_func=lambda method: _LABELS[method],
        key=f"layout method {name}",
        on_change=touch,
    )
    if method is Method.PAYLOAD:
        fields = _fields(summary, touch)
        return (Recipe(using, method, fields=fields) if fields else None), False
    by_matrix, settings = _settings(summary, method, matrix, _begun(known), touch)
    return Recipe(using, method, settings), by_matrix


def _begun(known: Layout | None) -> Settings:
    """Return the settings of a layout, as far as it has some."""
    made: dict[str, Any] = dict(known.parameters) if known is not None else {}
    return Settings(**{name: made[name] for name in Settings.__slots__ if name in made})


def _settings(
    summary: CollectionSummary,
    method: Method,
    matrix: Matrix | None,
    chosen: Settings,
    touch: Touch,
) -> tuple[bool, Settings]:
    """Draw what shapes PCA or UMAP; returns whether the matrix is laid out, and the settings."""
    name, by_matrix = summary.name, False
    neighbours, min_dist, sample = chosen.neighbours, chosen.min_dist, chosen.sample
    if method is Method.UMAP:
        if matrix is not None:
            by_matrix = st.toggle(
                f"By the matrix of {len(matrix):,} points",
                key=f"layout matrix {name}",
                on_change=touch,
                help="Its points are laid out by its scores; the others are placed among their "
                "nearest neighbours of them.",
            )
        neighbours = st.slider(
            "Neighbours",
            *(5, 100, min(max(neighbours, 5), 100)),
            key=f"neighbours {name}",
            on_change=touch,
            help="How many nearest points each point holds on to: few show detail, many the whole.",
        )
        min_dist = st.slider(
            "Least distance",
            *(0.0, 0.9, min_dist),
            key=f"least distance {name}",
            on_change=touch,
            help="How near points may come on the map.",
        )
        if by_matrix and matrix is not None:
            sample = len(matrix)
        elif summary.points > _SAMPLES[0]:
            sample = _sample(summary, sample, touch)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        dimensions = st.segmented_control(
            "Dimensions",
            [_PLANE, _SPACE],
            default=chosen.dimensions,
            required=True,
            format_func=lambda count: f"{count}-D",
            key=f"layout dimensions {name}",
            on_change=touch,
        )
        seed = st.number_input(
            "Seed",
            *(0, 2**31, chosen.seed),
            key=f"layout seed {name}",
            on_change=touch,
            help="The same points, settings and seed give the same layout.",
        )
    return by_matrix, Settings(neighbours, min_dist, None, int(seed), dimensions, sample)


def _sample(summary: CollectionSummary, usual: int, touch: Touch) -> int:
    sizes = [size for size in _SAMPLES if size < summary.points]
    everyone = next((size for size in _SAMPLES if size >= summary.points), _SAMPLES[-1])
    sizes = list(dict.fromkeys([*sizes, everyone]))
    return st.select_slider(
        "Points laid out",
        sizes,
        value=next(size for size in sizes if size >= min(usual, sizes[-1])),
        format_func=lambda size: "all" if size >= summary.points else f"{size:,}",
        key=f"layout sample {summary.name}",
        on_change=touch,
        help="The others are placed among their nearest neighbours of these, and marked so.",
    )


def _fields(summary: CollectionSummary, touch: Touch) -> tuple[str, ...]:
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
        on_change=touch,
    )
    if kind == "Geography":
        return (st.selectbox("Field", geo, key=f"layout field {summary.name}", on_change=touch),)
    return _axes(summary.name, numbers, touch)


def _axes(name: str, numbers: Sequence[str], touch: Touch) -> tuple[str, ...]:
    chosen = st.multiselect(
        "Fields: right, up and, in space, towards you",
        numbers,
        default=numbers[:_PLANE],
        max_selections=_SPACE,
        key=f"layout axes {name}",
        on_change=touch,
    )
    return tuple(chosen) if len(chosen) >= _PLANE else ()
