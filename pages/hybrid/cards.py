"""Result cards on the Hybrid page: a click follows a point, its plus asks by it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from explorer.examples import Role
from explorer.frontend import unseen
from explorer.pipeline.events import OperationChosen, QuestionAsked
from explorer.pipeline.question import Like, read_id
from explorer.pipeline.stage import Nearest
from pages import click_events, visit
from pages.hybrid import visit as hybrid_visit
from pages.serving.routes import module_url

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.ids import PointId
    from explorer.results import Result

_CARDS = st.components.v2.component(
    "sextant_hybrid_cards",
    js=f'const module = await import(new URL("{module_url("cards.js")}", document.baseURI).href);\n'
    "export default module.default;\n",
)
_ROLES = [{"role": Role.TARGET, "label": "Ask by this", "key": "a"}]


def show(
    channel: str, results: Sequence[Result], asked: Sequence[PointId], empty: Mapping[str, str]
) -> None:
    """Draw cards.

    Args:
        channel: a name of its own for each place where cards stand on the page.
        results: best first.
        asked: the points that are asked by; their cards say so.
        empty: title and text while there are none.

    """
    _CARDS(
        key=channel,
        data={
            "channel": channel,
            "items": [_card(result, result.point.id in asked) for result in results],
            "ack": click_events.acknowledged(channel),
            "active_role": None,
            "roles_available": _ROLES,
            "empty": empty,
            "loading": False,
        },
        on_queue_change=lambda: _take(channel),
    )


def _take(channel: str) -> None:
    """Apply what is new in the queue of some cards, each event once."""
    queue = (st.session_state.get(channel) or {}).get("queue")
    for event in unseen(queue, visit.acknowledged(channel) or 0):
        visit.acknowledge(channel, event["seq"])
        if event["kind"] == "click" and isinstance(event.get("id"), str):
            _click(event["id"], asks=event.get("role") == Role.TARGET)


def _click(written: str, *, asks: bool) -> None:
    try:
        point = read_id(written)
    except ValueError:  # no card of ours has such an id
        return
    if asks:
        _ask_by(point)
    else:
        hybrid_visit.follow(None if hybrid_visit.followed() == point else point)


def _ask_by(point: PointId) -> None:
    """Ask by a point: the stage that is looked at where it asks something of its own, else all."""
    place = hybrid_visit.place()
    nearest = hybrid_visit.pipeline().at(place).operation
    if isinstance(nearest, Nearest) and nearest.question is not None:
        own = Nearest(nearest.using, Like(point), nearest.diversity)
        hybrid_visit.apply(OperationChosen(place, own))
    else:
        hybrid_visit.apply(QuestionAsked(Like(point)))


def _card(result: Result, is_asked: bool) -> dict[str, Any]:
    point = result.point
    return {
        "index": None,
        "id": str(point.id),
        "title": point.title,
        "subtitle": point.subtitle,
        "score": result.score,
        "score_text": result.score_text,
        "rank": result.rank,
        "picture": point.picture,
        "fields": point.fields,
        "role": Role.TARGET if is_asked else None,
        "parts": [],
    }
