"""The Clusters page: which groups the points form, what sets each apart, and what to do with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.results import counted, descriptions
from pages import access, filters_popover, opening, reading
from pages.clusters import job as clusters_job
from pages.clusters import panel as clusters_panel
from pages.clusters import selection as clusters_selection
from pages.clusters import toolbar as clusters_toolbar
from pages.clusters import uses as clusters_uses
from pages.clusters import view as clusters_view
from pages.clusters import visit as clusters_visit

if TYPE_CHECKING:
    from explorer.clusters.study import Study
    from explorer.points import PointMap
    from explorer.workspace import CollectionSummary, Workspace


def _draw(workspace: Workspace) -> None:
    clusters_uses.leave()
    draft, summary, fields = reading.present(workspace)
    with st.container(gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
            clusters_toolbar.show(workspace, draft, summary, fields)
        points = reading.point_map(summary, draft.using)
        if points is None:
            return
        with st.container(horizontal=True, gap="xsmall"):
            filters_popover.chips()
        left, right = st.columns([60, 40], gap="small")
        with right, st.container(key="results"):
            study = clusters_job.study(clusters_visit.question(draft, summary))
            if study is not None:
                _beside(workspace, study, points, summary)
        with left:
            clusters_view.show_map(points, summary.hints, study)
            if study is not None:
                clusters_selection.show(study)
            reading.refresh(summary, points)


def _beside(
    workspace: Workspace, study: Study, points: PointMap, summary: CollectionSummary
) -> None:
    """Draw all clusters, or the one that is looked at."""
    found = clusters_visit.clusters(study)
    portrait = found.portrait(clusters_visit.focus(study))
    clusters_uses.field_job(study)
    if portrait is not None:
        clusters_panel.show(workspace.client, study, portrait, points, summary)
        return
    _heading(study)
    shown = clusters_view.shown(found)
    looks = descriptions(workspace.client, summary.name, shown, summary.hints)
    clusters_view.show_list(points, study, looks)


def _heading(study: Study) -> None:
    """Draw how many clusters there are, and what can be done with all of them."""
    found = clusters_visit.clusters(study)
    stability = clusters_visit.stability(study)
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.markdown(f"**{counted(len(found.portraits), 'cluster')}**", width="content")
        noise = f", {found.noise / len(found.labels):.0%} noise" if found.noise else ""
        st.caption(f"of {counted(len(found.labels), 'point')}{noise}", width="content")
        st.space("stretch")
        clusters_job.stability_button(study)
        clusters_panel.show_steps(study)
        with st.popover("Use all", icon=":material/output:", disabled=not found.portraits):
            with st.container(horizontal=True, gap="xsmall"):
                clusters_uses.download(found)
            clusters_uses.noise(found)
            if access.may_write():
                clusters_uses.to_field(study)
    clusters_job.show_stability(study)
    if stability is not None:
        st.caption(
            f"Found again in {stability.rounds} rounds with an adjusted Rand index of "
            f"{stability.agreement:.2f} (1: always the same, 0: chance)."
        )


opening.show("clusters", _draw)
