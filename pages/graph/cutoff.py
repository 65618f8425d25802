"""The cut-off: which links are shown, and into how many clumps the graph falls."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from explorer.graph.groups import clumps, sizes
from explorer.graph.linking import EXACT_TREE, TREE_NEIGHBOURS, Linking
from explorer.results import counted
from pages import bound
from pages.graph import visit as graph_visit

if TYPE_CHECKING:
    from explorer.graph.drawing import Drawing
    from explorer.graph.graph import Graph


def show(drawing: Drawing, shown: Graph) -> None:
    """Draw the slider and, in words, what is shown."""
    with st.container(
        horizontal=True, vertical_alignment="center", gap="small", key="graph-cutoff"
    ):
        _slider(drawing.graph)
        st.caption(_summary(drawing, shown))


def bounded(graph: Graph) -> float | None:
    """Return the visitor's cut-off, None where it cuts nothing off or lies beyond all links."""
    cutoff = graph_visit.look().cutoff
    if cutoff is None or not len(graph.scores):
        return None
    inside = graph.scores.min() <= cutoff <= graph.scores.max()
    return cutoff if inside else None


def _slider(graph: Graph) -> None:
    if len(np.unique(graph.scores)) < 2:
        return
    st.caption("Cut-off", width="content")
    low, high = float(graph.scores.min()), float(graph.scores.max())
    loosest = low if graph.larger_is_better else high
    cutoff = bounded(graph)
    st.slider(
        "Cut-off",
        low,
        high,
        step=(high - low) / 200,
        **bound.value(
            "graph.cutoff",
            loosest if cutoff is None else cutoff,
            lambda value: graph_visit.looking(cutoff=None if value == loosest else value),
        ),
        format="%.3f",
        label_visibility="collapsed",
        width=260,
        help="Links that score worse are hidden: what then still hangs together is a clump",
    )


def _summary(drawing: Drawing, shown: Graph) -> str:
    groups = sizes(clumps(shown))
    several = int((groups > 1).sum())
    alone = int((groups == 1).sum())
    parts = [_bold(len(shown), "point"), _bold(len(shown.edges), "link")]
    if len(shown.edges) < len(drawing.graph.edges):
        sign = "≥" if shown.larger_is_better else "≤"
        parts[1] += f" {sign} {graph_visit.look().cutoff:.3f} of {len(drawing.graph.edges):,}"
    parts.append(_bold(several, "clump"))
    if alone:
        parts.append(f"**{alone:,}** alone")
    if drawing.view.linking is Linking.TREE and len(drawing.graph) > EXACT_TREE:
        parts.append(f"approximate: among the {TREE_NEIGHBOURS} nearest of each")
    return " · ".join(parts)


def _bold(number: int, noun: str) -> str:
    figure, words = counted(number, noun).split(" ", 1)
    return f"**{figure}** {words}"
