"""A collection as a file to download."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING
from weakref import finalize

import streamlit as st

from explorer.export import Export, ExportFormat, write_export
from explorer.results import counted
from pages import startup

if TYPE_CHECKING:
    from explorer.connection import Connection
    from explorer.jobs import Report, Stopped


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Exported:
    """A file that waits to be downloaded; it goes with the last who knows of it."""

    export: Export
    path: Path
    points: int


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
    with st.container(horizontal=True, vertical_alignment="center"):
        st.download_button(
            f"Download {exported.export.file_name} ({counted(exported.points, 'point')})",
            exported.path.read_bytes,  # when it is wanted, not in every run of the page
            file_name=exported.export.file_name,
            key=f"download {name}",
            type="primary",
            icon=":material/download:",
            on_click="ignore",
        )
        st.button(
            "Dismiss",
            key=f"dismiss export {name}",
            on_click=startup.jobs().dismiss,
            args=(job_key(name),),
        )


def _start(connection: Connection, export: Export) -> None:
    client = connection.workspace.client

    def write(report: Report, stopped: Stopped) -> Exported:
        folder = Path(tempfile.mkdtemp(prefix="sextant-"))
        path = folder / export.file_name
        try:
            with path.open("wb") as sink:
                points = write_export(client, export, sink, report, stopped)
        except BaseException:
            rmtree(folder)
            raise
        exported = Exported(export, path, points)
        finalize(exported, rmtree, folder, ignore_errors=True)
        return exported

    connection.start(job_key(export.collection), f"Exporting {export.collection}", write)
