"""One point's way through the stages, in a line above the results."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.pipeline.follow import Fate
from explorer.pipeline.question import read_id
from pages import notice
from pages.hybrid import visit as hybrid_visit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.ids import PointId
    from engine.query.trace import Place
    from explorer.pipeline.follow import Stop
    from explorer.pipeline.pipeline import Pipeline
    from explorer.results import Description

_KEY = "hybrid.follow"


def show(
    pipeline: Pipeline, stops: Mapping[Place, Stop], looks: Mapping[PointId, Description]
) -> None:
    """Draw which point is followed and what became of it, and a field for another id."""
    point = hybrid_visit.followed()
    with st.container(horizontal=True, wrap=False, vertical_alignment="center", gap="small"):
        st.text_input(
            "Follow a point",
            key=_KEY,
            placeholder="Follow an id",
            icon=":material/route:",
            on_change=_follow,
            label_visibility="collapsed",
            width=170,
            help="Shows at which stage a point is dropped, and why",
        )
        if point is None:
            st.caption("Click a card to follow it through the stages; its + asks by it.")
            return
        title = looks[point].title if point in looks else f"Point {point} is not here"
        st.text(title, width="content")
        st.markdown(_way(pipeline, stops), width="stretch")
        st.button(
            "Stop following",
            key="icon-hybrid-unfollow",
            icon=":material/close:",
            type="tertiary",
            on_click=hybrid_visit.follow,
            args=(None,),
        )


def _way(pipeline: Pipeline, stops: Mapping[Place, Stop]) -> str:
    """Return whether the point is a result, else every stage that it did not pass."""
    if not stops:
        return ""
    last = stops[()]
    if last.fate is Fate.PASSED:
        return f":green[is a result: {last.text}]"
    ends = (
        f"{pipeline.at(place).title}: {stop.text}"
        for place, stop in reversed(list(stops.items()))
        if stop.fate not in (Fate.PASSED, Fate.ABSENT)
    )
    return f":red[is dropped] · {' · '.join(ends)}"


def _follow() -> None:
    written = st.session_state[_KEY].strip().removeprefix("#")
    st.session_state[_KEY] = ""
    if not written:
        return
    try:
        hybrid_visit.follow(read_id(written))
    except ValueError as error:
        notice.later(str(error), "error")
