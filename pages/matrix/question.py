"""Which points the Matrix page compares, and the job that compares them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from explorer import permalink
from explorer.matrix import MAX_SAMPLE, Question
from pages import address, reading, startup, visit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.ids import PointId
    from explorer.draft import Draft
    from explorer.matrix import Matrix

SAMPLE, SELECTION = "Sample", "Selection"
_SCOPE, _FIRST_SCOPE, _IDS = "matrix.scope", "matrix.first_scope", "matrix.ids"
SCALES = ("Rank", "Linear", "Log")


FEWEST = 2
"""Points below which there is nothing to compare."""


def show(draft: Draft) -> tuple[Question | None, str]:
    """Draw what is compared and how it is shaded; returns the question and the scale.

    There is no question while a selection of fewer than FEWEST points is to be compared. Raises
    ValueError, with what to change, for more cells than can be shown.
    """
    if _FIRST_SCOPE not in st.session_state:
        st.session_state[_FIRST_SCOPE] = _follow_link()
    chosen = visit.selection()
    scope = st.segmented_control(
        "Compared",
        [SAMPLE, SELECTION],
        default=st.session_state[_FIRST_SCOPE],
        required=True,
        key=_SCOPE,
        persist_state="session",
        format_func=lambda name: f"{name} ({len(chosen):,})" if name == SELECTION else name,
        label_visibility="collapsed",
        help="A random sample, or the points that you drew around: on the map, or on Explore.",
    )
    with st.popover("Matrix", icon=":material/tune:", key="matrix.settings"):
        sample = _number("sample", 2, 300, "How many points are drawn at random, at most.")
        limit = _number(
            "limit", 1, 20, "How many nearest others of the sample each point is listed with."
        )
        seed = _number("seed", 0, 0, "The same seed draws the same points.", most=2**31)
        scale = st.segmented_control(
            "Shades",
            SCALES,
            default=SCALES[0],
            required=True,
            key="matrix.scale",
            bind="query-params",
            help="How scores become shades: **rank** tells as many cells apart as it can, "
            "**linear** follows the score, **log** tells the nearest apart.",
        )
    ids = chosen if scope == SELECTION else ()
    _write_link(ids)
    if scope == SELECTION and len(ids) < FEWEST:
        return None, scale.lower()
    conditions = () if ids else draft.conditions
    return Question(
        draft.collection, draft.using, sample, limit, seed, conditions, ids
    ), scale.lower()


def _follow_link() -> str:
    """Select the points that the link names, if it does; returns what to compare at first."""
    if (written := st.query_params.get(_IDS)) is None:
        return SAMPLE
    try:
        visit.select(permalink.read_ids(written))
    except ValueError as error:
        st.toast(f"The link's points cannot be read. {error}", icon=":material/link_off:")
        return SAMPLE
    return SELECTION


def _write_link(compared: Sequence[PointId]) -> None:
    """Name the selection in the address bar while it is compared, if it is not too long."""
    written = permalink.write_ids(compared)
    fits = 0 < len(written) <= permalink.MAX_LENGTH // 2
    address.write({_IDS: written} if fits else {}, (_IDS,))


def _number(name: str, least: int, usual: int, words: str, most: int = MAX_SAMPLE) -> int:
    """Draw a number that stands in the link where it is not the usual one."""
    chosen = st.number_input(
        name.title(), least, most, usual, key=f"matrix.{name}", bind="query-params", help=words
    )
    return int(chosen)


def matrix(question: Question) -> Matrix | None:
    """Return the matrix; None while it is made, with the progress drawn."""
    kept = startup.connection().matrices
    work = partial(kept.matrix, question)
    title = f"Comparing points of {question.collection}"
    key = f"matrix {hash(question)}"
    return kept.kept(question) or reading.awaited(key, title, work)
