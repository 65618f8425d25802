"""What can be done with points that were drawn around."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import streamlit as st

from explorer.events import MAX_SELECTED_EXAMPLES, SelectionUsed
from pages import visit

if TYPE_CHECKING:
    from engine.ids import PointId

_USES: dict[Literal["positive", "negative", "filter"], tuple[str, str]] = {
    "positive": ("More like these", ":material/add_circle:"),
    "negative": ("Less like these", ":material/do_not_disturb_on:"),
    "filter": ("Only among these", ":material/filter_alt:"),
}


def show() -> None:
    """Draw the uses of the selection, if there is one."""
    ids = visit.selection()
    if not ids:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.markdown(f"**{len(ids):,}** selected", width="content")
        for use, (label, icon) in _USES.items():
            _button(ids, use, label, icon)
        _drop()


def _button(
    ids: tuple[PointId, ...], use: Literal["positive", "negative", "filter"], label: str, icon: str
) -> None:
    too_many = use != "filter" and len(ids) > MAX_SELECTED_EXAMPLES
    st.button(
        label,
        key=f"selection.{use}",
        icon=icon,
        disabled=too_many,
        help=f"At most {MAX_SELECTED_EXAMPLES} points can be examples" if too_many else None,
        on_click=_use,
        args=(ids, use),
    )


def _drop() -> None:
    st.button(
        "Clear the selection",
        key="selection.drop",
        icon=":material/close:",
        type="tertiary",
        on_click=visit.select,
        args=((),),
    )


def _use(ids: tuple[PointId, ...], use: Literal["positive", "negative", "filter"]) -> None:
    visit.apply(SelectionUsed(ids, use))
    visit.select(())
