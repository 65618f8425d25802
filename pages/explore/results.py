"""What the query found: cards in the order of their scores, in step with the rings on the map."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import streamlit as st

from explorer.examples import Mode, Role
from explorer.results import counted, results
from explorer.starters import started, starters
from pages import visit
from pages.components import mount
from pages.map_view import roles_available
from pages.markdown_text import literal

if TYPE_CHECKING:
    from explorer.answer import Answer
    from explorer.draft import Draft
    from explorer.hints import Hints
    from explorer.points import PointMap
    from explorer.results import Result


def show(points: PointMap, draft: Draft, answer: Answer, hints: Hints) -> None:
    """Draw the hits as cards, or what to do while there are none."""
    if answer.hits:
        st.caption(_heading(draft, answer))
    played = {entry.example: entry.role for entry in draft.played}
    found = results(answer.hits, hints, draft.offset, answer.parts)
    mount(
        "cards",
        {
            "items": [_card(points, result, played.get(result.point.id)) for result in found],
            "active_role": draft.active_role,
            "roles_available": roles_available(draft, *_less_like(draft)),
            "empty": _empty(points, draft, answer),
            "loading": False,
        },
        points,
    )


def _less_like(draft: Draft) -> tuple[Role, ...]:
    """Return the role of the cards' minus where the mode has none: it makes a Recommend of it."""
    return (Role.NEGATIVE,) if draft.mode is Mode.NEAREST else ()


def suggestions(draft: Draft, hints: Hints) -> None:
    """Draw what the collection is and its example queries, while nothing is asked yet."""
    if draft.played or draft.text:
        return
    if hints.about:
        st.caption(literal(hints.about))
    offered = starters(hints)
    if not offered:
        return
    st.caption("Or begin with an example:")
    for number, starter in enumerate(offered):
        st.button(
            f"{starter.title} :gray[{starter.mode}]",
            key=f"starter.{number}",
            on_click=visit.replace,
            args=(started(draft, starter),),
            width="stretch",
        )


def _heading(draft: Draft, answer: Answer) -> str:
    count, before = len(answer.hits), draft.offset
    shown = f"{before + 1:,} to {before + count:,}" if before else counted(count, "result")
    parts = [f"{shown} in {answer.seconds * 1000:.3g} ms", answer.note]
    if draft.mode is Mode.CONTEXT and not any(hit.score for hit in answer.hits):
        parts.append("All are on the positive side of every pair: none is better than another")
    return ". ".join(filter(None, parts))


def _card(points: PointMap, result: Result, role: Role | None) -> dict[str, Any]:
    point = result.point
    return {
        "index": points.index(point.id),
        "id": str(point.id),
        "title": point.title,
        "subtitle": point.subtitle,
        "score": result.score,
        "score_text": result.score_text,
        "rank": result.rank,
        "picture": point.picture,
        "fields": point.fields,
        "role": role,
        "parts": [asdict(part) for part in result.parts],
    }


def _empty(points: PointMap, draft: Draft, answer: Answer) -> dict[str, str]:
    if not len(points):
        return {"title": "No points yet", "text": "Import some on the Collections page."}
    if answer.refusal:
        return {"title": "This cannot be asked", "text": answer.refusal}
    missing = draft.missing()
    if missing:
        return {"title": "Point at the map", "text": missing}
    narrowed = [
        name
        for name, there in (
            ("the filters", draft.conditions),
            ("the score threshold", draft.threshold is not None),
            ("the offset", draft.offset),
        )
        if there
    ]
    others = "Try other words." if draft.text else "Try other examples."
    advice = f"Loosen {' or '.join(narrowed)}." if narrowed else others
    return {"title": "Nothing found", "text": advice}
