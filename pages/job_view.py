"""A background job on the page: its progress, a button to cancel it, and how it ended."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import streamlit as st

from explorer.jobs import State
from pages import startup

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from explorer.jobs import Job

EVERY = 0.4
"""Seconds between two looks at a running job."""


def show(key: str, done: Callable[[Any], None], *, stoppable: bool = True) -> bool:
    """Draw the job of this key, if there is one; return whether it is still running.

    `done` draws what a finished job returned. Failures stay until they are dismissed. A job that
    cannot stop midway has no button to cancel it.
    """
    job = startup.jobs().get(key)
    if job is None:
        return False
    if job.running:
        st.fragment(_running, run_every=EVERY, key=f"running {key}")(key, job, stoppable)
        return True
    _ended(key, job, done)
    return False


def _running(key: str, job: Job[Any], stoppable: bool) -> None:
    progress = job.progress
    if not job.running:
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.progress(progress.fraction or 0.0, _line(job.title, progress.message, progress.done))
        if stoppable and st.button("Cancel", key=f"cancel {key}", icon=":material/close:"):
            job.cancel()


def _line(title: str, message: str, done: int) -> str:
    return f"{title}: {message.lower()} ({done:,})" if done else f"{title}: {message.lower()}"


def _ended(key: str, job: Job[Any], done: Callable[[Any], None]) -> None:
    if job.progress.state is State.DONE:
        done(job.result)
        return
    with dismissable(key):
        if job.progress.state is State.FAILED:
            st.error(job.error or "", title=f"{job.title} failed", icon=":material/error:")
        else:
            st.info(f"{job.title} was cancelled. {job.progress.message}", icon=":material/cancel:")


@contextmanager
def dismissable(key: str) -> Iterator[None]:
    """Draw a row: what is drawn meanwhile, and a button after which the job is forgotten."""
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        yield
        st.button(
            "Dismiss",
            key=f"icon-dismiss-{key}",
            icon=":material/close:",
            type="tertiary",
            help="Dismiss",
            on_click=startup.jobs().dismiss,
            args=(key,),
        )
