"""Widgets that show the draft: their value comes from it, and a change of theirs becomes an event.

So undo, redo, a link and a click move the widgets too. A browser that has not heard of such a move
yet still reports the old value with the user's next click, which looks like a change back. Hence a
value that did not come from the widget itself makes a new widget: the old one's report is of
something that is there no more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from pages import visit

if TYPE_CHECKING:
    from collections.abc import Callable

    from explorer.draft import Event

_REVISIONS = "bound.revisions"


def showing(name: str, value: object) -> str:
    """Return the key of the widget of that name, which will show the value."""
    key = begun_with(name, value)
    if key not in st.session_state:
        st.session_state[key] = value
    return key


def begun_with(name: str, value: object) -> str:
    """Return the key of the widget of that name, whose own default is the value.

    A value that is set for it instead is told to the browser once; where a page runs twice in a row
    at first, as one with settings in its link does, the browser may not hear of it.
    """
    revisions: dict[str, int] = st.session_state.setdefault(_REVISIONS, {})
    key = current_key(name)
    if key in st.session_state and st.session_state[key] != value:
        revisions[name] = revisions.get(name, 0) + 1
        key = current_key(name)
    return key


def current_key(name: str) -> str:
    """Return the key that the widget of that name has had since its last new value."""
    return f"{name}.{st.session_state.get(_REVISIONS, {}).get(name, 0)}"


def apply(key: str, event: Callable[[Any], Event]) -> None:
    """Let a widget's new value change the draft: the callback of bound widgets."""
    if key == current_key(key.rpartition(".")[0]):
        visit.apply(event(st.session_state[key]))
