"""What a callback has to say, shown in the run that follows it: a callback draws nothing."""

from __future__ import annotations

from typing import cast

import streamlit as st

_WAITING = "notice.waiting"


def later(text: str, icon: str) -> None:
    """Say something in the next run; `icon` is the name of a Material symbol."""
    waiting = cast("list[tuple[str, str]]", st.session_state.setdefault(_WAITING, []))
    waiting.append((text, icon))


def show() -> None:
    """Say what waits to be said, once."""
    for text, icon in st.session_state.pop(_WAITING, ()):
        st.toast(text, icon=f":material/{icon}:")
