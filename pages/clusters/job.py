"""The long work of the Clusters page: finding clusters, and looking how stable they are."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from explorer.clusters.stability import ROUNDS, stability
from explorer.jobs import State
from pages import job_view, startup
from pages.clusters import visit as clusters_visit
from pages.reading import PATIENCE

if TYPE_CHECKING:
    from explorer.clusters.study import Question, Study
    from explorer.jobs import Job

_PRESENT = "clusters.job"
_LEFT = "clusters.left"


def study(question: Question) -> Study | None:
    """Return the answer to a question; None while it is looked for, which is shown."""
    studies, jobs = startup.studies(), startup.jobs()
    known = studies.kept(question)
    if known is not None:
        return known
    key = clusters_visit.job_key("of", question)
    _leave(key)
    job = jobs.get(key)
    if job is None or _was_left(key, job):
        title = f"{question.method.name} on {question.choice.collection}"
        work = partial(studies.study, question)
        job = startup.connection().start(key, title, work)
        job.wait(PATIENCE)
    if job.progress.state is State.DONE:
        jobs.dismiss(key)
        found: Study = job.result
        return found
    if job.running:
        job_view.show(key, done=_again)
    else:
        _ended(key, job)
    return None


def stability_button(study: Study) -> None:
    """Draw the button that looks how stable the clusters are, until that is known."""
    key = _stability_key(study)
    if clusters_visit.stability(study) is None:
        st.button(
            "Stability",
            type="tertiary",
            key="clusters.stability.start",
            icon=":material/shield:",
            disabled=startup.jobs().get(key) is not None,
            help=f"Find the clusters {ROUNDS} times anew, each time without a fifth of the points "
            "and with another seed, and see which are found again",
            on_click=_test,
            args=(key, study),
        )


def show_stability(study: Study) -> None:
    """Draw how far the look at the stability of the clusters is, and remember what it finds."""
    key = _stability_key(study)
    job = startup.jobs().get(key)
    if job is not None and job.progress.state is State.DONE:
        clusters_visit.remember_stability(study, job.result)
        startup.jobs().dismiss(key)
        st.rerun()
    job_view.show(key, done=_again)


def _test(key: str, study: Study) -> None:
    startup.connection().start(key, "Stability", partial(stability, study))


def _stability_key(study: Study) -> str:
    return clusters_visit.job_key("stability", study.question)


def _leave(key: str) -> None:
    """Cancel what this visitor waited for before, if it is something else now."""
    before = st.session_state.get(_PRESENT)
    if before is not None and before != key and (job := startup.jobs().get(before)) is not None:
        job.cancel()
        st.session_state.setdefault(_LEFT, set()).add(before)
    st.session_state[_PRESENT] = key


def _was_left(key: str, job: Job[Any]) -> bool:
    """Tell whether a job ended because the visitor asked something else meanwhile."""
    if job.running or job.progress.state is not State.CANCELLED:
        return False
    left: set[str] = st.session_state.get(_LEFT, set())
    there = key in left
    left.discard(key)
    return there


def _again(_result: Any) -> None:
    st.rerun()


def _ended(key: str, job: Job[Any]) -> None:
    """Say why there are no clusters, and offer to look for them again."""
    if job.progress.state is State.FAILED:
        st.warning(job.error or "", icon=":material/bubble_chart:")
    else:
        st.info("Finding clusters was cancelled.", icon=":material/cancel:")
    st.button(
        "Find clusters",
        key="clusters.again",
        icon=":material/refresh:",
        on_click=startup.jobs().dismiss,
        args=(key,),
    )
