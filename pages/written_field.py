"""What was written into a payload field, with a way to take it back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages import startup

if TYPE_CHECKING:
    from collections.abc import Callable

    from explorer.clusters.field import Written


def show(name: str, job: str, take_back: Callable[[Written], None], done: Written | int) -> None:
    """Draw it.

    Args:
        name: tells the buttons of two pages apart.
        job: the finished job's key; Dismiss forgets it.
        take_back: gives every point the value that it had before.
        done: what was written, or how many points it was taken back from.

    """
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        if isinstance(done, int):
            st.caption(f"Took it back: {done:,} points are as they were.", width="content")
        else:
            told = f"Wrote `{done.field}` into {sum(done.values.values()):,} points."
            st.caption(told, width="content")
            st.button(
                "Take back",
                key=f"{name}.take_back",
                icon=":material/undo:",
                type="tertiary",
                help="Give every point the value that it had before",
                on_click=take_back,
                args=(done,),
            )
        st.button(
            "Dismiss",
            key=f"{name}.written.dismiss",
            type="tertiary",
            icon=":material/close:",
            on_click=startup.jobs().dismiss,
            args=(job,),
        )
