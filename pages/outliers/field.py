"""Findings as a payload field of their points, which can be taken back."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from explorer.clusters.field import Written, take_back, write_values
from explorer.findings import marks
from pages import job_view, startup, written_field

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from explorer.client import Client
    from explorer.connection import Connection
    from explorer.findings import Finding
    from explorer.jobs import Report, Stopped

FIELD = "finding"
"""The payload field that is offered at first."""


def show(collection: str, findings: Sequence[Finding]) -> None:
    """Draw the form that writes findings into a payload field."""
    with st.popover("Field", icon=":material/edit_note:", key="findings.write.form"):
        field = st.text_input(
            "Payload field",
            FIELD,
            key="findings.field",
            help="Says outlier, the number of the group of duplicates, or the doubted label's "
            "alternative. The map can be coloured by it, and searches filtered.",
        )
        points = len(marks(findings))
        st.button(
            f"Write into {points:,} points",
            key="findings.write",
            icon=":material/edit_note:",
            width="stretch",
            disabled=_key(collection) in startup.jobs().running(),
            on_click=_write,
            args=(startup.connection(), collection, field, findings),
        )


def progress(collection: str) -> None:
    """Draw how far the writing is, and what was written with a way to take it back."""
    back = partial(_take_back, startup.connection())
    job = _key(collection)
    job_view.show(job, done=partial(written_field.show, "findings", job, back))


def _write(
    connection: Connection, collection: str, field: str, findings: Sequence[Finding]
) -> None:
    def work(client: Client, report: Report, stopped: Stopped) -> Written:
        return write_values(client, collection, field, marks(findings), report, stopped)

    _start(connection, collection, f"Writing {field}", work)


def _take_back(connection: Connection, done: Written) -> None:
    def work(client: Client, report: Report, stopped: Stopped) -> int:
        return take_back(client, done, report, stopped)

    _start(connection, done.collection, f"Taking {done.field} back", work)


def _start(
    connection: Connection,
    collection: str,
    title: str,
    work: Callable[[Client, Report, Stopped], object],
) -> None:
    def held(report: Report, stopped: Stopped) -> object:
        try:
            return work(connection.workspace.client, report, stopped)
        finally:
            connection.forget(collection)

    connection.start(_key(collection), title, held)


def _key(collection: str) -> str:
    return f"finding field {collection}"
