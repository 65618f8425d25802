"""The Hybrid page: a query in stages, built as a tree, and what each stage does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from engine.errors import EngineError
from explorer.pipeline.check import check
from explorer.pipeline.looks import looks
from explorer.pipeline.request import encoding
from pages import opening, reading
from pages.hybrid import arrival as hybrid_arrival
from pages.hybrid import editor as hybrid_editor
from pages.hybrid import follow as hybrid_follow
from pages.hybrid import graph as hybrid_graph
from pages.hybrid import panels as hybrid_panels
from pages.hybrid import toolbar as hybrid_toolbar
from pages.hybrid import visit as hybrid_visit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.pipeline.check import Finding
    from explorer.pipeline.pipeline import Pipeline
    from explorer.pipeline.request import Encode
    from explorer.pipeline.run import Run
    from explorer.workspace import CollectionSummary, Workspace


def _draw(workspace: Workspace) -> None:
    pipeline = hybrid_visit.pipeline()
    hybrid_visit.write_link()
    summary = workspace.summary(pipeline.collection)
    fields = reading.fields(summary)
    encode = encoding(summary.hints)
    findings = check(pipeline, summary.vectors, fields, encode)
    run, refusal = _run(workspace, summary, findings, encode)
    stops = {} if run is None else hybrid_visit.stops(workspace.client, run, encode)
    further = [point for point in (hybrid_visit.followed(),) if point is not None]
    seen = looks(workspace.client, pipeline, run, further, summary.hints)
    with st.container(gap="small"):
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
            hybrid_toolbar.show(workspace, summary, pipeline, seen)
        hybrid_graph.show(pipeline, run, findings, seen, stops)
        left, right = st.columns([34, 66], gap="small")
        with left:
            hybrid_editor.show(pipeline, hybrid_visit.place(), summary, fields, findings)
        with right:
            if not summary.points:
                _tell_empty(pipeline.collection)
            elif run is None:
                _explain(pipeline, findings, refusal)
            else:
                hybrid_follow.show(pipeline, stops, seen)
                hybrid_panels.show(workspace.client, pipeline, run, encode, summary.hints, seen)


def _run(
    workspace: Workspace, summary: CollectionSummary, findings: Sequence[Finding], encode: Encode
) -> tuple[Run | None, str]:
    """Return what the pipeline found, or None and why it was refused."""
    if any(finding.fatal for finding in findings):
        return None, ""
    try:
        return hybrid_visit.ran(workspace.client, summary, encode), ""
    except EngineError as error:
        return None, str(error)


def _tell_empty(collection: str) -> None:
    st.info(
        f"{collection!r} has no points yet. Import some on the Collections page, or choose another "
        "collection.",
        icon=":material/database:",
    )


def _explain(pipeline: Pipeline, findings: Sequence[Finding], refusal: str) -> None:
    """Say why there are no results, and what to do about it."""
    if refusal:
        st.error(refusal, icon=":material/error:")
    stages: dict[str, list[str]] = {}
    for finding in findings:
        if finding.fatal:
            stages.setdefault(finding.text, []).append(pipeline.at(finding.place).title)
    for text, titles in stages.items():
        st.warning(text, title=", ".join(titles), icon=":material/account_tree:")


opening.show("hybrid", _draw, hybrid_arrival.begin)
