"""A collection as a file to download."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from explorer.export import Export, ExportFormat, export_file
from explorer.results import counted
from pages import job_view, startup
from pages.serving import routes

if TYPE_CHECKING:
    from explorer.connection import Connection
    from explorer.export import Exported

_KEEPS = {
    ExportFormat.PARQUET: "All but search settings: an import makes the same collection again.",
    ExportFormat.JSONL: "Points and vectors, a line each. Distances are chosen at import.",
    ExportFormat.CSV: "For spreadsheets: lists and vectors are text, types are guessed at import.",
}


def job_key(collection: str) -> str:
    """Return the key of a collection's export job."""
    return f"export {collection}"


def show(name: str) -> None:
    """Draw the choice of format and the button that starts the export."""
    wanted = st.segmented_control(
        "Format",
        list(ExportFormat),
        default=ExportFormat.PARQUET,
        format_func=lambda kind: kind.value.upper(),
        required=True,
        key=f"export format {name}",
    )
    vectors = st.toggle("With vectors", value=True, key=f"export vectors {name}")
    export = Export(name, wanted or ExportFormat.PARQUET, vectors)
    st.caption(_KEEPS[export.format] if vectors else "The payload by id.")
    st.button(
        "Prepare the file",
        key=f"export {name}",
        type="primary",
        disabled=job_key(name) in startup.jobs().running(),
        on_click=_start,
        args=(startup.connection(), export),
    )


def offer(exported: Exported) -> None:
    """Draw the download of a finished export."""
    name = exported.export.collection
    with job_view.dismissable(job_key(name)):
        st.link_button(  # st.download_button would hold the whole file in memory
            f"Download {exported.export.file_name} ({counted(exported.points, 'point')})",
            routes.job_file_url(job_key(name)),
            type="primary",
            icon=":material/download:",
        )


def _start(connection: Connection, export: Export) -> None:
    work = partial(export_file, connection.workspace.client, export)
    connection.start(job_key(export.collection), f"Exporting {export.collection}", work)
