"""Clusters on the map and in the list beside it, in step: a click on either looks at one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from explorer.clusters.naming import describe_range, describe_value
from explorer.clusters.stability import verdict
from explorer.clusters.tint import colour_of, tint
from pages import click_events, map_view, visit
from pages.clusters import visit as clusters_visit
from pages.components import mount

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.ids import PointId
    from explorer.clusters.portrait import Clusters, Portrait
    from explorer.clusters.stability import Stability
    from explorer.clusters.study import Study
    from explorer.hints import Hints
    from explorer.points import PointMap
    from explorer.results import Description

MAP, LIST = "clusters.map", "clusters.list"
"""The channels of their events."""

PICTURES = 7
"""Points that a card shows."""

_WORDS = 6
_VALUES = 2


def show_map(points: PointMap, hints: Hints, study: Study | None) -> None:
    """Draw the map, coloured by cluster once there are some."""
    data = map_view.scene(points, hints, None)
    if study is not None:
        clusters = clusters_visit.clusters(study)
        chosen = clusters_visit.chosen(study)
        colour = map_view.tinted(points, tint(clusters, points, chosen))
        data["colour"] = {**colour, "listed": True, "standing_out": chosen}
    mount("map", data, points, channel=MAP, apply=_taking(study))


def show_list(points: PointMap, study: Study, looks: Mapping[PointId, Description]) -> None:
    """Draw a card for each cluster, the largest first."""
    clusters = clusters_visit.clusters(study)
    stability = clusters_visit.stability(study)
    mount(
        "clusters",
        {
            "items": [_card(p, looks, stability) for p in clusters.portraits],
            "focused": clusters_visit.focus(study),
            "empty": {
                "title": "Everything is noise",
                "text": "No group is dense enough to be a cluster. Let smaller clusters count, or "
                "try another method.",
            },
        },
        points,
        channel=LIST,
        apply=_taking(study),
    )


def shown(clusters: Clusters) -> list[PointId]:
    """Return the points that the cards show."""
    return [point for portrait in clusters.portraits for point in portrait.typical[:PICTURES]]


def _taking(study: Study | None) -> Any:
    """Return what an event of the map or the list does; points are selected also before a study."""

    def take(event: Mapping[str, Any], points: PointMap) -> None:
        match event["kind"]:
            case "box" | "lasso":
                click_events.select(event, points)
            case "clear":
                visit.select(())
        if study is not None:
            _take(study, event, points)

    return take


def _take(study: Study, event: Mapping[str, Any], points: PointMap) -> None:
    match event["kind"]:
        case "focus":
            cluster = event.get("cluster")
            clusters_visit.look_at(study, cluster if isinstance(cluster, int) else None)
        case "click":
            _clicked(study, click_events.clicked_point(event, points))
        case "undo":
            clusters_visit.undo(study)
        case "redo":
            clusters_visit.redo(study)
        case "clear":
            clusters_visit.look_at(study, None)


def _clicked(study: Study, point: PointId | None) -> None:
    """Look at the cluster of a clicked point; a second click looks at all again."""
    clusters = clusters_visit.clusters(study)
    cluster = None if point is None else clusters.of(point)
    same = cluster == clusters_visit.focus(study)
    clusters_visit.look_at(study, None if same else cluster)


def _card(
    portrait: Portrait, looks: Mapping[PointId, Description], stability: Stability | None
) -> dict[str, Any]:
    contrast = portrait.contrast
    pictured = [looks[point] for point in portrait.typical[:PICTURES] if point in looks]
    by_label = {describe_value(value): value for value in reversed(contrast.values)}
    values = [
        {"label": label, "share": value.share, "elsewhere": value.elsewhere}
        for label, value in reversed(by_label.items())
    ][:_VALUES]
    words = [word.word for word in contrast.words[:_WORDS]]
    return {
        "cluster": portrait.cluster,
        "name": portrait.name,
        "colour": colour_of(portrait.cluster),
        "size": portrait.size,
        "share": portrait.share,
        "pictures": [{"title": look.title, "picture": look.picture} for look in pictured],
        "words": words or [describe_range(found) for found in contrast.ranges[:_VALUES]],
        "values": values,
        "stable": _stable(portrait.cluster, stability),
    }


def _stable(cluster: int, stability: Stability | None) -> dict[str, str] | None:
    if stability is None or cluster not in stability.jaccard:
        return None
    share = stability.jaccard[cluster]
    title = f"Found again in {stability.rounds} rounds with a mean Jaccard index of {share:.2f}"
    return {"text": f"{verdict(share)} {share:.2f}", "title": title}
