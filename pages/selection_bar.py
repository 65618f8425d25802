"""What can be done with points that were drawn around."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

import streamlit as st

from explorer.events import MAX_SELECTED_EXAMPLES, SelectionUsed
from pages import visit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

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
    with bar(ids, visit.select):
        for use, (label, icon) in _USES.items():
            _button(ids, use, label, icon)


@contextmanager
def bar(
    ids: Sequence[PointId], select: Callable[[tuple[PointId, ...]], None], told: str | None = None
) -> Iterator[None]:
    """Open the bar over the foot of the map above, where the uses of these points are in sight.

    Args:
        ids: the selected points.
        select: selects others; none when the bar is closed.
        told: more about the points, for those who ask.

    """
    with (
        st.container(key="selection"),
        st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="uses"),
    ):
        st.markdown(f"**{len(ids):,}** selected", width="content", help=told)
        yield
        st.button(
            "Clear the selection",
            key="icon-selection-drop",
            icon=":material/close:",
            type="tertiary",
            help="Clear the selection",
            on_click=select,
            args=((),),
        )


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


def _use(ids: tuple[PointId, ...], use: Literal["positive", "negative", "filter"]) -> None:
    visit.apply(SelectionUsed(ids, use))
    visit.select(())
