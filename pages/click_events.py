"""What the map, the cards and the chips report, as changes of the visitor's draft."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import streamlit as st

from explorer.events import Cleared, ExampleRemoved, PointClicked, RoleChosen
from explorer.examples import Mode, Role
from explorer.frontend import newest, selected_indices, unseen
from pages import visit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from engine.ids import PointId
    from explorer.points import PointMap

    Apply: TypeAlias = Callable[[Mapping[str, Any], Any], None]
    """What an event of a component does, given the points that it is about."""

_OPPOSITE = {
    Role.POSITIVE: Role.NEGATIVE,
    Role.NEGATIVE: Role.POSITIVE,
    Role.TARGET: Role.PAIR_NEGATIVE,
    Role.PAIR_POSITIVE: Role.PAIR_NEGATIVE,
    Role.PAIR_NEGATIVE: Role.PAIR_POSITIVE,
}


def take(channel: str, points: PointMap | None, apply: Apply) -> None:
    """Apply what is new in a component's queue, each event once, in its order.

    Called as the component's callback: pure state, no drawing.
    """
    for event in unseen(_queue(channel), visit.acknowledged(channel) or 0):
        apply(event, points)
        visit.acknowledge(channel, event["seq"])


def acknowledged(channel: str) -> int:
    """Return the newest event taken, for the component to forget.

    In a session's first run what is in the queue already was applied by the session before it.
    """
    if visit.acknowledged(channel) is None:
        visit.acknowledge(channel, newest(_queue(channel)))
    return visit.acknowledged(channel) or 0


def _queue(channel: str) -> Any:
    return (st.session_state.get(channel) or {}).get("queue")


def change_draft(event: Mapping[str, Any], points: PointMap) -> None:
    """Let an event change the visitor's draft, or the selection."""
    match event["kind"]:
        case "click":
            _click(event, points)
        case "remove":
            _remove(event, points)
        case "role":
            visit.apply(RoleChosen(_role(event)))
        case "box" | "lasso":
            select(event, points)
        case "undo":
            visit.undo()
        case "redo":
            visit.redo()
        case "clear":
            visit.select(())
            visit.apply(Cleared())


def _click(event: Mapping[str, Any], points: PointMap) -> None:
    point = clicked_point(event, points)
    if point is not None:
        visit.apply(PointClicked(point, _role(event)))


def _remove(event: Mapping[str, Any], points: PointMap) -> None:
    point = clicked_point(event, points)
    if point is not None:
        visit.apply(ExampleRemoved(point))


def select(event: Mapping[str, Any], points: PointMap) -> None:
    """Remember the points that a box or a lasso was drawn around."""
    try:
        indices = selected_indices(event, len(points)).tolist()
    except ValueError:  # drawn on the map before this one: it selects nothing here
        indices = []
    visit.select([points.ids[index] for index in indices])


def clicked_point(event: Mapping[str, Any], points: PointMap) -> PointId | None:
    """Return the clicked point: by its index, or by its id where a hit is not on the map.

    Ids travel as text, since a browser's numbers end at 2 ** 53.
    """
    index, given = event.get("index"), event.get("id")
    if type(index) is int and 0 <= index < len(points):
        return points.ids[index]
    if isinstance(given, str) and given:
        return int(given) if given.isdecimal() and len(given) <= 20 else given
    return None


def _role(event: Mapping[str, Any]) -> Role | None:
    """Return the role that was asked for, None for the active one.

    A browser that has not heard of the present mode yet leaves it to us what Alt means. In Nearest
    it means "less like this", which makes the query a Recommend.
    """
    given = event.get("role")
    if given in set(Role):
        return Role(given)
    if "alt" in (event.get("modifiers") or ()):
        draft = visit.draft()
        return Role.NEGATIVE if draft.mode is Mode.NEAREST else _OPPOSITE[draft.active_role]
    return None
