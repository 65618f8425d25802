"""Import a file: choose it, look into it, plan, run."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from explorer.importers import (
    SUFFIXES,
    ImportProblem,
    ImportReport,
    Source,
    from_paths,
    from_uploads,
    inspect,
    run_import,
)
from explorer.results import counted
from pages import arrival, job_view, layout_panel, startup
from pages.catalog import plan as plan_form
from pages.markdown_text import literal

if TYPE_CHECKING:
    from explorer.connection import Connection
    from explorer.importers import ImportPlan, Preview
    from explorer.jobs import Report, Stopped
    from explorer.workspace import Workspace

JOB = "import"
UPLOAD, PATH = "Upload", "Path on this machine"
ENCODINGS = ("utf-8", "cp1252", "iso-8859-15", "utf-16", "shift_jis", "gb18030")
LONGEST_CELL = 60


def show(workspace: Workspace) -> None:
    """Draw the import, from the choice of a file to its report."""
    st.subheader("Import a file", anchor=False)
    if job_view.show(JOB, done=partial(_report, workspace)):
        return
    try:
        source = _chosen()
        if source is None:
            return
        preview = inspect(source)
        _preview(preview)
        plan = plan_form.fill_in(preview, workspace)
    except ImportProblem as problem:
        st.error(str(problem), title="This cannot be imported", icon=":material/error:")
        return
    st.button(
        "Import",
        type="primary",
        icon=":material/upload:",
        key="import now",
        disabled=not plan.collection,
        on_click=_start,
        args=(startup.connection(), plan),
    )


def _chosen() -> Source | None:
    way = st.segmented_control(
        "From",
        [UPLOAD, PATH],
        default=UPLOAD,
        required=True,
        key="import from",
        label_visibility="collapsed",
    )
    return _from_path() if way == PATH else _from_upload()


def _from_upload() -> Source | None:
    limit = st.get_option("server.maxUploadSize")
    files = st.file_uploader(
        "CSV, TSV, JSONL, Parquet, Arrow, NPY, or a table with an .npy file beside it",
        type=[suffix.removeprefix(".") for suffix in SUFFIXES],
        accept_multiple_files=True,
        key="import upload",
    )
    st.caption(f"Up to {limit} MB. A larger file: {PATH}, from where it is streamed.")
    if not files:
        return None
    return _decoded(from_uploads(*((file.name, file.getvalue()) for file in files)))


def _from_path() -> Source | None:
    table = st.text_input(
        "Path of the file",
        key="import path",
        placeholder="/data/points.parquet",
        help="The file is streamed from where it is; it may be larger than memory.",
    )
    matrix = st.text_input(
        "Path of an .npy file with its vectors (optional)",
        key="import matrix path",
        help="Row i of the matrix is the vector of row i of the file.",
    )
    paths = [path.strip() for path in (table, matrix) if path.strip()]
    return _decoded(from_paths(*paths)) if paths else None


def _decoded(source: Source) -> Source:
    if source.table is None or not source.table.format.is_text:
        return source
    return replace(source, encoding=st.selectbox("Text encoding", ENCODINGS, key="import encoding"))


def _preview(preview: Preview) -> None:
    about = "" if preview.exact else "about "
    matrix = f", vectors {preview.matrix[0]:,} × {preview.matrix[1]:,}" if preview.matrix else ""
    st.caption(f"{preview.source.name}: {about}{counted(preview.rows, 'row')}{matrix}")
    if preview.first:
        frame = pd.DataFrame([_cells(row) for row in preview.first])
        st.dataframe(frame, hide_index=True, height="content", alt="The first rows of the file")
    for bad in preview.malformed[:3]:
        st.warning(f"Row {bad.row}: {bad.reason}", icon=":material/warning:")


def _cells(row: dict[str, object]) -> dict[str, str]:
    """Return values as short text: a vector of hundreds of numbers would fill the page."""
    texts = {name: str(value) for name, value in row.items()}
    return {
        name: text if len(text) <= LONGEST_CELL else f"{text[:LONGEST_CELL]}…"
        for name, text in texts.items()
    }


def _report(workspace: Workspace, report: ImportReport) -> None:
    rate = report.points / max(report.seconds, 1e-3)
    st.success(
        f"{counted(report.points, 'point')} in {report.seconds:.1f} s ({rate:,.0f} a second)",
        title="Imported",
        icon=":material/check_circle:",
    )
    if report.duplicates:
        st.caption(f"{counted(report.duplicates, 'row')} repeated the id of an earlier row.")
    if report.skipped:
        st.warning(f"Skipped {counted(report.skipped, 'row')}.", icon=":material/warning:")
        noted = [{"row": bad.row, "reason": bad.reason} for bad in report.noted]
        st.dataframe(noted, hide_index=True, alt="Skipped rows and why")
    with st.container(horizontal=True, gap="xsmall"):
        there = report.collection in workspace.names()
        if there and st.button(
            f"Explore {literal(report.collection)}", key="import explore", icon=":material/explore:"
        ):
            startup.jobs().dismiss(JOB)
            arrival.explore(workspace.summary(report.collection))
        st.button("Dismiss", key="import again", on_click=startup.jobs().dismiss, args=(JOB,))


def _start(connection: Connection, plan: ImportPlan) -> None:
    def load(report: Report, stopped: Stopped) -> ImportReport:
        outcome = run_import(connection.workspace.client, plan, report, stopped)
        connection.forget(plan.collection)
        if not plan.append:
            layout_panel.start_umap(connection, plan.collection)
        return outcome

    connection.start(JOB, f"Importing {plan.source.name}", load)
