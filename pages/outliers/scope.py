"""Which points the Outliers page compares, and the job that finds their neighbours."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from explorer.nearest import Scope
from pages import reading, startup

if TYPE_CHECKING:
    from explorer.draft import Draft
    from explorer.findings import Labels
    from explorer.neighbours import Neighbours
    from explorer.workspace import CollectionSummary

SAMPLES = (1_000, 5_000, 20_000, 50_000, 100_000)
DEFAULT_SAMPLE = 20_000
ALL = 0


def show(draft: Draft, summary: CollectionSummary) -> Scope:
    """Draw what is compared, behind a button, and return it."""
    with st.popover("Compared", icon=":material/tune:", key="outliers.scope"):
        k = st.slider(
            "Neighbours",
            *(2, 50, 15),
            key="outliers.k",
            persist_state="session",
            help="How many nearest points speak about each point. Few see small clumps as normal.",
        )
        sample = st.select_slider(
            "Points",
            [*SAMPLES, ALL],
            value=DEFAULT_SAMPLE,
            format_func=lambda size: "all" if size == ALL else f"{size:,}",
            key="outliers.sample",
            persist_state="session",
            help="At most so many points, drawn by the seed: all pairs of them are compared.",
        )
        seed = st.number_input(
            "Seed", min_value=0, max_value=2**31, key="outliers.seed", persist_state="session"
        )
        only = st.toggle(
            "Only what Explore's filters let through",
            key="outliers.filtered",
            persist_state="session",
            disabled=not draft.conditions,
            help=None if draft.conditions else "There are no filters on the Explore page.",
        )
    return Scope(
        draft.collection,
        draft.using,
        k,
        None if sample == ALL or summary.points <= sample else sample,
        int(seed),
        draft.conditions if only else (),
    )


def neighbours(scope: Scope) -> Neighbours | None:
    """Return the neighbours of a scope; None while they are searched, with the progress drawn."""
    nearest = startup.connection().nearest
    work = partial(nearest.neighbours, scope)
    title = f"Comparing the points of {scope.collection}"
    return nearest.kept(scope) or reading.awaited(f"neighbours {scope}", title, work)


def labels(scope: Scope, field: str) -> Labels | None:
    """Return the labels of a scope's points; None while they are read, with the progress drawn."""
    kept = startup.connection().neighbourhoods
    work = partial(kept.labels, scope, field)
    found = kept.kept_labels(scope, field)
    return found or reading.awaited(f"labels {field} {scope}", f"Reading {field}", work)
