"""What can be done with findings: to the Cleaning page, to Explore, or into a file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal

import streamlit as st

from engine.errors import EngineError
from explorer.cleaning import DeskError
from explorer.events import MAX_SELECTED_EXAMPLES, SelectionUsed
from explorer.results import counted
from pages import access, notice, scripts, startup, visit
from pages.outliers import field as finding_field

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.ids import PointId
    from explorer.findings import Finding
    from explorer.workspace import CollectionSummary

    Use = Literal["select", "filter", "positive", "negative"]


_USES: dict[Use, tuple[str, str]] = {
    "select": ("Select them", ":material/select:"),
    "filter": ("Search only among them", ":material/filter_alt:"),
    "positive": ("More like them", ":material/add_circle:"),
    "negative": ("Less like them", ":material/do_not_disturb_on:"),
}


_SENT = "findings.sent"


def show(summary: CollectionSummary, findings: Sequence[Finding], focused: Finding | None) -> None:
    """Draw the uses of the finding in focus, or of all that are listed."""
    if not findings:
        return
    chosen = findings if focused is None else (focused,)
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        what = "this finding" if len(chosen) == 1 else f"{len(chosen):,} findings"
        if access.may_write():
            st.button(
                f"Send {what} to Cleaning",
                key="findings.desk",
                icon=":material/inbox:",
                type="primary",
                on_click=_queue,
                args=(summary.name, chosen),
                help="The Cleaning page decides on them, one by one or many at once.",
            )
            _way_to_cleaning(summary.name)
        _explore(tuple(dict.fromkeys(point for found in chosen for point in found.points)))
        if access.may_write():
            finding_field.show(summary.name, chosen)
        st.download_button(
            "Download",
            lambda: _file(chosen),
            file_name=f"{summary.name}-findings.jsonl",
            mime="application/x-ndjson",
            key="findings.download",
            icon=":material/download:",
            on_click="ignore",
        )
    finding_field.progress(summary.name)


def _way_to_cleaning(collection: str) -> None:
    """Draw the way to the queue, once something of the collection was sent there."""
    if st.session_state.get(_SENT) == collection:
        waiting = startup.connection().desks.of(collection).progress().waiting
        st.page_link(
            scripts.CLEANING,
            label=f"{waiting:,} in Cleaning",
            icon=":material/arrow_forward:",
            width="content",
        )


def _explore(points: tuple[PointId, ...]) -> None:
    with st.popover("Explore", icon=":material/explore:", key="findings.explore"):
        st.caption(f"{counted(len(points), 'point')} on the Explore page")
        for use, (label, icon) in _USES.items():
            too_many = use in ("positive", "negative") and len(points) > MAX_SELECTED_EXAMPLES
            if st.button(
                label, key=f"findings.{use}", icon=icon, disabled=too_many, width="stretch"
            ):
                _use(points, use)


def _use(points: tuple[PointId, ...], use: Use) -> None:
    if use == "select":
        visit.select(points)
    else:
        visit.apply(SelectionUsed(points, use))
    st.switch_page(scripts.EXPLORE)


def _queue(collection: str, findings: Sequence[Finding]) -> None:
    try:
        added = startup.connection().desks.working(collection).add(findings)
    except (DeskError, EngineError) as error:
        notice.later(str(error), "error")
        return
    st.session_state[_SENT] = collection
    known = len(findings) - added
    rest = f" {known:,} were there, or had been kept." if known else ""
    notice.later(f"{added:,} new in the queue of Cleaning.{rest}", "inbox")


def _file(findings: Sequence[Finding]) -> bytes:
    return "".join(
        f"{json.dumps(json.loads(finding.to_json()), ensure_ascii=False)}\n" for finding in findings
    ).encode()
