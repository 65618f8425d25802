"""The finding that is looked at, and all that speaks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import streamlit as st

from explorer.cleaning import differences, identical
from explorer.findings import FindingKind, labels_of
from explorer.results import readable, score_text
from pages import click_events, startup, visit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.ids import PointId
    from explorer.findings import Finding
    from explorer.points import PointMap
    from explorer.results import Description

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


def show(finding: Finding | None, seen: Mapping[PointId, Description]) -> None:
    """Draw why a finding is one, and whom to compare it with."""
    if finding is None:
        st.caption("Click a ring or a card to see why it is here.")
        return
    st.markdown(f"**{_title(finding, seen)}**  \n{finding.reason}")
    if finding.kind is FindingKind.DUPLICATES:
        side_by_side(finding.points)
    else:
        _neighbours(finding, seen)


def side_by_side(points: Sequence[PointId]) -> None:
    """Draw the payloads of some points as columns, fields that differ first."""
    shown = points[:_COMPARED]
    client, collection = startup.workspace().client, visit.draft().collection
    records = client.retrieve(collection, list(shown), with_payload=True)
    payloads = {cast("PointId", record.id): record.payload or {} for record in records}
    fields = differences(list(payloads.values()))
    if len(payloads) > 1 and identical(list(payloads.values())):
        st.caption("The payloads are the same, field by field.")
    hidden = len(points) - len(shown)
    rest = f" {hidden:,} more points are not shown." if hidden else ""
    differing = sum(not field.same for field in fields)
    st.caption(f"{differing} of {len(fields)} fields differ.{rest}")
    st.dataframe(
        [
            {"field": field.field, "": "" if field.same else "≠"}
            | {
                str(point): readable(value)
                for point, value in zip(payloads, field.values, strict=True)
            }
            for field in fields
        ],
        hide_index=True,
        height="content",
        key="findings.differences",
    )


def _neighbours(finding: Finding, seen: Mapping[PointId, Description]) -> None:
    near = [evidence for evidence in finding.evidence if evidence.point in seen]
    rows: list[dict[str, str]] = [
        {"neighbour": seen[hit.point].title, "score": score_text(hit.score)} for hit in near
    ]
    if finding.field:
        client, collection = startup.workspace().client, visit.draft().collection
        said = labels_of(client, collection, finding.field, [hit.point for hit in near])
        for row, label in zip(rows, said, strict=True):
            row[f"says as {finding.field}"] = readable(label)
    st.dataframe(rows, hide_index=True, height="content", key="findings.neighbours")


def _title(finding: Finding, seen: Mapping[PointId, Description]) -> str:
    first = finding.points[0]
    name = seen[first].title if first in seen else f"Point {first}"
    return name.replace("*", r"\*").replace("_", r"\_").replace("`", r"\`")
