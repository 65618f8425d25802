"""The log of the cleaning desk, and what it left: the kept points as a file, the work as code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.cleaning import Course, script
from explorer.results import counted
from pages import export_panel, job_view
from pages.cleaning import trash as cleaning_trash

if TYPE_CHECKING:
    from collections.abc import Sequence

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


def show(desk: Desk) -> None:
    """Draw every decision, the latest first."""
    log = desk.log()
    if not log:
        st.info("Nothing has been decided yet.", icon=":material/history:")
        return
    st.dataframe(
        [_row(decision) for decision in log], hide_index=True, key="cleaning.log", height="auto"
    )


def set_aside(earlier: Sequence[Desk], person: str) -> None:
    """Draw what was decided on collections that had this name before, each with its ways out."""
    for number, desk in enumerate(earlier):
        log, dropped = desk.log(), desk.trash_size()
        with st.container(border=True):
            st.markdown(
                f"**Set aside: an earlier collection of this name**  \n"
                f"Worked on until {_time(log[0])} UTC: {counted(len(log), 'step')}, "
                f"{counted(dropped, 'point')} in its trash. The collection was deleted and made "
                "anew since, so none of it touches the present one."
            )
            with st.container(horizontal=True, gap="xsmall"):
                _program(desk, f"cleaning.earlier.script {number}", "Its decisions as a program")
                if dropped:
                    _left(desk, number, person)


def _left(desk: Desk, number: int, person: str) -> None:
    st.download_button(
        "Its trash as points",
        lambda: "".join(f"{point.model_dump_json()}\n" for point in desk.dropped(desk.trash())),
        file_name=f"{desk.collection}-trash.jsonl",
        mime="application/x-ndjson",
        key=f"cleaning.earlier.trash {number}",
        icon=":material/download:",
        on_click="ignore",
        help="One point a line, payload and vectors, as an upsert takes it",
    )
    if st.button(
        "Delete its trash for good",
        key=f"cleaning.earlier.empty {number}",
        icon=":material/delete_forever:",
    ):
        cleaning_trash.confirm(desk, desk.trash(), person)


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
        code = script(desk)
        long = code.count("\n") > _SHOWN_LINES
        st.code(code, language="python", height=320 if long else "content")
        _program(desk, "cleaning.script", "Download clean.py")


def _program(desk: Desk, key: str, label: str) -> None:
    st.download_button(
        label,
        lambda: script(desk),
        file_name="clean.py",
        mime="text/x-python",
        key=key,
        icon=":material/download:",
        on_click="ignore",
    )


def _row(decision: Decision) -> dict[str, str]:
    shown = ", ".join(map(str, decision.points[:_SHOWN_POINTS]))
    more = len(decision.points) - _SHOWN_POINTS
    return {
        "when (UTC)": _time(decision),
        "who": decision.person,
        "what": decision.action.value,
        "findings": f"{len(decision.entries):,}" if decision.entries else "",
        "about points": shown + (f" and {more:,} more" if more > 0 else ""),
        "since then": _COURSES[decision.course],
    }


def _time(decision: Decision) -> str:
    return decision.time.replace("T", " ").removesuffix("+00:00")
