"""The log of the cleaning desk, and what it left: the kept points as a file, the work as code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.cleaning import Course, script
from pages import export_panel, job_view

if TYPE_CHECKING:
    from explorer.cleaning import Decision, Desk
    from explorer.workspace import CollectionSummary

_SHOWN_POINTS = 8
_SHOWN_LINES = 15
_COURSES = {
    Course.BEGUN: "cut short",
    Course.MADE: "",
    Course.UNDOING: "being undone",
    Course.UNDONE: "undone",
}


def show(desk: Desk, collection: str) -> None:
    """Draw every decision, the latest first."""
    log = desk.log(collection)
    if not log:
        st.info("Nothing has been decided yet.", icon=":material/history:")
        return
    st.dataframe(
        [_row(decision) for decision in log], hide_index=True, key="cleaning.log", height="auto"
    )


def export(desk: Desk, summary: CollectionSummary) -> None:
    """Draw the export of the kept points, and the program that does the same elsewhere."""
    with st.container(border=True):
        st.markdown(f"**The {summary.points:,} points that are kept, as a file**")
        export_panel.show(summary.name)
        job_view.show(export_panel.job_key(summary.name), done=export_panel.offer)
    with st.container(border=True):
        st.markdown("**The same decisions as a program**")
        st.caption(
            "It drops, merges and relabels through QdrantClient what was decided here, on another "
            "copy of the collection. It has no trash."
        )
        code = script(desk, summary.name)
        long = code.count("\n") > _SHOWN_LINES
        st.code(code, language="python", height=320 if long else "content")
        st.download_button(
            "Download clean.py",
            code,
            file_name="clean.py",
            mime="text/x-python",
            key="cleaning.script",
            icon=":material/download:",
            on_click="ignore",
        )


def _row(decision: Decision) -> dict[str, str]:
    shown = ", ".join(map(str, decision.points[:_SHOWN_POINTS]))
    more = len(decision.points) - _SHOWN_POINTS
    return {
        "when (UTC)": decision.time.replace("T", " ").removesuffix("+00:00"),
        "who": decision.person,
        "what": decision.action.value,
        "about points": shown + (f" and {more:,} more" if more > 0 else ""),
        "since then": _COURSES[decision.course],
    }
