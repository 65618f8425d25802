"""One cluster: its name, what sets it apart, its points in the middle, and what to do with it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from explorer.clusters.arrangement import Merged, Renamed
from explorer.clusters.tint import told_apart
from explorer.results import counted, descriptions
from pages import bound, steps
from pages.clusters import cards as clusters_cards
from pages.clusters import compare as clusters_compare
from pages.clusters import uses as clusters_uses
from pages.clusters import visit as clusters_visit
from pages.clusters.evidence import table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from explorer.client import Client
    from explorer.clusters.portrait import Clusters, Portrait
    from explorer.clusters.study import Study
    from explorer.points import PointMap
    from explorer.workspace import CollectionSummary


def show(
    client: Client,
    study: Study,
    portrait: Portrait,
    points: PointMap,
    summary: CollectionSummary,
) -> None:
    """Draw everything about the cluster that is looked at."""
    clusters = clusters_visit.clusters(study)
    _heading(study, portrait)
    clusters_uses.to_explore(clusters, portrait, summary)
    looks = descriptions(client, summary.name, portrait.typical, summary.hints)
    clusters_cards.show(points, clusters, looks)
    table(portrait.contrast, "Sets it apart", "Elsewhere", "clusters.evidence")
    _others(study, clusters, portrait)
    clusters_compare.show(client, study, portrait, summary)


def show_steps(study: Study) -> None:
    """Draw undo and redo of what was changed about the clusters by hand."""
    history = clusters_visit.history(study)
    steps.show(
        "clusters",
        partial(clusters_visit.undo, study) if history.past else None,
        partial(clusters_visit.redo, study) if history.future else None,
    )


def _heading(study: Study, portrait: Portrait) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.button(
            "All clusters",
            icon=":material/arrow_back:",
            type="tertiary",
            key="clusters.back",
            on_click=clusters_visit.look_at,
            args=(study, None),
        )
        st.space("stretch")
        show_steps(study)
        st.caption(f"{counted(portrait.size, 'point')} · {portrait.share:.1%}", width="content")
    colour = told_apart(clusters_visit.chosen(study))[portrait.cluster]
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.html(f'<span style="color:{colour}">●</span>', width="content")
        st.text_input(
            "Name",
            **bound.value(
                f"clusters.name.{portrait.cluster}",
                portrait.name,
                lambda name: clusters_visit.arrange(study, Renamed(portrait.cluster, name)),
            ),
            label_visibility="collapsed",
            placeholder="Empty brings back the name from its evidence",
        )


def _others(study: Study, clusters: Clusters, portrait: Portrait) -> None:
    """Draw the choice of another cluster, to compare with or to merge into this one."""
    near = dict(portrait.near)
    further = (p.cluster for p in clusters.portraits if p.cluster != portrait.cluster)
    others = list(dict.fromkeys((*near, *further)))
    if not others:
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall"):
        other = st.selectbox(
            "Beside",
            **bound.index(
                "clusters.other", others, clusters_visit.other(study), clusters_visit.compare_with
            ),
            format_func=lambda cluster: _named(clusters, cluster, near),
            placeholder="Another cluster, the nearest first",
        )
        st.button(
            "Merge",
            icon=":material/call_merge:",
            key="clusters.merge",
            disabled=other is None,
            help="Make one cluster of both, under this name; undo takes them apart again",
            on_click=_merge,
            args=(study, other, portrait.cluster),
        )


def _merge(study: Study, cluster: int, into: int) -> None:
    clusters_visit.arrange(study, Merged(cluster, into))
    clusters_visit.look_at(study, into)


def _named(clusters: Clusters, cluster: int, near: Mapping[int, float]) -> str:
    portrait = clusters.portrait(cluster)
    name = "" if portrait is None else portrait.name
    return f"{name} ({abs(near[cluster]):.2f})" if cluster in near else name
