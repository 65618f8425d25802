"""Which points the Matrix page compares, and the job that compares them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from explorer.matrix import MAX_SAMPLE, Question
from pages import reading, startup, visit

if TYPE_CHECKING:
    from explorer.draft import Draft
    from explorer.matrix import Matrix

SAMPLE, SELECTION = "Sample", "Selection"


def show(draft: Draft) -> Question:
    """Draw what is compared and return it.

    Raises ValueError, with what to change, for more cells than can be shown.
    """
    chosen = visit.selection()
    scope = st.segmented_control(
        "Compared",
        [SAMPLE, SELECTION],
        default=SAMPLE,
        required=True,
        key="matrix.scope",
        persist_state="session",
        format_func=lambda name: f"{name} ({len(chosen):,})" if name == SELECTION else name,
        disabled=not chosen,
        label_visibility="collapsed",
        help="A random sample, or the points that you drew around: on the map, or on Explore.",
    )
    with st.popover("Matrix", icon=":material/tune:", key="matrix.settings"):
        sample = st.number_input(
            "Sample",
            *(2, MAX_SAMPLE, 300),
            key="matrix.sample",
            persist_state="session",
            help="How many points are drawn at random. More than there are takes all of them.",
        )
        limit = st.number_input(
            "Limit",
            *(1, MAX_SAMPLE, 20),
            key="matrix.limit",
            persist_state="session",
            help="How many nearest others of the sample each point is listed with.",
        )
        seed = st.number_input(
            "Seed",
            *(0, 2**31, 0),
            key="matrix.seed",
            persist_state="session",
            help="The same seed draws the same points.",
        )
    ids = chosen if scope == SELECTION and len(chosen) > 1 else ()
    return Question(
        draft.collection,
        draft.using,
        int(sample),
        int(limit),
        int(seed),
        () if ids else draft.conditions,
        ids,
    )


def matrix(question: Question) -> Matrix | None:
    """Return the matrix; None while it is made, with the progress drawn."""
    kept = startup.connection().matrices
    work = partial(kept.matrix, question)
    title = f"Comparing points of {question.collection}"
    key = f"matrix {hash(question)}"
    return kept.kept(question) or reading.awaited(key, title, work)
