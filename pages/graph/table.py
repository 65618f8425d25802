"""All points of the graph as a table: choosing a row looks at the point."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from explorer.graph.looks import titles
from explorer.pipeline.question import read_id
from pages.graph import visit as graph_visit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from explorer.graph.drawing import Drawing
    from explorer.graph.graph import Graph
    from explorer.hints import Hints


def show(
    drawing: Drawing, shown: Graph, hints: Hints, betweenness: NDArray[np.float32] | None
) -> None:
    """Draw all points as a table; choosing a row looks at the point."""
    order = np.argsort(-drawing.occurrences, kind="stable")
    ids = [str(drawing.graph.ids[place]) for place in order.tolist()]
    columns: dict[str, NDArray[np.number]] = {
        "links": shown.degrees,
        "hubness": drawing.occurrences,
        "community": drawing.communities + 1,
    }
    if betweenness is not None:
        columns["betweenness"] = betweenness
    names = titles(drawing, hints)
    rows = {"id": ids, "point": [names[place] for place in order.tolist()]}
    key = f"graph.points {drawing.points.version}"
    st.dataframe(
        rows | {name: values[order] for name, values in columns.items()},
        key=key,
        on_select=partial(_look_at_row, key, ids),
        selection_mode="single-row",
        hide_index=True,
        height=480,
        column_config={
            "hubness": st.column_config.NumberColumn(
                help=f"Among the {drawing.view.k} nearest of so many others"
            ),
            "links": st.column_config.NumberColumn(help="That are not cut off"),
        },
    )


def _look_at_row(key: str, ids: Sequence[str]) -> None:
    rows = st.session_state[key]["selection"]["rows"]
    graph_visit.looking(at=read_id(ids[rows[0]]) if rows else None)
