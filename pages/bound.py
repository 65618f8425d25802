"""Widgets that show a state of ours: their value comes from it, and another one changes it.

So undo, redo, a link and a click move the widgets too. A browser that has not heard of such a move
yet still reports the old value with the user's next click, which looks like a change back. Hence a
value that did not come from the widget itself makes a new widget: the old one's report is of
something that is there no more.

The value is the widget's own default. One that is set for it in the session's state is told to the
browser once; where a page runs twice in a row at first, as one with settings in its link does, the
browser may not hear of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from pages import notice

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeAlias

    Take: TypeAlias = Callable[[Any], object]
    """What is done with a new value of a widget; ValueError where it refuses it."""

_REVISIONS = "bound.revisions"


def value(name: str, shown: object, take: Take) -> dict[str, Any]:
    """Return the arguments that make an input, a slider or a toggle show a value.

    Args:
        name: of the widget, among all of the app.
        shown: the value.
        take: called with another value; what it refuses is told to the user.

    """
    return {"value": shown, **_taking(name, shown, take)}


def default(name: str, shown: object, take: Take) -> dict[str, Any]:
    """Return the arguments of a segmented control that shows a value; its own are as above."""
    return {"default": shown, **_taking(name, shown, take)}


def index(name: str, options: Sequence[Any], shown: object, take: Take) -> dict[str, Any]:
    """Return the arguments that make a select box show one of its options, none where it has gone.

    Its own arguments, but for the options, are as above.
    """
    place = options.index(shown) if shown in options else None
    known = None if place is None else shown
    return {"options": options, "index": place, **_taking(name, known, take)}


def showing(name: str, shown: object) -> str:
    """Return the key of the widget of that name, whose own default is the value."""
    revisions: dict[str, int] = st.session_state.setdefault(_REVISIONS, {})
    key = current_key(name)
    if key in st.session_state and st.session_state[key] != shown:
        revisions[name] = revisions.get(name, 0) + 1
        key = current_key(name)
    return key


def current_key(name: str) -> str:
    """Return the key that the widget of that name has had since its last new value."""
    return f"{name}.{st.session_state.get(_REVISIONS, {}).get(name, 0)}"


def _taking(name: str, shown: object, take: Take) -> dict[str, Any]:
    key = showing(name, shown)
    return {"key": key, "on_change": _take, "args": (key, take)}


def _take(key: str, take: Take) -> None:
    if key != current_key(key.rpartition(".")[0]):
        return
    try:
        take(st.session_state[key])
    except ValueError as error:
        notice.later(str(error), "error")
