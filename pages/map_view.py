"""The map: the points, their colours, and what the draft and its results mark among them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st
from qdrant_client import models

from explorer.colours import LegendKind
from explorer.examples import ROLES
from explorer.hints import PictureKind
from pages import layout_panel, reading, startup, visit
from pages.components import mount
from pages.controls import ROLE_KEYS, ROLE_NAMES
from pages.serving import routes

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from explorer.colours import Legend
    from explorer.draft import Draft
    from explorer.examples import Played, Role
    from explorer.hints import Hints
    from explorer.points import Colouring, PointMap

HEIGHT = "max(20rem, min(calc(100dvh - var(--above-map)), 105vw))"
"""What the toolbar leaves of the window; on a narrow one the cards want to be reached too."""

_LISTED = 5_000
"""Selections up to this size travel as a list, larger ones as a mask."""


def show(
    points: PointMap,
    draft: Draft,
    hits: Sequence[models.ScoredPoint],
    hints: Hints,
    field: str | None,
) -> None:
    """Draw the map coloured by a payload field, with examples, hits, selection and filter."""
    above, below = st.container(), st.container()
    with below:
        data = scene(points, hints, field, draft.filter())
    data["overlay"] |= {
        "roles": _roles(points, draft.played),
        "hits": _hits(points, draft.offset, hits),
    }
    with above:
        mount(
            "map",
            {
                **data,
                "active_role": draft.active_role,
                "roles_available": roles_available(draft),
            },
            points,
        )


def scene(
    points: PointMap, hints: Hints, field: str | None, wanted: models.Filter | None = None
) -> dict[str, Any]:
    """Return what the map component shows on any page, without examples, hits and roles.

    Args:
        points: the points and their places.
        hints: how the collection wants to be looked at.
        field: the payload key path of the colours; their progress is drawn where this is called.
        wanted: points that do not pass are dimmed.

    """
    return {
        "points": {"url": routes.points_url(points), "version": points.version},
        "colour": _colour(points, field),
        "overlay": {
            "roles": [],
            "hits": [],
            "selected": _selected(points),
            "matching": _matching(points, wanted),
        },
        "active_role": None,
        "roles_available": [],
        "details_url": routes.details_url(points),
        "glyphs_url": _glyphs(points, hints),
        "moving_url": layout_panel.moving_url(points),
        "height": HEIGHT,
    }


def colour(url: str, colouring: Colouring) -> dict[str, Any]:
    """Return what the map component takes as its colours, whose file is at a URL."""
    return {"url": url, "field": colouring.field, **_legend(colouring.legend)}


def roles_available(draft: Draft, *further: Role) -> list[dict[str, str]]:
    """Return the roles that a click can give, with the keys that choose them."""
    return [
        {"role": role, "label": ROLE_NAMES[role], "key": ROLE_KEYS[role]}
        for role in (*ROLES[draft.mode], *further)
    ]


def _roles(points: PointMap, played: Iterable[Played]) -> list[dict[str, Any]]:
    """Return the examples that are on the map: raw vectors have no place there."""
    placed = ((points.index(example.example), example) for example in played)
    return [
        {"index": index, "role": example.role, "pair": example.pair_number}
        for index, example in placed
        if index is not None
    ]


def _hits(
    points: PointMap, offset: int, hits: Sequence[models.ScoredPoint]
) -> list[dict[str, Any]]:
    ranked = ((points.index(hit.id), rank, hit) for rank, hit in enumerate(hits, offset + 1))
    return [
        {"index": index, "rank": rank, "score": hit.score}
        for index, rank, hit in ranked
        if index is not None
    ]


def _selected(points: PointMap) -> list[int | None] | dict[str, str] | None:
    ids = visit.selection()
    if not ids:
        return None
    if len(ids) <= _LISTED:
        return [index for point in ids if (index := points.index(point)) is not None]
    chosen = models.Filter(must=[models.HasIdCondition(has_id=list(ids))])
    return {"url": routes.mask_url(startup.point_maps().matching(points, chosen))}


def _matching(points: PointMap, wanted: models.Filter | None) -> dict[str, str] | None:
    if wanted is None:
        return None
    return {"url": routes.mask_url(startup.point_maps().matching(points, wanted))}


def _colour(points: PointMap, field: str | None) -> dict[str, Any] | None:
    colouring = None if field is None else reading.colouring(points, field)
    if colouring is None:
        return None
    return colour(routes.colours_url(points, colouring), colouring)


def _glyphs(points: PointMap, hints: Hints) -> str | None:
    picture = hints.picture
    if picture is None or picture.kind is not PictureKind.GLYPH:
        return None
    return routes.glyphs_url(points, picture.field)


def tinted(points: PointMap, tint: Colouring) -> dict[str, Any]:
    """Return the component's `colour` for colours that no payload field has."""
    kept = startup.point_maps().keep_tint(points, tint)
    return {"url": routes.tint_url(points, kept), "field": kept.field, **_legend(kept.legend)}


def _legend(legend: Legend) -> dict[str, Any]:
    shown: dict[str, Any] = {"kind": legend.kind, "note": legend.note, "missing": legend.missing}
    if legend.kind is LegendKind.CATEGORY:
        shown |= {"names": legend.names, "counts": legend.counts, "palette": legend.palette}
    elif legend.kind is LegendKind.NUMBER:
        shown |= {"min": legend.low, "max": legend.high, "ramp": legend.ramp}
        shown["format"] = legend.format
    return shown
