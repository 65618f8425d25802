"""The points in the middle of a cluster as cards; a click asks Explore what is near one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from explorer.examples import Role
from explorer.results import score_text
from pages.click_events import clicked_point
from pages.clusters import uses as clusters_uses
from pages.components import mount

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.ids import PointId
    from explorer.clusters.portrait import Clusters
    from explorer.points import PointMap
    from explorer.results import Description

CHANNEL = "clusters.cards"

_ROLES = [{"role": Role.TARGET, "label": "Near this in Explore", "key": "a"}]


def show(points: PointMap, clusters: Clusters, looks: Mapping[PointId, Description]) -> None:
    """Draw the cards in the order of `looks`, the medoid first."""
    cards = [
        _card(points, clusters, look, rank) for rank, look in enumerate(looks.values(), start=1)
    ]
    mount(
        "cards",
        {
            "items": cards,
            "active_role": Role.TARGET,
            "roles_available": _ROLES,
            "empty": {"title": "These points are gone", "text": "Find the clusters anew."},
            "loading": False,
        },
        points,
        channel=CHANNEL,
        apply=_take,
    )


def _take(event: Mapping[str, Any], points: PointMap) -> None:
    point = clicked_point(event, points) if event["kind"] == "click" else None
    if point is not None:
        clusters_uses.leave_for(point)


def _card(points: PointMap, clusters: Clusters, look: Description, rank: int) -> dict[str, Any]:
    row = clusters.sample.row(look.id)
    closeness = 0.0 if row is None else float(clusters.centres.closeness[row])
    return {
        "index": points.index(look.id),
        "id": str(look.id),
        "title": look.title,
        "subtitle": look.subtitle,
        "score": closeness,
        "score_text": score_text(abs(closeness)),
        "rank": rank,
        "picture": look.picture,
        "fields": look.fields,
        "role": None,
        "parts": [],
    }
