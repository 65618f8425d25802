"""The Hybrid page: a query in stages, built as a tree, and what each stage does."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from engine.errors import EngineError
from explorer.pipeline.check import check
from explorer.pipeline.follow import follow
from explorer.pipeline.looks import looks
from explorer.pipeline.request import encoding
from pages import (
    hybrid_arrival,
    hybrid_editor,
    hybrid_follow,
    hybrid_graph,
    hybrid_panels,
    hybrid_toolbar,
    hybrid_visit,
    startup,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.query.trace import Place
    from explorer.pipeline.follow import Stop
    from explorer.pipeline.pipeline import Pipeline
    from explorer.pipeline.request import Encode
    from explorer.pipeline.run import Run
    from explorer.workspace import CollectionSummary, Workspace

STYLE = Path(__file__).parent / "explore.css"


@st.fragment(key="hybrid")
def hybrid(workspace: Workspace) -> None:
    """Draw everything that a click may change: a click costs one rerun of this."""
    pipeline = hybrid_visit.pipeline()
    hybrid_visit.write_link()
    client, summary = workspace.client, workspace.summary(pipeline.collection)
    fields = hybrid_arrival.fields(workspace, summary)
    encode = encoding(summary.hints)
    findings = check(pipeline, summary.vectors, fields, encode)
    is_whole = not any(finding.fatal for finding in findings)
    run = _run(workspace, summary, encode) if is_whole else None
    followed = hybrid_visit.followed()
    stops = _stops(workspace, pipeline, run, encode)
    seen = looks(client, pipeline, run, () if followed is None else (followed,), summary.hints)
    with st.container(gap="small"):
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
            hybrid_toolbar.show(workspace, summary, fields, pipeline, seen)
        hybrid_graph.show(pipeline, run, findings, seen, stops)
        left, right = st.columns([34, 66], gap="small")
        with left:
            hybrid_editor.show(pipeline, hybrid_visit.place(), summary, fields, findings)
        with right:
            hybrid_follow.show(pipeline, stops, seen)
            if run is not None:
                hybrid_panels.show(client, pipeline, run, encode, summary.hints, seen)


def _run(workspace: Workspace, summary: CollectionSummary, encode: Encode) -> Run | None:
    try:
        return hybrid_visit.ran(workspace.client, summary.points, encode)
    except EngineError as error:
        st.error(str(error), icon=":material/error:")
        return None


def _stops(
    workspace: Workspace, pipeline: Pipeline, run: Run | None, encode: Encode
) -> Mapping[Place, Stop]:
    followed = hybrid_visit.followed()
    if run is None or followed is None:
        return {}
    return follow(workspace.client, pipeline, run, followed, encode)


st.html(STYLE)
try:
    workspace = startup.workspace()
    if workspace.names():
        hybrid_arrival.begin(workspace)
        hybrid(workspace)
    else:
        st.info("There is no collection yet.", icon=":material/database:")
        st.page_link("collections.py", label="Load or import one")
except EngineError as error:
    st.error(str(error), title="This place cannot be looked at", icon=":material/cloud_off:")
