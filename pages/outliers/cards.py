"""Findings as cards, each with the neighbours that speak about it, and as rings on the map."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import streamlit as st

from explorer.client import change_count
from explorer.findings import FindingKind
from explorer.results import descriptions, score_text
from pages import startup
from pages.components import mount
from pages.outliers.focus import take

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from engine.ids import PointId
    from explorer.findings import Finding
    from explorer.points import PointMap
    from explorer.results import Description
    from explorer.workspace import CollectionSummary
    from pages.click_events import Apply

_LOOKS = "findings.looks"
_STRIP = 8


def looks(
    findings: Sequence[Finding], summary: CollectionSummary, most: int = _STRIP + 1
) -> Mapping[PointId, Description]:
    """Return how the points of findings and their neighbours look; those that are gone are not in.

    Of a group only the first `most`. Raises what the client raises.
    """
    ids = tuple(dict.fromkeys(point for finding in findings for point in _shown(finding, most)))
    client, hints = startup.workspace().client, summary.hints
    changes = change_count(client, summary.name)
    asked = (startup.connection().token, summary.name, ids, changes, summary.points)
    known = st.session_state.get(_LOOKS)
    if known is None or known[0] != asked:
        found = descriptions(client, summary.name, ids, hints)
        st.session_state[_LOOKS] = known = (asked, found)
    return cast("Mapping[PointId, Description]", known[1])


def show(
    channel: str,
    findings: Sequence[Finding],
    seen: Mapping[PointId, Description],
    points: PointMap,
    focused: Finding | None,
) -> None:
    """Draw the findings in their order; a click on one looks at it."""
    items = [
        _item(finding, rank, seen, points, chosen=finding == focused)
        for rank, finding in enumerate(findings, 1)
        if finding.points[0] in seen
    ]
    _mount(channel, items, points, take)


def members(
    channel: str,
    group: Sequence[PointId],
    kept: PointId | None,
    seen: Mapping[PointId, Description],
    keep: Callable[[PointId], None],
) -> None:
    """Draw the points of a group, the kept one marked; a click on another keeps that one."""
    items = [
        {**_card(seen[point], rank, "stays" if point == kept else "goes"), "chosen": point == kept}
        for rank, point in enumerate(group, 1)
        if point in seen
    ]
    ids = {str(point): point for point in group}

    def take_kept(event: Mapping[str, Any], _points: None) -> None:
        if event["kind"] == "click" and event.get("id") in ids:
            keep(ids[event["id"]])

    _mount(channel, items, None, take_kept)


def alone(channel: str, finding: Finding, seen: Mapping[PointId, Description]) -> None:
    """Draw the point of a finding."""
    first = seen[finding.points[0]]
    _mount(channel, [_card(first, 1, score_text(finding.strength))], None, _nothing)


def near(
    channel: str,
    finding: Finding,
    seen: Mapping[PointId, Description],
    said: Mapping[PointId, str],
) -> None:
    """Draw the neighbours of a finding's point; `said` is what they are labelled, where known."""
    items = [
        {**_card(seen[hit.point], rank, score_text(hit.score)), "score": hit.score}
        | ({"subtitle": f"says {said[hit.point]}"} if hit.point in said else {})
        for rank, hit in enumerate(finding.evidence, 1)
        if hit.point in seen
    ]
    _mount(channel, items, None, _nothing)


def overlay(
    points: PointMap, findings: Sequence[Finding], focused: Finding | None
) -> dict[str, Any]:
    """Return what the map marks: a ring for each finding, and whom the one in focus is about."""
    ranked = [
        (index, rank, finding)
        for rank, finding in enumerate(findings, 1)
        for point in finding.points
        if (index := points.index(point)) is not None
    ]
    hits = [
        {"index": index, "rank": rank, "score": finding.strength} for index, rank, finding in ranked
    ]
    near = [] if focused is None else [*focused.points, *(e.point for e in focused.evidence)]
    selected = [index for point in near if (index := points.index(point)) is not None]
    return {"hits": hits, "selected": selected or None}


def _item(
    finding: Finding,
    rank: int,
    seen: Mapping[PointId, Description],
    points: PointMap,
    *,
    chosen: bool,
) -> dict[str, Any]:
    """Return the card of a finding, with its place on the map."""
    first = seen[finding.points[0]]
    return {
        **_card(first, rank, score_text(finding.strength)),
        "index": points.index(first.id),
        "subtitle": _subtitle(finding, first),
        "score": finding.strength,
        "fields": (("why", finding.reason), *first.fields),
        "chosen": chosen,
        "strip": _strip(finding, seen, points),
    }


def _card(point: Description, rank: int, text: str) -> dict[str, Any]:
    """Return the card of a point as the cards component takes it."""
    return {
        "index": None,
        "id": str(point.id),
        "title": point.title,
        "subtitle": point.subtitle,
        "score": None,
        "score_text": text,
        "rank": rank,
        "picture": point.picture,
        "fields": point.fields,
        "role": None,
    }


def _mount(
    channel: str, items: Sequence[Mapping[str, Any]], points: PointMap | None, apply: Apply
) -> None:
    empty = {"title": "Nothing found", "text": "Loosen the settings, or be glad."}
    data = {"items": items, "roles_available": [], "active_role": None, "empty": empty}
    mount("cards", {**data, "loading": False}, points, channel=channel, apply=apply)


def _shown(finding: Finding, most: int) -> tuple[PointId, ...]:
    """Return whose looks a card needs."""
    others = (evidence.point for evidence in finding.evidence[:_STRIP])
    return (*finding.points[:most], *others)


def _subtitle(finding: Finding, first: Description) -> str:
    match finding.kind:
        case FindingKind.DUPLICATES:
            return f"and {len(finding.points) - 1:,} more"
        case FindingKind.DISAGREEMENT:
            return f"{finding.label} → {finding.suggestion}?"
        case FindingKind.OUTLIER:
            return first.subtitle


def _strip(
    finding: Finding, seen: Mapping[PointId, Description], points: PointMap
) -> list[dict[str, Any]]:
    """Return a group's other points, or a point's neighbours, with their scores where known."""
    scores = {evidence.point: evidence.score for evidence in finding.evidence}
    grouped = finding.kind is FindingKind.DUPLICATES
    others = finding.points[1:] if grouped else tuple(scores)
    return [
        {
            "index": points.index(point),
            "title": seen[point].title,
            "picture": seen[point].picture,
            "score_text": score_text(scores[point]) if point in scores else "",
        }
        for point in others[:_STRIP]
        if point in seen
    ]


def _nothing(_event: Mapping[str, Any], _points: None) -> None:
    """Do nothing: these cards are to look at."""
