"""The trash of the cleaning desk: what was dropped, whole, until somebody empties it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from explorer.cleaning import DeskError
from explorer.results import counted, describe
from pages.cleaning import work as cleaning_work

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qdrant_client import models

    from explorer.cleaning import Desk, Trashed
    from explorer.hints import Hints
    from explorer.jobs import Report
    from explorer.workspace import CollectionSummary


LISTED = 200
"""Points of the trash that are listed, the latest first; all of them can be dealt with."""


def show(desk: Desk, summary: CollectionSummary, person: str) -> None:
    """Draw the dropped points, and the ways out of the trash."""
    trash = desk.trash()
    if not trash:
        st.info("The trash is empty.", icon=":material/delete:")
        return
    st.caption(
        "These points are kept here with their payload and vectors, on this machine. "
        "Choose some, or deal with all of them."
    )
    buttons = st.container(horizontal=True, gap="xsmall")
    listed = trash[:LISTED]
    if len(listed) < len(trash):
        st.caption(f"The latest {len(listed):,} of {len(trash):,} are listed.")
    points = desk.dropped(listed)
    state = st.dataframe(
        [_row(*both, summary.hints) for both in zip(listed, points, strict=True)],
        hide_index=True,
        height="auto",
        on_select="rerun",
        selection_mode="multi-row",
        key=f"cleaning.trash {len(trash)} {trash[0].number}",
    )
    rows = [row for row in state["selection"]["rows"] if row < len(listed)]
    chosen = tuple(trash[row] for row in rows) or trash
    everything = f"all {len(trash):,}" if len(trash) > 1 else "it"
    what = f"{len(chosen):,} chosen" if rows else everything
    with buttons:
        st.button(
            f"Restore {what}",
            key="cleaning.restore",
            icon=":material/restore_from_trash:",
            type="primary",
            on_click=_restore,
            args=(desk, chosen, person),
        )
        if st.button(
            f"Delete {what} for good", key="cleaning.empty", icon=":material/delete_forever:"
        ):
            confirm(desk, chosen, person)


def _row(item: Trashed, point: models.PointStruct, hints: Hints) -> dict[str, str]:
    looks = describe(item.id, point.payload or {}, hints)
    vectors = point.vector if isinstance(point.vector, dict) else {"": point.vector}
    return {
        "point": str(item.id),
        "title": looks.title,
        "details": looks.subtitle,
        "fields": f"{len(point.payload or {}):,}",
        "vectors": ", ".join(name or "unnamed" for name in vectors) or "none",
        "when (UTC)": item.decision.time.replace("T", " ").removesuffix("+00:00"),
        "by": item.decision.person,
        "how": item.decision.action.value,
    }


def _restore(desk: Desk, chosen: Sequence[Trashed], person: str) -> None:
    cleaning_work.put_back(desk, partial(_restored, desk, chosen, person))


def _restored(
    desk: Desk, chosen: Sequence[Trashed], person: str, report: Report
) -> cleaning_work.Told:
    left = desk.restore(chosen, person, report)
    told = [(f"{counted(len(chosen) - len(left), 'point')} back.", "restore_from_trash")]
    if left:
        points = ", ".join(map(str, left[:5]))
        stay = f"{len(left):,} stay in the trash: there are new points with these ids: {points}."
        told.append((stay, "warning"))
    return told


@st.dialog("Delete for good?", icon=":material/delete_forever:")
def confirm(desk: Desk, chosen: Sequence[Trashed], person: str) -> None:
    """Delete points of the trash for good, if that is wanted."""
    points = counted(len(chosen), "point")
    st.write(
        f"**{points}** of **{desk.collection}** will be gone for good: neither undo nor the trash "
        "brings them back."
    )
    if st.button(f"Delete {points}", type="primary", key="cleaning.empty.now"):
        try:
            desk.empty(chosen, person)
        except DeskError as error:
            st.error(str(error), icon=":material/error:")
            return
        st.rerun()
