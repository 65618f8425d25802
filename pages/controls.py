"""The toolbar: what is looked at, what is asked, how results are made, and the way back."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from explorer.arena import STRATEGIES
from explorer.draft import MAX_LIMIT, Convention
from explorer.events import (
    Cleared,
    ConventionChosen,
    LimitChanged,
    ModeChosen,
    RoleChosen,
    StrategyChosen,
    TextChanged,
    ThresholdChanged,
    VectorChosen,
)
from explorer.examples import ROLES, Mode, Role
from explorer.layout import tints
from pages import bound, startup, steps, visit

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from explorer.draft import Draft
    from explorer.fields import PayloadField
    from explorer.hints import Hints
    from explorer.points import PointMap
    from explorer.workspace import Workspace

ROLE_NAMES = {
    Role.TARGET: "Target",
    Role.POSITIVE: "Positive",
    Role.NEGATIVE: "Negative",
    Role.PAIR_POSITIVE: "Pair +",
    Role.PAIR_NEGATIVE: "Pair −",
}
ROLE_KEYS = {
    Role.TARGET: "t",
    Role.POSITIVE: "p",
    Role.NEGATIVE: "n",
    Role.PAIR_POSITIVE: "p",
    Role.PAIR_NEGATIVE: "n",
}
"""The keys that choose a role on the map; no mode has two roles of one key."""

_MODES = (
    "**Nearest**: what is closest to one point.  \n"
    "**Recommend**: more like the positives, less like the negatives.  \n"
    "**Discover**: close to a target, on the positive side of each pair.  \n"
    "**Context**: on the positive side of each pair, wherever that is."
)
_CONVENTIONS: dict[Convention, str] = {"qdrant": "Qdrant", "documented": "Documented"}


def place(workspace: Workspace, draft: Draft, vectors: Collection[str]) -> None:
    """Draw what is looked at: the collection and, where there is a choice, the vector."""
    st.selectbox(
        "Collection",
        **bound.index(
            "collection",
            workspace.names(),
            draft.collection,
            partial(_turn_to, workspace),
        ),
        label_visibility="collapsed",
        width=150,
    )
    if len(vectors) > 1:
        st.selectbox(
            "Vector",
            **bound.index("using", list(vectors), draft.using, visit.applying(VectorChosen)),
            format_func=lambda name: name or "(unnamed)",
            label_visibility="collapsed",
            width=120,
        )
    read_again(workspace, draft.collection)


def read_again(workspace: Workspace, collection: str) -> None:
    """Draw the button that forgets what was read of a server's collection."""
    if not workspace.is_embedded:
        st.button(
            "Read again",
            icon=":material/refresh:",
            type="tertiary",
            key="icon-read-again",
            help="Read again what the server holds. It tells how many points there are, but not "
            "when payloads or vectors change.",
            on_click=startup.connection().forget,
            args=(collection,),
        )


def mode(draft: Draft) -> None:
    """Draw the choice of how to ask."""
    st.segmented_control(
        "Mode",
        list(Mode),
        **bound.default("mode", draft.mode, visit.applying(lambda mode: ModeChosen(Mode(mode)))),
        format_func=str.title,
        required=True,
        label_visibility="collapsed",
    )


def text(draft: Draft) -> None:
    """Draw the field for a text, which is asked in place of examples."""
    st.text_input(
        "Search by text",
        **bound.value("text", draft.text, visit.applying(TextChanged)),
        placeholder="Search by text",
        icon=":material/search:",
        label_visibility="collapsed",
        width="stretch",
    )


def undo_redo(page: str) -> None:
    """Draw undo and redo of the draft on a page, with their keys."""
    history = visit.history()
    steps.show(page, visit.undo if history.past else None, visit.redo if history.future else None)


def undo_redo_clear() -> None:
    """Draw undo, redo and clear, with their keys."""
    undo_redo("explore")
    history = visit.history()
    st.button(
        "Clear",
        icon=":material/backspace:",
        disabled=not (history.present.played or history.present.text),
        on_click=lambda: visit.apply(Cleared()),
        type="tertiary",
        key="icon-clear",
        help="Clear: drop all examples and the text; filters and settings stay",
    )


def colour(
    fields: Sequence[PayloadField], hints: Hints, points: PointMap | None = None
) -> str | None:
    """Draw the picker of what colours the map: a field, or a tint of the layout of `points`.

    Returns the field's path, or the tint.
    """
    paths = [field.path for field in fields]
    if points is not None:
        paths += [*tints(points.layout)]
    preferred = paths.index(hints.colour) if hints.colour in paths else None
    with st.container(horizontal=True, vertical_alignment="center", width="content", gap="xsmall"):
        st.markdown(":gray[:material/palette:]", width="content")
        return st.selectbox(
            "Colour by",
            paths,
            index=preferred,
            key="colour",
            bind="query-params",
            placeholder="Colour by",
            label_visibility="collapsed",
            width=130,
        )


def role(draft: Draft) -> None:
    """Draw the role of the next click, where the mode has more than one."""
    roles = ROLES[draft.mode]
    if len(roles) > 1:
        st.segmented_control(
            "A click adds",
            roles,
            **bound.default(
                "role", draft.active_role, visit.applying(lambda role: RoleChosen(Role(role)))
            ),
            format_func=lambda role: ROLE_NAMES[role],
            required=True,
            label_visibility="collapsed",
        )


def settings(workspace: Workspace, draft: Draft) -> None:
    """Draw how results are made: strategy, limit, threshold, and formulas if there is a choice."""
    if draft.mode is Mode.RECOMMEND:
        st.selectbox(
            "Strategy",
            **bound.index(
                "strategy", list(STRATEGIES), draft.strategy, visit.applying(StrategyChosen)
            ),
            format_func=STRATEGIES.__getitem__,
            help="How the similarities to all examples become one score",
        )
    st.number_input(
        "Limit",
        min_value=1,
        max_value=MAX_LIMIT,
        **bound.value("limit", draft.limit, visit.applying(lambda limit: LimitChanged(int(limit)))),
        help="How many results to show",
    )
    st.number_input(
        "Score threshold",
        **bound.value("threshold", draft.threshold, visit.applying(ThresholdChanged)),
        step=0.05,
        format="%.4g",
        placeholder="none",
        help="Results with a worse score are left out",
    )
    if workspace.is_embedded:
        _formulas(draft)


def _formulas(draft: Draft) -> None:
    st.segmented_control(
        "Formulas",
        list(_CONVENTIONS),
        **bound.default("convention", draft.convention, visit.applying(ConventionChosen)),
        format_func=_CONVENTIONS.__getitem__,
        required=True,
        help="As the server computes, or as its documentation prints the formulas",
    )


def _turn_to(workspace: Workspace, name: str) -> None:
    visit.turn_to(name, workspace.summary(name).default_vector)
