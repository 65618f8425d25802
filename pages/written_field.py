"""A payload field that a page writes into many points, as a job that can be taken back."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from explorer.written import Written, take_back, write_values
from pages import job_view, startup

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from engine.ids import PointId
    from explorer.client import Client
    from explorer.connection import Connection
    from explorer.jobs import Report, Stopped


def running(name: str, collection: str) -> bool:
    """Tell whether a page, by its name, is writing into a collection."""
    return _key(name, collection) in startup.jobs().running()


def write(
    name: str,
    collection: str,
    field: str,
    values: Mapping[PointId, Any],
    renew: Callable[[Connection], None] | None = None,
) -> None:
    """Write a value into a payload field of each of some points; ABSENT takes the field away.

    Args:
        name: tells the jobs of two pages apart.
        collection: whose points they are.
        field: the name of the field.
        values: by point.
        renew: keeps what does not depend on the field, after all of the collection is forgotten.

    """

    def work(client: Client, report: Report, stopped: Stopped) -> Written:
        return write_values(client, collection, field, values, report, stopped)

    _start(name, collection, f"Writing {field}", work, renew)


def show(name: str, collection: str, renew: Callable[[Connection], None] | None = None) -> None:
    """Draw how far the writing is, and what was written with a way to take it back.

    The arguments are those of `write`.
    """
    job = _key(name, collection)
    job_view.show(job, done=partial(_show, name, job, renew))


def _show(
    name: str, job: str, renew: Callable[[Connection], None] | None, done: Written | int
) -> None:
    with job_view.dismissable(job):
        if isinstance(done, int):
            st.caption(f"Took it back: {done:,} points are as they were.", width="content")
        else:
            told = f"Wrote `{done.field}` into {sum(done.values.values()):,} points."
            st.caption(told, width="content")
            st.button(
                "Take back",
                key=f"{name}.take_back",
                icon=":material/undo:",
                type="tertiary",
                help="Give every point the value that it had before",
                on_click=_take_back,
                args=(name, done, renew),
            )


def _take_back(name: str, done: Written, renew: Callable[[Connection], None] | None) -> None:
    def work(client: Client, report: Report, stopped: Stopped) -> int:
        return take_back(client, done, report, stopped)

    _start(name, done.collection, f"Taking {done.field} back", work, renew)


def _start(
    name: str,
    collection: str,
    title: str,
    work: Callable[[Client, Report, Stopped], object],
    renew: Callable[[Connection], None] | None,
) -> None:
    connection = startup.connection()

    def held(report: Report, stopped: Stopped) -> object:
        try:
            return work(connection.workspace.client, report, stopped)
        finally:
            connection.forget(collection)
            if renew is not None:
                renew(connection)

    connection.start(_key(name, collection), title, held)


def _key(name: str, collection: str) -> str:
    return f"{name} field {collection}"
