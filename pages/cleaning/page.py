"""The Cleaning page: findings are decided, and everything can be taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.cleaning import DeskError
from pages import access, controls, opening, startup, visit
from pages.cleaning import log as cleaning_log
from pages.cleaning import many as cleaning_many
from pages.cleaning import queue as cleaning_queue
from pages.cleaning import trash as cleaning_trash
from pages.cleaning import work as cleaning_work

if TYPE_CHECKING:
    from explorer.cleaning import Desk
    from explorer.workspace import Workspace


def _draw(workspace: Workspace) -> None:
    try:
        _desk(workspace)
    except DeskError as error:
        st.error(str(error), icon=":material/error:")


def _desk(workspace: Workspace) -> None:
    draft = visit.draft()
    visit.write_link()
    summary = workspace.summary(draft.collection)
    writing = access.may_write()
    desks = startup.connection().desks
    desk = desks.resumed(summary.name) if writing else desks.of(summary.name)
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        controls.place(workspace, draft, [])
        person = _person()
    if not writing:
        st.info("Your key only allows reading: the log is here, decisions are for others.")
        cleaning_log.show(desk)
        return
    busy = cleaning_work.running(summary.name)
    _recover(desk)
    names = ["Queue", "Many at once", "Trash", "Log", "Keep a copy"]
    queue, many, trash, log, copy = st.tabs(names, key="cleaning.tab", on_change="rerun")
    if busy:
        return
    if many.open:
        with many:
            cleaning_many.show(desk, summary, person)
    elif trash.open:
        with trash:
            cleaning_trash.show(desk, summary, person)
    elif log.open:
        with log:
            cleaning_log.show(desk)
            cleaning_log.set_aside(desks.earlier(desk), person)
    elif copy.open:
        with copy:
            cleaning_log.export(desk, summary)
    else:
        with queue:
            cleaning_queue.show(desk, summary, person)


def _person() -> str:
    """Draw who decides, for the log, and return it."""
    typed = st.text_input(
        "Your name",
        key="cleaning.person",
        persist_state="session",
        placeholder="Your name, for the log",
        icon=":material/person:",
        label_visibility="collapsed",
        max_chars=60,
        width=230,
    )
    return str(typed or "").strip() or "unnamed"


def _recover(desk: Desk) -> None:
    """Put back what was cut short, and say so."""
    recovered = desk.recover()
    if recovered:
        startup.connection().forget(desk.collection)
        what = "1 decision was" if recovered == 1 else f"{recovered} decisions were"
        st.warning(
            f"{what} cut short, by a stop of the app or of the server. "
            "The points are back as they were, and the findings are open again.",
            icon=":material/settings_backup_restore:",
        )


opening.show("cleaning", _draw)
