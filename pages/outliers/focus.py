"""The finding that is looked at, and all that speaks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import streamlit as st

from explorer.cleaning import differences, identical
from explorer.findings import FindingKind, labels_of
from explorer.results import readable, score_text
from pages import click_events, startup, visit
from pages.markdown_text import literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.ids import PointId
    from explorer.findings import Finding
    from explorer.points import PointMap
    from explorer.results import Description
    from explorer.workspace import CollectionSummary

_FOCUS = "findings.focus"
_COMPARED = 6
"""Points of a group whose payloads stand side by side."""


def focused(findings: Sequence[Finding]) -> Finding | None:
    """Return the finding about the point that was clicked last, or None."""
    point = st.session_state.get(_FOCUS)
    return next((finding for finding in findings if point in finding.points), None)


def take(event: Mapping[str, Any], points: PointMap) -> None:
    """Look at the finding about a clicked point, at none when it is clicked again; or select."""
    match event["kind"]:
        case "click":
            point = click_events.clicked_point(event, points)
            st.session_state[_FOCUS] = None if point == st.session_state.get(_FOCUS) else point
        case "box" | "lasso":
            click_events.select(event, points)
        case "clear":
            st.session_state[_FOCUS] = None
            visit.select(())


def show(
    finding: Finding | None, seen: Mapping[PointId, Description], summary: CollectionSummary
) -> None:
    """Draw why a finding is one, and whom to compare it with."""
    if finding is None:
        st.caption("Click a ring or a card to see why it is here.")
        return
    st.markdown(f"**{_title(finding, seen)}**  \n{finding.reason}")
    if finding.kind is FindingKind.DUPLICATES:
        side_by_side(finding.points, summary)
    else:
        _neighbours(finding, seen, said_by(finding, summary.name))


def side_by_side(points: Sequence[PointId], summary: CollectionSummary) -> None:
    """Draw the payloads of some points as columns, fields that differ first."""
    shown = points[:_COMPARED]
    records = startup.workspace().client.retrieve(summary.name, list(shown), with_payload=True)
    payloads = {cast("PointId", record.id): record.payload or {} for record in records}
    picture = summary.hints.picture.field if summary.hints.picture else None
    fields = [f for f in differences(list(payloads.values())) if f.field != picture]
    if len(payloads) > 1 and identical(list(payloads.values())):
        st.caption("The payloads are the same, field by field.")
    hidden = len(points) - len(shown)
    rest = f" {hidden:,} more points are not shown." if hidden else ""
    differing = sum(not field.same for field in fields)
    st.caption(f"{differing} of {len(fields)} fields differ.{rest}")
    st.dataframe(
        [
            {"field": field.field, "differs": "" if field.same else "≠"}
            | {
                str(point): readable(value)
                for point, value in zip(payloads, field.values, strict=True)
            }
            for field in fields
        ],
        hide_index=True,
        height="content",
        column_config={"field": {"width": 120}, "differs": {"width": 60}},
        key="findings.differences",
    )


def said_by(finding: Finding, collection: str) -> Mapping[PointId, str]:
    """Return what the neighbours say in the field of a disagreement; empty for other findings."""
    if not finding.field:
        return {}
    near = [evidence.point for evidence in finding.evidence]
    labels = labels_of(startup.workspace().client, collection, finding.field, near)
    return {point: readable(label) for point, label in zip(near, labels, strict=True)}


def _neighbours(
    finding: Finding, seen: Mapping[PointId, Description], said: Mapping[PointId, str]
) -> None:
    rows = [
        {"neighbour": seen[hit.point].title, "score": score_text(hit.score)}
        | ({finding.field: said[hit.point]} if said else {})
        for hit in finding.evidence
        if hit.point in seen
    ]
    st.dataframe(rows, hide_index=True, height="content", key="findings.neighbours")


def _title(finding: Finding, seen: Mapping[PointId, Description]) -> str:
    first = finding.points[0]
    return literal(seen[first].title if first in seen else f"Point {first}")
