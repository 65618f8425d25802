"""All points of the graph as a table: choosing a row looks at the point."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from explorer.graph.looks import titles
from explorer.pipeline.question import read_id
from pages import graph_visit

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from explorer.graph import Drawing, Graph
    from explorer.hints import Hints


def show(
    drawing: Drawing, shown: Graph, hints: Hints, betweenness: NDArray[np.float32] | None
) -> None:
    """Draw all points as a table; choosing a row looks at the point."""
    counted = {} if betweenness is None else {"betweenness": betweenness}
    rows = pd.DataFrame(
        {
            "id": [str(point) for point in drawing.graph.ids],
            "point": titles(drawing, hints),
            "links": shown.degrees,
            "hubness": drawing.occurrences,
            "community": drawing.communities + 1,
            **counted,
        }
    ).sort_values("hubness", ascending=False, kind="stable")
    key = f"graph.points {drawing.points.version}"
    st.dataframe(
        rows,
        key=key,
        on_select=partial(_look_at_row, key, rows["id"].tolist()),
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
