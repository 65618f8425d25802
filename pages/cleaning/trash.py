"""The trash of the cleaning desk: what was dropped, whole, until somebody empties it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from engine.errors import EngineError
from explorer.cleaning import DeskError
from explorer.results import counted, describe
from pages import notice, startup

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.cleaning import Desk, Trashed
    from explorer.hints import Hints
    from explorer.workspace import CollectionSummary


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
    state = st.dataframe(
        [_row(item, summary.hints) for item in trash],
        hide_index=True,
        height="auto",
        on_select="rerun",
        selection_mode="multi-row",
        key=f"cleaning.trash {len(trash)} {trash[0].number}",
    )
    rows = [row for row in state["selection"]["rows"] if row < len(trash)]
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


def _row(item: Trashed, hints: Hints) -> dict[str, str]:
    point = item.change.point
    looks = describe(item.change.id, point.payload or {}, hints)
    vectors = point.vector if isinstance(point.vector, dict) else {"": point.vector}
    return {
        "point": str(item.change.id),
        "title": looks.title,
        "details": looks.subtitle,
        "fields": f"{len(point.payload or {}):,}",
        "vectors": ", ".join(name or "unnamed" for name in vectors) or "none",
        "when (UTC)": item.decision.time.replace("T", " ").removesuffix("+00:00"),
        "by": item.decision.person,
        "how": item.decision.action.value,
    }


def _restore(desk: Desk, chosen: Sequence[Trashed], person: str) -> None:
    try:
        left = desk.restore(chosen, person)
    except (DeskError, EngineError) as error:
        notice.later(str(error), "error")
        return
    startup.connection().forget(desk.collection)
    notice.later(f"{len(chosen) - len(left):,} points are back.", "restore_from_trash")
    if left:
        points = ", ".join(map(str, left[:5]))
        notice.later(
            f"{len(left):,} stay in the trash: there are new points with these ids: {points}.",
            "warning",
        )


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
