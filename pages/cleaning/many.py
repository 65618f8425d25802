"""Many findings at once: one choice for all of a kind or for chosen ones, looked at before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.cleaning import Action, Best, Choice, Prefer, Stand
from explorer.fields import FieldKind
from explorer.findings import FindingKind
from explorer.results import counted, descriptions
from pages import reading, startup
from pages.cleaning import queue as cleaning_queue
from pages.cleaning import step as cleaning_step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.cleaning import Desk, Entry
    from explorer.workspace import CollectionSummary

_KINDS = {
    FindingKind.DUPLICATES: "Near-duplicates",
    FindingKind.OUTLIER: "Outliers",
    FindingKind.DISAGREEMENT: "Labels in doubt",
}
_BEST = {
    Prefer.CENTRAL: "the one with the most links",
    Prefer.FULLEST: "the one with the most filled fields",
    Prefer.FIRST: "the lowest id",
    Prefer.LAST: "the highest id",
    Prefer.SMALLEST: "the smallest value of …",
    Prefer.LARGEST: "the largest value of …",
}
_BY_FIELD = (Prefer.SMALLEST, Prefer.LARGEST)
_SORTABLE = (FieldKind.INTEGER, FieldKind.FLOAT, FieldKind.KEYWORD, FieldKind.DATETIME)

_COLUMNS = {
    "point": st.column_config.TextColumn(width="small"),
    "points": st.column_config.NumberColumn(width="small"),
    "strength": st.column_config.NumberColumn(format="%.4f", width="small"),
    "why": st.column_config.TextColumn(width="large"),
}


def show(desk: Desk, summary: CollectionSummary, person: str) -> None:
    """Draw the open findings of a kind, and what can be decided on all or some of them."""
    waiting = [entry for entry in desk.entries() if entry.stand is Stand.OPEN]
    kinds = [kind for kind in _KINDS if any(entry.finding.kind is kind for entry in waiting)]
    if not kinds:
        st.info("No finding waits for a decision.", icon=":material/inbox:")
        cleaning_queue.undo(desk, person)
        return
    kind = _kind(waiting, kinds)
    entries = [entry for entry in waiting if entry.finding.kind is kind]
    top = st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall")
    chosen = _chosen(entries, summary)
    with top:
        best = _best(summary) if kind is FindingKind.DUPLICATES else Best()
        for action, label, icon in _actions(kind, len(chosen)):
            if st.button(label, key=f"cleaning.many.{action}", icon=f":material/{icon}:"):
                numbers = [entry.number for entry in chosen]
                cleaning_step.confirm(desk, summary, numbers, Choice(action, best), person)
        st.space("stretch")
        cleaning_queue.undo(desk, person)


def _kind(waiting: Sequence[Entry], kinds: Sequence[FindingKind]) -> FindingKind:
    counts = {kind: sum(entry.finding.kind is kind for entry in waiting) for kind in kinds}
    return FindingKind(
        st.segmented_control(
            "Findings",
            kinds,
            default=kinds[0],
            format_func=lambda kind: f"{_KINDS[kind]} {counts[kind]:,}",
            required=True,
            key=f"cleaning.many.kind {' '.join(kinds)}",
            label_visibility="collapsed",
        )
    )


def _chosen(entries: Sequence[Entry], summary: CollectionSummary) -> Sequence[Entry]:
    """Draw findings as rows and return the chosen ones, all where none is."""
    firsts = [entry.finding.points[0] for entry in entries]
    looks = descriptions(startup.workspace().client, summary.name, firsts, summary.hints)
    rows = [
        {
            "point": str(first),
            "title": looks[first].title if first in looks else None,
            "points": len(entry.finding.points),
            "says": None if entry.finding.label is None else str(entry.finding.label),
            "neighbours say": entry.finding.suggestion and str(entry.finding.suggestion),
            "strength": entry.finding.strength,
            "why": entry.finding.reason,
        }
        for entry, first in zip(entries, firsts, strict=True)
    ]
    shown = [name for name in rows[0] if {row[name] for row in rows} - {None, 1}]
    state = st.dataframe(
        rows,
        hide_index=True,
        height="auto",
        column_order=shown,
        column_config=_COLUMNS,
        on_select="rerun",
        selection_mode="multi-row",
        key=f"cleaning.many {entries[0].number} {len(entries)}",
    )
    if len(entries) > 1:
        st.caption("All of them, unless you choose some rows.")
    selected = [entries[row] for row in state["selection"]["rows"] if row < len(entries)]
    return selected or entries


def _best(summary: CollectionSummary) -> Best:
    """Draw which point of each group stays, and return it."""
    prefer = st.selectbox(
        "Of each group stays",
        list(_BEST),
        format_func=_BEST.__getitem__,
        key="cleaning.best",
        persist_state="session",
        width=250,
    )
    fields = [f.path for f in reading.fields(summary) if f.kind in _SORTABLE]
    if prefer not in _BY_FIELD:
        return Best(prefer)
    if not fields:
        st.caption("No field has numbers, dates or short texts: the one with the most links stays.")
        return Best()
    field = st.selectbox("Field", fields, key=f"cleaning.best.field {summary.name}", width=160)
    return Best(prefer, field)


def _actions(kind: FindingKind, count: int) -> Sequence[tuple[Action, str, str]]:
    """Return what can be decided on findings of a kind, with its words and its icon."""
    all_of = f"{count:,}" if count > 1 else "it"
    keep = (Action.KEEP, f"Keep {all_of} as they are" if count > 1 else "Keep it", "check")
    match kind:
        case FindingKind.DUPLICATES:
            groups = counted(count, "group")
            return (
                keep,
                (Action.DROP, f"Drop all but one of {groups} …", "delete"),
                (Action.MERGE, f"Merge {groups} …", "merge"),
            )
        case FindingKind.OUTLIER:
            return keep, (Action.DROP, f"Drop {counted(count, 'point')} …", "delete")
    drop = (Action.DROP, f"Drop {counted(count, 'point')} …", "delete")
    return keep, (Action.RELABEL, f"Relabel {all_of} as suggested …", "label"), drop
