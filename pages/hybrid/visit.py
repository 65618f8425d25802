"""One visitor's state on the Hybrid page: the pipeline and its history, what is looked at in it.

It is kept in Streamlit's session state, under keys that only this module names, and belongs to one
connection. The pipeline is mirrored in the address bar.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

import streamlit as st

from explorer.history import History
from explorer.permalink import PermalinkError
from explorer.pipeline import link
from explorer.pipeline.follow import follow as way
from explorer.pipeline.run import Run, run
from explorer.pipeline.stage import ROOT
from pages import address, startup, visit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from engine.ids import PointId
    from engine.query.trace import Place
    from explorer.client import Client
    from explorer.pipeline.follow import Stop
    from explorer.pipeline.pipeline import Event, Pipeline
    from explorer.pipeline.request import Encode
    from explorer.workspace import CollectionSummary

_TOKEN = "hybrid.connection"  # noqa: S105 - the name of a key
_HISTORY = "hybrid.history"
_PLACE = "hybrid.place"
_FOLLOWED = "hybrid.followed"
_RUN = "hybrid.run"
_STOPS = "hybrid.stops"

T = TypeVar("T")


def begun() -> bool:
    """Tell whether this visitor has a pipeline already, on what is looked at now."""
    return st.session_state.get(_TOKEN) == startup.connection().token


def begin(pipeline: Pipeline) -> None:
    """Start, or start anew, with a pipeline."""
    st.session_state[_TOKEN] = startup.connection().token
    st.session_state[_HISTORY] = History(pipeline)
    st.session_state[_PLACE] = ROOT
    st.session_state[_FOLLOWED] = None
    visit.look_at(pipeline.collection)


def history() -> History[Pipeline]:
    """Return the pipelines so far; `begin` comes first."""
    return cast("History[Pipeline]", st.session_state[_HISTORY])


def pipeline() -> Pipeline:
    """Return the present pipeline."""
    return history().present


def apply(event: Event) -> None:
    """Let an event change the pipeline, as a step that can be undone."""
    _move(history().push(pipeline().apply(event)))


def applying(event: Callable[[Any], Event]) -> Callable[[Any], None]:
    """Return what turns the value of a widget into an event, and applies it."""
    return lambda value: apply(event(value))


def undo() -> None:
    """Go one step back."""
    _move(history().undo())


def redo() -> None:
    """Go one step forward again."""
    _move(history().redo())


def place() -> Place:
    """Return the place of the stage that is looked at."""
    chosen = cast("Place", st.session_state[_PLACE])
    return chosen if pipeline().root.at(chosen) is not None else ROOT


def look_at(place: Place) -> None:
    """Look at another stage."""
    st.session_state[_PLACE] = place


def followed() -> PointId | None:
    """Return the point whose way through the stages is shown."""
    return cast("PointId | None", st.session_state[_FOLLOWED])


def follow(point: PointId | None) -> None:
    """Show another point's way, or none's."""
    st.session_state[_FOLLOWED] = point


def ran(client: Client, summary: CollectionSummary, encode: Encode) -> Run:
    """Return the answer of the present pipeline, asked once until it or the collection changes.

    Raises what `explorer.pipeline.run.run` raises.
    """
    state = summary.points, summary.changes
    asked = (startup.connection().token, pipeline(), state)
    return _kept(_RUN, asked, lambda: run(client, pipeline(), encode))


def stops(client: Client, run: Run, encode: Encode) -> Mapping[Place, Stop]:
    """Return what became of the followed point at each stage of a run; none where none is.

    Raises what `explorer.pipeline.follow.follow` raises.
    """
    point = followed()
    if point is None:
        return {}
    return _kept(_STOPS, (run, point), lambda: way(client, pipeline(), run, point, encode))


def write_link() -> None:
    """Bring the address bar up to date; a pipeline too long for a link leaves none."""
    try:
        wanted = link.encode(pipeline())
    except PermalinkError:
        wanted = {}
    address.write(wanted, (link.PARAMETER,))


def _move(changed: History[Pipeline]) -> None:
    before = pipeline().collection
    st.session_state[_HISTORY] = changed
    visit.look_at(pipeline().collection)
    if pipeline().collection != before:
        follow(None)
        look_at(ROOT)


def _kept(name: str, asked: object, make: Callable[[], T]) -> T:
    """Return what was made when the same was asked before, else make it and keep it."""
    known = st.session_state.get(name)
    if known is None or known[0] != asked:
        st.session_state[name] = known = (asked, make())
    return cast("T", known[1])
