"""The groups of the graph as tables: communities, clumps, and the bridges between its parts."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from explorer.graph.groups import clump_curve, clumps, sizes
from explorer.graph.linking import Linking
from explorer.graph.looks import group_names, title
from pages.graph import visit as graph_visit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from explorer.graph.drawing import Drawing
    from explorer.graph.graph import Graph
    from explorer.hints import Hints

_BRIDGES = 50


def show(drawing: Drawing, shown: Graph, hints: Hints) -> None:
    """Draw the communities or clumps as a table; choosing one selects its points."""
    kind = st.segmented_control(
        "Groups",
        ["Communities", "Clumps"],
        default="Communities",
        required=True,
        key="graph.groups",
        label_visibility="collapsed",
        help="**Communities** have more links inside than between them (Leiden).  \n"
        "**Clumps** hang together by the links that are not cut off.",
    )
    found = drawing.communities if kind == "Communities" else clumps(shown)
    counts = sizes(found)
    several = np.flatnonzero(counts > 1)
    key = f"graph.{kind} {drawing.points.version} {len(shown.edges)}"
    names = group_names(found, drawing, hints)
    table = {
        "#": several + 1,
        "around": [names[group].partition(" · ")[2] for group in several],
        "points": counts[several],
    }
    st.dataframe(
        table,
        key=key,
        on_select=partial(_select_group, key, drawing, found, several),
        selection_mode="single-row",
        hide_index=True,
        height="content" if len(several) < 9 else 320,
    )
    alone = int((counts == 1).sum())
    if alone:
        st.caption(f"{alone:,} points stand alone.")
    if kind == "Clumps":
        _curve(drawing.graph)
    _bridges(drawing, hints)


def _curve(graph: Graph) -> None:
    cutoffs, counts = clump_curve(graph)
    st.caption("Into how many clumps the graph falls at each cut-off:")
    st.line_chart({"cut-off": cutoffs, "clumps": counts}, x="cut-off", y="clumps", height=160)


def _select_group(
    key: str, drawing: Drawing, found: NDArray[np.int32], several: NDArray[np.int64]
) -> None:
    rows = st.session_state[key]["selection"]["rows"]
    members = np.flatnonzero(found == several[rows[0]]) if rows else np.empty(0, np.int64)
    graph_visit.selecting([drawing.graph.ids[place] for place in members.tolist()])


def _bridges(drawing: Drawing, hints: Hints) -> None:
    if drawing.view.linking is Linking.TREE:
        st.caption("Every link of a tree is a bridge: without it the tree would fall apart.")
        return
    rows = drawing.bridges
    ends = drawing.graph.edges[rows]
    rows = rows[(drawing.graph.degrees[ends] > 1).all(axis=1)]
    if not len(rows):
        st.caption("No single link holds larger parts together.")
        return
    st.caption(f"**Bridges**: {len(rows):,} links hold larger parts together alone.")
    a, b = drawing.graph.edges[rows[:_BRIDGES]].T
    st.dataframe(
        {
            "from": [title(drawing, place, hints) for place in a.tolist()],
            "to": [title(drawing, place, hints) for place in b.tolist()],
            "score": drawing.graph.scores[rows[:_BRIDGES]],
        },
        hide_index=True,
        height="content" if len(rows) < 7 else 240,
    )
