"""One visitor's state between runs: what is looked at, the draft and its history, the selection.

It is kept in Streamlit's session state, under keys that only this module names. The draft is
mirrored in the address bar, so that a copied link shows the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from explorer import permalink
from explorer.draft import Draft
from explorer.events import CollectionChosen
from explorer.history import History
from pages import address

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from engine.ids import PointId
    from explorer.connection import Connection
    from explorer.draft import Event

AT = "at"
"""The parameter of a link that names the place, where that is not the home of this app."""

_CONNECTION = "visit.connection"
_COLLECTION = "visit.collection"
_HISTORY = "visit.history"
_SELECTION = "visit.selection"
_ACKNOWLEDGED = "visit.acknowledged"


def connection() -> Connection | None:
    """Return the connection that this visitor chose; None before, and outside of a visit."""
    if get_script_run_ctx(suppress_warning=True) is None:
        return None
    return cast("Connection | None", st.session_state.get(_CONNECTION))


def place() -> str:
    """Return what this visitor looks at in a few words, `""` at home."""
    chosen = connection()
    return "" if chosen is None else chosen.address.short_name


def connect(connection: Connection | None, place: str) -> None:
    """Look at another place from now on, None for home; the draft was about the one before.

    A link that is about the place is followed; one that is about another is left.
    """
    st.session_state[_CONNECTION] = connection
    for key in (_COLLECTION, _HISTORY, _SELECTION):
        st.session_state.pop(key, None)
    if st.query_params.get(AT) != place:
        st.query_params.clear()


def collection() -> str | None:
    """Return the collection that was looked at last, on whichever page; None before the first."""
    return cast("str | None", st.session_state.get(_COLLECTION))


def look_at(collection: str) -> None:
    """Look at a collection: the next page that is opened shows it too."""
    st.session_state[_COLLECTION] = collection


def begun() -> bool:
    """Tell whether this visitor has a draft already."""
    return _HISTORY in st.session_state


def begin(draft: Draft) -> None:
    """Start, or start anew, with a draft."""
    st.session_state[_HISTORY] = History(draft)
    st.session_state[_SELECTION] = ()
    look_at(draft.collection)


def turn_to(collection: str, using: str) -> None:
    """Go on with the draft that a collection was left with, else with a new one on a vector."""
    if not begun():
        begin(Draft(collection, using))
        return
    left = history().latest(lambda draft: draft.collection == collection)
    replace(left or draft().apply(CollectionChosen(collection, using)))


def history() -> History[Draft]:
    """Return the drafts so far; `begin` comes first."""
    return cast("History[Draft]", st.session_state[_HISTORY])


def draft() -> Draft:
    """Return the present draft."""
    return history().present


def apply(event: Event) -> None:
    """Let an event change the draft, as a step that can be undone."""
    replace(draft().apply(event))


def applying(event: Callable[[Any], Event]) -> Callable[[Any], None]:
    """Return what turns the value of a widget into an event, and applies it."""
    return lambda value: apply(event(value))


def replace(draft: Draft) -> None:
    """Make another draft the present one, as a step that can be undone."""
    _move(history().push(draft))


def undo() -> None:
    """Go one step back."""
    _move(history().undo())


def redo() -> None:
    """Go one step forward again."""
    _move(history().redo())


def selection() -> tuple[PointId, ...]:
    """Return the points that were drawn around and wait for a decision."""
    return cast("tuple[PointId, ...]", st.session_state[_SELECTION])


def select(ids: Sequence[PointId]) -> None:
    """Remember drawn-around points; none of them drops the selection."""
    st.session_state[_SELECTION] = tuple(ids)


def acknowledged(channel: str) -> int | None:
    """Return the newest event taken from a component's queue; None before the first run."""
    return cast("dict[str, int]", st.session_state.get(_ACKNOWLEDGED, {})).get(channel)


def acknowledge(channel: str, sequence: int) -> None:
    """Remember the newest event taken from a component's queue."""
    taken = st.session_state.setdefault(_ACKNOWLEDGED, {})
    taken[channel] = max(sequence, taken.get(channel, 0))


def write_link() -> None:
    """Bring the address bar up to date; a draft too long for a link leaves no link at all."""
    try:
        wanted = permalink.encode(draft())
    except permalink.PermalinkError:
        wanted = {}
    chosen = connection()
    if chosen is not None and wanted:
        wanted[AT] = chosen.address.name
    address.write(wanted, (AT, *permalink.PARAMETERS))


def _move(changed: History[Draft]) -> None:
    if changed.present.collection != history().present.collection:
        select(())
    st.session_state[_HISTORY] = changed
    look_at(changed.present.collection)
