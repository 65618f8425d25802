"""One visitor's state on the Clusters page: how clusters are found, which one is looked at.

It is kept in Streamlit's session state, under keys that only this module names. What is clustered
(the collection, the vector, the filters) is the visitor's draft, as on Explore.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, cast

import streamlit as st

from explorer.clusters.arrangement import AS_FOUND
from explorer.clusters.hdbscan import Hdbscan
from explorer.clusters.kmeans import KMeans
from explorer.clusters.leiden import Leiden
from explorer.clusters.portrait import portrayed
from explorer.clusters.sample import Choice
from explorer.clusters.study import Question
from explorer.history import History

if TYPE_CHECKING:
    from explorer.clusters.arrangement import Arrangement, Event
    from explorer.clusters.portrait import Clusters
    from explorer.clusters.stability import Stability
    from explorer.clusters.study import Method, Study
    from explorer.draft import Draft
    from explorer.workspace import CollectionSummary

WHOLE = 20_000
"""Larger collections begin with a sample."""

FIRST_SAMPLE = 10_000

_SETTINGS = "clusters.settings"
_HISTORIES = "clusters.histories"
_FOCUS = "clusters.focus"
_OTHER = "clusters.other"
_STABILITY = "clusters.stability"
_PORTRAYED = "clusters.portrayed"
_VISITOR = "clusters.visitor"


@dataclass(frozen=True, slots=True)
class Settings:
    """How clusters are found; each method keeps its own parameters while another is used.

    Attributes:
        method: the name of the method in use.
        size: points of the sample; None for all, 0 for what suits the collection.
        seed: of the sample and of the method.

    """

    method: str = Leiden.name
    leiden: Leiden = field(default_factory=Leiden)
    hdbscan: Hdbscan = field(default_factory=Hdbscan)
    kmeans: KMeans = field(default_factory=KMeans)
    size: int | None = 0
    seed: int = 0

    @property
    def chosen(self) -> Method:
        """The method in use with its parameters."""
        methods: tuple[Method, ...] = (self.leiden, self.hdbscan, self.kmeans)
        return next(method for method in methods if method.name == self.method)


def settings() -> Settings:
    """Return how clusters are found."""
    return cast("Settings", st.session_state.setdefault(_SETTINGS, Settings()))


def change(**changed: Any) -> None:
    """Set some of the settings."""
    st.session_state[_SETTINGS] = replace(settings(), **changed)


def question(draft: Draft, summary: CollectionSummary) -> Question:
    """Return what is asked about the draft's points."""
    wanted = settings()
    size = wanted.size
    if size == 0:
        size = FIRST_SAMPLE if summary.points > WHOLE else None
    seed = 0 if size is None else wanted.seed  # all points are the same whatever the seed
    choice = Choice(draft.collection, draft.using, draft.conditions, size, seed)
    return Question(choice, wanted.chosen, wanted.seed)


def clusters(study: Study) -> Clusters:
    """Return the clusters of a study as they are arranged now."""
    arrangement = history(study).present
    if arrangement == AS_FOUND:
        return study.clusters
    known = st.session_state.get(_PORTRAYED)
    if known is None or known[0] is not study or known[1] != arrangement:
        made = portrayed(study.sample, study.clusters.labels, arrangement)
        st.session_state[_PORTRAYED] = known = (study, arrangement, made)
    return cast("Clusters", known[2])


def history(study: Study) -> History[Arrangement]:
    """Return the arrangements of a study so far."""
    histories = st.session_state.setdefault(_HISTORIES, {})
    return cast("History[Arrangement]", histories.setdefault(study.version, History(AS_FOUND)))


def arrange(study: Study, event: Event) -> None:
    """Let an event change the arrangement, as a step that can be undone."""
    so_far = history(study)
    st.session_state[_HISTORIES][study.version] = so_far.push(so_far.present.apply(event))


def undo(study: Study) -> None:
    """Go one step back."""
    st.session_state[_HISTORIES][study.version] = history(study).undo()


def redo(study: Study) -> None:
    """Go one step forward again."""
    st.session_state[_HISTORIES][study.version] = history(study).redo()


def focus(study: Study) -> int | None:
    """Return the cluster that is looked at; None where it is all of them."""
    asked, cluster = st.session_state.get(_FOCUS, (None, None))
    there = asked == study.version and clusters(study).portrait(cluster) is not None
    return cluster if there else None


def look_at(study: Study, cluster: int | None) -> None:
    """Look at one cluster, or at all."""
    st.session_state[_FOCUS] = (study.version, cluster)
    st.session_state.pop(_OTHER, None)


def other(study: Study) -> int | None:
    """Return the cluster that the one looked at is compared with, None for none."""
    cluster = st.session_state.get(_OTHER)
    there = cluster != focus(study) and clusters(study).portrait(cluster) is not None
    return cluster if there else None


def chosen(study: Study) -> list[int]:
    """Return the clusters that stand out: the one looked at, and the one beside it."""
    return [cluster for cluster in (focus(study), other(study)) if cluster is not None]


def compare_with(cluster: int | None) -> None:
    """Compare the cluster that is looked at with another one, or with none."""
    st.session_state[_OTHER] = cluster


def stability(study: Study) -> Stability | None:
    """Return how stable the clusters are, None before that was looked into."""
    return cast("dict[Any, Stability]", st.session_state.get(_STABILITY, {})).get(study.version)


def remember_stability(study: Study, found: Stability) -> None:
    """Keep how stable the clusters are."""
    st.session_state.setdefault(_STABILITY, {})[study.version] = found


def job_key(kind: str, asked: object) -> str:
    """Return the key of this visitor's job about something."""
    visitor = st.session_state.setdefault(_VISITOR, secrets.token_hex(8))
    return f"clusters {kind} {visitor} {asked!r}"
