"""One visitor's state on the Graph page: the view and its history, the look, the selection.

It is kept in Streamlit's session state, under keys that only this module names, and belongs to one
connection. View and look are mirrored in the address bar.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import streamlit as st

from explorer.graph import permalink
from explorer.graph.view import Chosen, Look
from explorer.history import History
from explorer.permalink import PermalinkError
from pages import address, startup, visit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.ids import PointId
    from explorer.graph.view import View

_TOKEN = "graph.connection"  # noqa: S105 - the name of a key
_HISTORY = "graph.history"
_LOOK = "graph.look"
_SELECTION = "graph.selection"
_EXPANDS = "graph.expands"


def begun() -> bool:
    """Tell whether this visitor has a view already, on what is looked at now."""
    return st.session_state.get(_TOKEN) == startup.connection().token


def begin(view: View, look: Look | None = None) -> None:
    """Start, or start anew, with a view."""
    st.session_state[_TOKEN] = startup.connection().token
    st.session_state[_HISTORY] = History(view)
    st.session_state[_LOOK] = look or Look()
    st.session_state[_SELECTION] = ()
    st.session_state[_EXPANDS] = isinstance(view.start, Chosen)
    visit.look_at(view.collection)


def history() -> History[View]:
    """Return the views so far; `begin` comes first."""
    return cast("History[View]", st.session_state[_HISTORY])


def view() -> View:
    """Return the present view."""
    return history().present


def look() -> Look:
    """Return how it is looked at."""
    return cast("Look", st.session_state[_LOOK])


def show(changed: View) -> None:
    """Make another view the present one, as a step that can be undone."""
    _move(history().push(changed))


def restart(changed: View) -> None:
    """Show other points; a click expands where they were chosen, and only looks at a sample."""
    st.session_state[_EXPANDS] = isinstance(changed.start, Chosen)
    selecting(())
    show(changed)


def undo() -> None:
    """Go one step back."""
    _move(history().undo())


def redo() -> None:
    """Go one step forward again."""
    _move(history().redo())


def looking(**changes: Any) -> None:
    """Change how the graph is looked at, by the names of `Look`."""
    look_as(replace(look(), **changes))


def look_as(look: Look) -> None:
    """Look at the graph in another way."""
    st.session_state[_LOOK] = look


def click(point: PointId) -> None:
    """Look at a point, and add its nearest neighbours where clicks do that."""
    looking(at=point)
    if expands():
        expand(point)


def expand(point: PointId) -> None:
    """Add the nearest neighbours of a point and look at it."""
    looking(at=point)
    show(view().expanding(point))


def expands() -> bool:
    """Tell whether a click adds the neighbours of a point."""
    return bool(st.session_state[_EXPANDS])


def let_expand(expanding: bool) -> None:
    """Let clicks add neighbours, or only look."""
    st.session_state[_EXPANDS] = expanding


def selection() -> tuple[PointId, ...]:
    """Return the points that were drawn around."""
    return cast("tuple[PointId, ...]", st.session_state[_SELECTION])


def selecting(ids: Sequence[PointId]) -> None:
    """Remember drawn-around points; none of them drops the selection."""
    st.session_state[_SELECTION] = tuple(ids)


def write_link() -> None:
    """Bring the address bar up to date; a view too long for a link leaves none."""
    try:
        wanted = permalink.encode(view(), look())
    except PermalinkError:
        wanted = {}
    address.write(wanted, permalink.PARAMETERS)


def _move(changed: History[View]) -> None:
    before = view()
    st.session_state[_HISTORY] = changed
    visit.look_at(view().collection)
    if (view().collection, view().using) != (before.collection, before.using):
        selecting(())
        looking(at=None, cutoff=None)
