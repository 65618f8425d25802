"""The queue of the cleaning desk: one finding at a time, decided by a key."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from engine.errors import EngineError
from explorer.cleaning import RULE, Action, DeskError
from explorer.findings import FindingKind, labels_of
from pages import notice, reading, scripts, startup
from pages.cleaning import work as cleaning_work
from pages.outliers import cards as finding_cards
from pages.outliers import focus as finding_focus

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.ids import PointId
    from explorer.cleaning import Desk, Open
    from explorer.findings import Label
    from explorer.jobs import Report
    from explorer.workspace import CollectionSummary

_AFTER = "cleaning.after"
_KEPT = "cleaning.kept"
_NAMES = {
    FindingKind.OUTLIER: ":orange-badge[:material/scatter_plot: Outlier]",
    FindingKind.DUPLICATES: ":blue-badge[:material/content_copy: Near-duplicates]",
    FindingKind.DISAGREEMENT: ":violet-badge[:material/label: Label in doubt]",
}
_CARDS = 60
"""Points of a group that are drawn, and that can be the one that stays."""

_COMPARED = 2
"""Neighbours whose payloads stand beside that of the point."""

DONE = {
    Action.KEEP: "kept",
    Action.DROP: "dropped",
    Action.MERGE: "merged",
    Action.RELABEL: "relabelled",
}


def show(desk: Desk, summary: CollectionSummary, person: str) -> None:
    """Draw how far the queue is, the finding that is next, and what can be decided on it."""
    found = desk.next_open(st.session_state.get(_AFTER, 0))
    _progress(desk)
    if found is None:
        _nothing_left(desk, person)
        return
    entry = found.entry
    st.markdown(f"{_NAMES[entry.finding.kind]} {entry.finding.reason}")
    kept = _kept(found)
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        _decisions(desk, found, kept, summary, person)
        st.space("stretch")
        _skipping(entry.number)
        undo(desk, person)
        with st.popover("Queue", icon=":material/inbox:", key="cleaning.queue"):
            _clearing(desk, "Take all findings out")
    _evidence(found, kept, summary)


def _progress(desk: Desk) -> None:
    progress = desk.progress()
    if progress.total:
        gone = f"; {progress.gone:,} no longer hold" if progress.gone else ""
        dropped = desk.trash_size()
        trash = f"; {dropped:,} in the trash" if dropped else ""
        text = f"{progress.decided:,} of {progress.total:,} decided{trash}{gone}"
        st.progress(progress.decided / progress.total, text)


def _nothing_left(desk: Desk, person: str) -> None:
    if not desk.progress().total:
        st.info(
            "The queue is empty. Send findings here from the Outliers page: points that stand "
            "apart, near-duplicates, labels that neighbours doubt.",
            icon=":material/inbox:",
        )
        st.page_link(scripts.OUTLIERS, label="Find some", icon=":material/troubleshoot:")
        undo(desk, person)
        return
    st.success("Everything is decided.", icon=":material/done_all:")
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        _clearing(desk, "Clear the queue")
        undo(desk, person)


def _decisions(
    desk: Desk, found: Open, kept: PointId | None, summary: CollectionSummary, person: str
) -> None:
    number, finding = found.entry.number, found.entry.finding
    grouped = finding.kind is FindingKind.DUPLICATES
    keep = "Keep all" if grouped else "Keep"
    _button(desk, keep, "K", "check", found, lambda: desk.keep(number, person))
    if grouped:
        others = len(found.payloads) - 1
        drop = "Drop the other" if others == 1 else f"Drop the other {others:,}"
        _button(desk, drop, "D", "delete", found, lambda: desk.drop(number, person, kept))
        _button(desk, "Merge", "M", "merge", found, lambda: desk.merge(number, person, kept), RULE)
        st.button(
            "Keep the next one",
            key="cleaning.next",
            shortcut="N",
            icon=":material/swap_vert:",
            help="Or click a card: it is the one that stays.",
            on_click=_keep_next,
            args=(found, kept),
        )
        return
    _button(desk, "Drop", "D", "delete", found, lambda: desk.drop(number, person))
    if finding.kind is FindingKind.DISAGREEMENT:
        label = _label(found, summary)
        _button(
            desk,
            f"Relabel as {label}",
            "L",
            "label",
            found,
            lambda: desk.relabel(number, person, label),
        )


def _button(
    desk: Desk,
    label: str,
    key: str,
    icon: str,
    found: Open,
    decide: Callable[[], None],
    help_text: str | None = None,
) -> None:
    st.button(
        label,
        key=f"cleaning.{icon}",
        shortcut=key,
        icon=f":material/{icon}:",
        type="primary" if key == "K" else "secondary",
        help=help_text,
        on_click=_decide,
        args=(desk, found, decide),
    )


def _decide(desk: Desk, found: Open, decide: Callable[[], None]) -> None:
    """Make a decision and go on to the next finding; what is in the way is told."""
    try:
        decide()
    except (DeskError, EngineError) as error:
        notice.later(str(error), "error")
        return
    st.session_state[_AFTER] = found.entry.number
    startup.connection().forget(desk.collection)


def _skipping(number: int) -> None:
    st.button(
        "Skip",
        key="cleaning.skip",
        shortcut="S",
        icon=":material/skip_next:",
        help="It comes again when the others are decided.",
        on_click=_skip,
        args=(number,),
    )


def undo(desk: Desk, person: str) -> None:
    """Draw the button that takes the last decision back."""
    last = desk.last_decision()
    if last is None:
        told = "Nothing has been decided that could be taken back."
    elif len(last.entries) > 1:
        told = f"{len(last.entries):,} findings were {DONE[last.action]} in the last step."
    else:
        told = f"The last finding was {DONE[last.action]}."
    st.button(
        "Undo",
        key="cleaning.undo",
        shortcut="U",
        icon=":material/undo:",
        disabled=last is None,
        help=told,
        on_click=_undo,
        args=(desk, person),
    )


def _clearing(desk: Desk, label: str) -> None:
    st.button(
        label,
        key="cleaning.clear",
        icon=":material/clear_all:",
        help="The findings leave the queue; the points, the log and the trash stay.",
        on_click=_clear,
        args=(desk,),
    )


def _clear(desk: Desk) -> None:
    try:
        desk.clear(undecided=True)
    except DeskError as error:
        notice.later(str(error), "error")


def _skip(number: int) -> None:
    st.session_state[_AFTER] = number


def _undo(desk: Desk, person: str) -> None:
    last = desk.last_decision()
    if last is not None:
        st.session_state[_AFTER] = min(last.entries) - 1
        cleaning_work.put_back(desk, partial(_undone, desk, person))


def _undone(desk: Desk, person: str, report: Report) -> cleaning_work.Told:
    undone = desk.undo(person, report)
    if undone is None or not undone[1]:
        return []
    points = ", ".join(map(str, undone[1][:5]))
    told = f"Written anew since, so left as it is: {points}. What was dropped stays in the trash."
    return [(told, "warning")]


def _kept(found: Open) -> PointId | None:
    """Return the point of a group that stays: the one that was chosen, else the first."""
    if found.entry.finding.kind is not FindingKind.DUPLICATES:
        return None
    number, point = st.session_state.get(_KEPT, (0, None))
    points = list(found.payloads)
    return point if number == found.entry.number and point in points else points[0]


def _keep(found: Open, point: PointId) -> None:
    st.session_state[_KEPT] = (found.entry.number, point)


def _keep_next(found: Open, kept: PointId | None) -> None:
    points = list(found.payloads)[:_CARDS]
    following = (points.index(kept) + 1) % len(points) if kept in points else 0
    _keep(found, points[following])


def _label(found: Open, summary: CollectionSummary) -> Label:
    """Draw the labels to choose from, the neighbours' first, and return the chosen one."""
    finding = found.entry.finding
    near = [evidence.point for evidence in finding.evidence]
    said = labels_of(startup.workspace().client, summary.name, finding.field, near)
    listed = next((f.values for f in reading.fields(summary) if f.path == finding.field), ())
    others = [label for label in (*said, *(value.value for value in listed)) if label is not None]
    offered = [
        label
        for label in dict.fromkeys((finding.suggestion, *others))
        if label is not None and label != finding.label
    ]
    return st.selectbox(
        "New label",
        offered,
        key=f"cleaning.label {found.entry.number}",
        label_visibility="collapsed",
        width=160,
    )


def _evidence(found: Open, kept: PointId | None, summary: CollectionSummary) -> None:
    """Draw the points of a finding, and whom to compare them with."""
    finding = found.entry.finding
    seen = finding_cards.looks((finding,), summary, _CARDS)
    if finding.kind is FindingKind.DUPLICATES:
        finding_cards.members(
            "cleaning.cards", list(found.payloads), kept, seen, lambda point: _keep(found, point)
        )
        finding_focus.side_by_side(list(found.payloads), summary)
        return
    said = finding_focus.said_by(finding, summary.name)
    left, right = st.columns([28, 72], gap="medium")
    with left:
        st.caption("The point" + (f" says {finding.label}" if finding.field else ""))
        finding_cards.alone("cleaning.point", finding, seen)
    with right:
        st.caption("Its nearest neighbours")
        finding_cards.near("cleaning.near", finding, seen, said)
    nearest = [evidence.point for evidence in finding.evidence[:_COMPARED]]
    finding_focus.side_by_side([*finding.points, *nearest], summary)
