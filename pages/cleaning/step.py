"""One step on many findings: what it would change, and the work of making it."""

from __future__ import annotations

from textwrap import shorten
from typing import TYPE_CHECKING

import streamlit as st

from explorer.cleaning import Action
from explorer.results import counted, descriptions, readable
from pages import startup
from pages.cleaning import work as cleaning_work
from pages.cleaning.queue import DONE
from pages.markdown_text import literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.ids import PointId
    from explorer.cleaning import Choice, Desk, Proposal, Step
    from explorer.jobs import Report, Stopped
    from explorer.results import Description
    from explorer.workspace import CollectionSummary

_PREVIEWED = 8
"""Findings of a step that are shown before it is made."""

_DO = {
    Action.KEEP: "Keep them",
    Action.DROP: "Move to the trash",
    Action.MERGE: "Merge",
    Action.RELABEL: "Relabel",
}
_LONGEST = 120
"""Letters of new values that are shown of one point."""


@st.dialog("All in one step", width="medium", icon=":material/checklist:")
def confirm(
    desk: Desk, summary: CollectionSummary, numbers: Sequence[int], choice: Choice, person: str
) -> None:
    """Say what a step would change, and make it when that is wanted."""
    proposal = desk.propose(numbers, choice)
    for line in _told(proposal, choice.action):
        st.markdown(line)
    _preview(proposal, choice.action, summary)
    st.caption("One undo takes all of it back, as long as the trash is not emptied.")
    if st.button(
        _DO[choice.action],
        key="cleaning.many.now",
        type="primary",
        disabled=not proposal.steps,
    ):
        _start(desk, numbers, choice, person)
        st.rerun()


def _told(proposal: Proposal, action: Action) -> Sequence[str]:
    """Return what a step would change, in sentences."""
    findings, dropped = len(proposal.steps), len(proposal.dropped)
    groups = counted(findings, "group")
    lines = {
        Action.KEEP: f"**{counted(findings, 'finding')}** will count as decided; no point changes.",
        Action.DROP: f"**{counted(dropped, 'point')}** will go to the trash.",
        Action.MERGE: f"**{groups}** will become one point each: {counted(dropped, 'point')} will "
        f"go to the trash, {proposal.written:,} of those that stay get fields from them.",
        Action.RELABEL: f"**{counted(proposal.written, 'point')}** will get another label.",
    }
    told = [lines[action]]
    if action is Action.DROP and any(step.staying for step in proposal.steps):
        told = [
            f"{told[0]} Of each of {groups} one stays." if findings > 1 else f"{told[0]} One stays."
        ]
    if proposal.left:
        told.append(
            f"{counted(len(proposal.left), 'finding')} will stay open: points of theirs are in "
            "another finding of this step, or they cannot be decided so."
        )
    if proposal.gone:
        told.append(
            f"{counted(len(proposal.gone), 'finding')} will leave the queue: the points are gone "
            "or have changed."
        )
    return told


def _preview(proposal: Proposal, action: Action, summary: CollectionSummary) -> None:
    """Draw the first findings of a step: which points stay, which go, and what is written."""
    steps = proposal.steps[:_PREVIEWED]
    if not steps or action is Action.KEEP:
        return
    points = [point for step in steps for point in step.entry.finding.points]
    looks = descriptions(startup.workspace().client, summary.name, points, summary.hints)
    rows = [
        {
            "stays": _names(step.staying, looks),
            "goes": _names(step.dropped, looks),
            "gets": _fields(step),
        }
        for step in steps
    ]
    columns = [name for name in rows[0] if any(row[name] for row in rows)]
    st.table([{name: row[name] for name in columns} for row in rows], hide_index=True)
    more = len(proposal.steps) - len(steps)
    if more > 0:
        st.caption(f"and {more:,} more")


def _names(points: Sequence[PointId], looks: Mapping[PointId, Description]) -> str:
    """Return titles with ids, for several points may share a title."""
    titles = ((point, looks[point].title) for point in points if point in looks)
    named = (title if str(point) in title else f"{title} (#{point})" for point, title in titles)
    return literal(", ".join(named))


def _fields(step: Step) -> str:
    fields = {} if step.fields is None else step.fields.fields
    told = ", ".join(f"{name}: {readable(value)}" for name, value in fields.items())
    return literal(shorten(told, _LONGEST, placeholder=" …"))


def _start(desk: Desk, numbers: Sequence[int], choice: Choice, person: str) -> None:
    def work(report: Report, stopped: Stopped) -> cleaning_work.Told:
        made = desk.decide(numbers, choice, person, report, stopped)
        return [(f"{counted(len(made.steps), 'finding')} {DONE[choice.action]}.", "done_all")]

    cleaning_work.make(desk, work)
