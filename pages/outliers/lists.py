"""The three lists of the Outliers page, each with its own settings."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from explorer.fields import FieldKind
from explorer.findings import (
    FindingKind,
    OutlierMethod,
    closest_scores,
    density_scores,
    disagreements,
    dissimilar_findings,
    distance_scores,
    duplicate_groups,
    starting_threshold,
    strongest,
    vote,
)
from explorer.results import counted
from pages import startup, visit
from pages.outliers import scope as outliers_scope

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.fields import PayloadField
    from explorer.findings import Finding
    from explorer.nearest import Scope
    from explorer.neighbours import Neighbours

MOST = 200
"""Findings whose cards and rings are drawn."""

LISTED = 10_000
"""Findings that may be asked for."""

_KINDS = {
    FindingKind.OUTLIER: "Outliers",
    FindingKind.DUPLICATES: "Near-duplicates",
    FindingKind.DISAGREEMENT: "Labels",
}
_METHODS = {
    OutlierMethod.DISTANCE: "Far off",
    OutlierMethod.DENSITY: "In thin air",
    OutlierMethod.DISSIMILAR: "Least alike",
}
_METHOD_HELP = (
    "**Far off**: the distance to the last of its neighbours is large (Ramaswamy et al., 2000).  \n"
    "**In thin air**: its neighbours live more densely than it does: the local outlier factor "
    "(Breunig et al., 2000). Finds points just outside a dense clump.  \n"
    "**Least alike**: even the most similar of a sample, or of your selection, is not similar: "
    "the engine's `best_score` with negatives only."
)
_LABELS = (FieldKind.KEYWORD, FieldKind.INTEGER, FieldKind.FLAG)


def kind() -> FindingKind:
    """Draw the choice of list."""
    return FindingKind(
        st.segmented_control(
            "List",
            list(_KINDS),
            default=FindingKind.OUTLIER,
            format_func=_KINDS.__getitem__,
            required=True,
            key="outliers.kind",
            persist_state="session",
            label_visibility="collapsed",
        )
    )


def show(
    kind: FindingKind, scope: Scope, near: Neighbours, fields: Sequence[PayloadField]
) -> tuple[Finding, ...]:
    """Draw the settings of a list and return what it finds.

    Raises LabelError for a field that is no label, and what the client raises.
    """
    match kind:
        case FindingKind.OUTLIER:
            return _outliers(scope, near)
        case FindingKind.DUPLICATES:
            return _duplicates(near)
        case FindingKind.DISAGREEMENT:
            return _disagreements(scope, near, fields)


def _outliers(scope: Scope, near: Neighbours) -> tuple[Finding, ...]:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        method = st.segmented_control(
            "Outliers by",
            list(_METHODS),
            default=OutlierMethod.DISTANCE,
            format_func=_METHODS.__getitem__,
            required=True,
            key="outliers.method",
            persist_state="session",
            help=_METHOD_HELP,
        )
        limit = _limit()
    if method == OutlierMethod.DISSIMILAR:
        return _dissimilar(scope, near, limit)
    measure = distance_scores if method == OutlierMethod.DISTANCE else density_scores
    return strongest(near, measure(near), OutlierMethod(method), limit)


def _dissimilar(scope: Scope, near: Neighbours, limit: int) -> tuple[Finding, ...]:
    selection = visit.selection()
    chosen: tuple[int | str, ...] = ()
    if selection and st.toggle(
        f"Compare with the {len(selection):,} selected points", key="outliers.chosen"
    ):
        chosen = tuple(selection)
    found = startup.connection().neighbourhoods.dissimilar(scope, chosen, limit)
    return dissimilar_findings(near, found)


def _duplicates(near: Neighbours) -> tuple[Finding, ...]:
    closest = closest_scores(near)
    threshold = starting_threshold(near)
    if threshold is None:
        st.info("No two of these points have anything in common.")
        return ()
    ends = np.sort(np.array([closest[0], closest[len(closest) // 2]], float))
    low, high = float(ends[0]), float(max(ends[1], ends[0] + 1e-4))
    chosen = st.slider(
        "Linked at this score or better",
        *(low, high, min(max(threshold, low), high)),
        step=(high - low) / 200,
        format=f"%.{_decimals(high - low)}f",
        key=f"outliers.threshold {low:.6g} {high:.6g}",
        help="Points hang together link by link. The slider ends where half of all points would.",
    )
    groups = duplicate_groups(near, chosen)
    points = sum(len(group.points) for group in groups)
    more = f" The tightest {MOST} are drawn." if len(groups) > MOST else ""
    st.caption(f"{counted(len(groups), 'group')} of {points:,} points.{more}")
    return groups


def _disagreements(
    scope: Scope, near: Neighbours, fields: Sequence[PayloadField]
) -> tuple[Finding, ...]:
    offered = [field.path for field in fields if field.kind in _LABELS and field.values]
    if not offered:
        st.info(
            "No payload field has labels: strings, whole numbers or flags that repeat.",
            icon=":material/label_off:",
        )
        return ()
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        field = st.selectbox("Label", offered, key=f"outliers.label {scope.collection}")
        limit = _limit()
    sure = st.toggle(
        "Only confident doubts",
        key="outliers.sure",
        persist_state="session",
        help="Where the neighbours' label is as likely as it usually is for points that carry it "
        "(confident learning, Northcutt et al., 2021).",
    )
    labels = outliers_scope.labels(scope, field)
    if labels is None:
        return ()
    votes = vote(near, labels)
    against = int(np.count_nonzero(votes.margin > 0))
    st.caption(
        f"{counted(against, 'point')} of {len(near):,} against the neighbours; "
        f"{counted(int(votes.doubted.sum()), 'confident doubt')}."
    )
    return disagreements(near, votes, field, limit, sure=sure)


def _decimals(width: float) -> int:
    """Return how many decimals tell the values of a slider apart, at least 4."""
    return max(4, 2 - math.floor(math.log10(width)))


def _limit() -> int:
    return int(
        st.number_input(
            "At most",
            *(1, LISTED, 20),
            key="outliers.limit",
            persist_state="session",
            help=f"Of them the first {MOST} are drawn; all can be sent to Cleaning.",
            width=110,
        )
    )
