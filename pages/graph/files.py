"""The graph as files to download."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from explorer.graph.export import GraphFormat, write_graph

if TYPE_CHECKING:
    from explorer.graph.drawing import Drawing
    from explorer.hints import Hints

_FORMATS = {
    GraphFormat.GRAPHML: "GraphML, for Gephi, yEd, Cytoscape",
    GraphFormat.GEXF: "GEXF, for Gephi",
    GraphFormat.JSON: "JSON, nodes and links",
    GraphFormat.CSV: "CSV, links only",
}


def show(drawing: Drawing, hints: Hints) -> None:
    """Draw the downloads."""
    stem = f"{drawing.view.collection}-{drawing.view.linking}"
    for kind, label in _FORMATS.items():
        st.download_button(
            label,
            partial(write_graph, drawing, hints, kind),
            file_name=f"{stem}.{kind}",
            mime=kind.media_type,
            key=f"graph.file.{kind}",
            icon=":material/download:",
            on_click="ignore",
        )
    st.caption("The address of this page brings the same graph back.")
