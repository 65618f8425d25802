"""What can be done with points that were drawn around on the map of the clusters."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from explorer.clusters.arrangement import Gathered
from explorer.events import SelectionUsed
from explorer.graph.view import MAX_POINTS
from explorer.results import counted
from pages import access, scripts, selection_bar, visit, written_field
from pages.clusters import uses as clusters_uses
from pages.clusters import visit as clusters_visit
from pages.graph import arrival as graph_arrival

if TYPE_CHECKING:
    from engine.ids import PointId
    from explorer.clusters.portrait import Clusters
    from explorer.clusters.study import Study

_NAMED = 2  # clusters whose share of the selection is told


def show(study: Study) -> None:
    """Draw the uses of the selection, if there is one."""
    ids = visit.selection()
    if not ids:
        return
    clusters = clusters_visit.clusters(study)
    rows = [row for point in ids if (row := clusters.sample.row(point)) is not None]
    with selection_bar.bar(ids, visit.select, _told(clusters, rows, ids)):
        st.button(
            "Make a cluster",
            key="clusters.gather",
            icon=":material/bubble_chart:",
            disabled=not rows,
            help="Take these points out of their clusters and make one of them; undo puts them "
            "back",
            on_click=_gather,
            args=(study, rows),
        )
        st.button(
            "Only these",
            key="clusters.only",
            icon=":material/filter_alt:",
            help="Look for clusters among these points alone",
            on_click=_only,
            args=(ids,),
        )
        _elsewhere(study, ids)
        if access.may_write():
            _field(study, ids)


def _told(clusters: Clusters, rows: list[int], ids: tuple[PointId, ...]) -> str:
    """Return in which clusters the selected points are."""
    inside = clusters.labels[rows]
    shares = [(int((inside == p.cluster).sum()), p.name) for p in clusters.portraits]
    shares = sorted((share for share in shares if share[0]), reverse=True)
    parts = [f"{count:,} in {name}" for count, name in shares[:_NAMED]]
    if len(shares) > _NAMED:
        rest = sum(count for count, _ in shares[_NAMED:])
        parts.append(f"{rest:,} in {len(shares) - _NAMED:,} more")
    if noise := int((inside < 0).sum()):
        parts.append(f"{noise:,} of the noise")
    if len(ids) > len(rows):
        parts.append(f"{len(ids) - len(rows):,} that were not clustered")
    return ", ".join(parts)


def _elsewhere(study: Study, ids: tuple[PointId, ...]) -> None:
    """Draw the ways to other pages."""
    if st.button(
        "Graph",
        key="clusters.graph",
        icon=":material/hub:",
        disabled=len(ids) > MAX_POINTS,
        help=f"Draw these points and the links among them; at most {MAX_POINTS:,}",
    ):
        choice = study.question.choice
        graph_arrival.bring(choice.collection, choice.using, ids, "selected points")
        st.switch_page(scripts.GRAPH)
    if st.button(
        "Explore",
        key="clusters.explore",
        icon=":material/explore:",
        help="Go to Explore, where they are the selection: examples for queries, and a filter",
    ):
        st.switch_page(scripts.EXPLORE)


def _field(study: Study, ids: tuple[PointId, ...]) -> None:
    """Draw the form that writes a value into a payload field of the selected points."""
    collection = study.question.choice.collection
    with st.popover("Field", icon=":material/edit_note:"):
        field = st.text_input("Payload field", clusters_uses.FIELD, key="clusters.selected.field")
        value = st.text_input("Value", key="clusters.selected.value")
        st.button(
            f"Write into {counted(len(ids), 'point')}",
            key="clusters.selected.write",
            icon=":material/edit_note:",
            width="stretch",
            disabled=not value.strip() or clusters_uses.writing(collection),
            on_click=written_field.write,
            args=(clusters_uses.NAME, collection, field, dict.fromkeys(ids, value.strip())),
            kwargs={"renew": partial(clusters_uses.renew, study)},
        )


def _gather(study: Study, rows: list[int]) -> None:
    so_far = clusters_visit.history(study).present
    event = Gathered.of(rows, study.clusters.labels, so_far)
    clusters_visit.arrange(study, event)
    clusters_visit.look_at(study, event.cluster)
    visit.select(())


def _only(ids: tuple[PointId, ...]) -> None:
    visit.apply(SelectionUsed(ids, "filter"))
    visit.select(())
