"""What a cluster is good for: queries, selections, filters in Explore; files; a payload field."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from engine.schema import VectorKind
from explorer.clusters.ground import NOISE
from explorer.clusters.table import assignments, written
from explorer.events import Cleared, ModeChosen, PointClicked, SelectionUsed
from explorer.examples import Mode, Role, Vector
from explorer.export import ExportFormat
from explorer.graph.view import MAX_POINTS
from explorer.results import counted
from pages import scripts, visit, written_field
from pages.clusters import visit as clusters_visit
from pages.graph import arrival as graph_arrival

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.ids import PointId
    from explorer.clusters.portrait import Clusters, Portrait
    from explorer.clusters.study import Study
    from explorer.connection import Connection
    from explorer.examples import Example
    from explorer.workspace import CollectionSummary

FIELD = "cluster"
"""The payload field that is offered at first."""

NAME = "clusters"
"""What tells the writing of fields here from that of other pages."""

_LEAVING = "clusters.leaving"
_FILES = {
    ExportFormat.CSV: ("CSV", "text/csv"),
    ExportFormat.PARQUET: ("Parquet", "application/vnd.apache.parquet"),
}


def to_explore(clusters: Clusters, portrait: Portrait, summary: CollectionSummary) -> None:
    """Draw the ways from a cluster to Explore."""
    vector = summary.vectors[clusters.sample.choice.using]
    dense = vector.kind is VectorKind.DENSE
    with st.container(horizontal=True, gap="xsmall"):
        way(
            "Near its centroid",
            ":material/adjust:",
            "Ask Explore for what is nearest to the mean vector of the cluster"
            if dense
            else "Only dense vectors have a mean that can be asked for: take the medoid",
            partial(_ask, centroid_of(clusters, portrait)) if dense else None,
        )
        way(
            "Near its medoid",
            ":material/my_location:",
            "Ask Explore for what is nearest to the point in the middle of the cluster",
            partial(_ask, portrait.typical[0]),
        )
        ids = partial(clusters.ids, portrait.cluster)
        way(
            "Select",
            ":material/select_all:",
            "Show the points as the selection in Explore",
            lambda: visit.select(ids()),
        )
        way(
            "Filter",
            ":material/filter_alt:",
            "Search only among these points in Explore",
            lambda: visit.apply(SelectionUsed(ids(), "filter")),
        )
        way(
            "Graph",
            ":material/hub:",
            f"Draw the points and the links among them; at most {MAX_POINTS:,}",
            partial(_draw, clusters, ids) if portrait.size <= MAX_POINTS else None,
            scripts.GRAPH,
        )
        download(clusters, portrait.cluster)


def _draw(clusters: Clusters, ids: Callable[[], tuple[PointId, ...]]) -> None:
    choice = clusters.sample.choice
    graph_arrival.bring(choice.collection, choice.using, ids(), "points of a cluster")


def centroid_of(clusters: Clusters, portrait: Portrait) -> Vector:
    """Return the mean vector of a cluster, as an example of a query."""
    values = clusters.centroid(portrait.cluster).tolist()
    return Vector(tuple(values), f"centroid of {portrait.name}")


def rather(first: Vector, second: Vector) -> None:
    """Ask Explore for more like one vector and less like another."""
    visit.apply(Cleared())
    visit.apply(ModeChosen(Mode.RECOMMEND))
    visit.apply(PointClicked(first, Role.POSITIVE))
    visit.apply(PointClicked(second, Role.NEGATIVE))


def leave_for(point: PointId) -> None:
    """Ask Explore for what is near a point, as soon as the page is drawn again."""
    _ask(point)
    st.session_state[_LEAVING] = True


def leave() -> None:
    """Go to Explore if that was asked for."""
    if st.session_state.pop(_LEAVING, False):
        st.switch_page(scripts.EXPLORE)


def _ask(example: Example) -> None:
    visit.apply(Cleared())
    visit.apply(ModeChosen(Mode.NEAREST))
    visit.apply(PointClicked(example, Role.TARGET))


def way(
    label: str,
    icon: str,
    told: str,
    take: Callable[[], None] | None,
    script: str = scripts.EXPLORE,
) -> None:
    """Draw a button that does something and then leads to a page, by default to Explore."""
    key = f"clusters.{label}"
    if st.button(label, icon=icon, help=told, key=key, disabled=take is None) and take:
        take()
        st.switch_page(script)


def download(clusters: Clusters, cluster: int | None = None) -> None:
    """Draw the downloads: which point is in which cluster, or the points of one."""
    which = "clusters" if cluster is None else f"cluster-{cluster + 1}"
    for form, (label, mime) in _FILES.items():
        st.download_button(
            label,
            partial(_file, clusters, cluster, form),
            file_name=f"{clusters.sample.choice.collection}-{which}.{form.value}",
            mime=mime,
            key=f"clusters.download.{form.value}",
            help="Ids with the number and the name of the cluster, and how close each point is to "
            "the centroid",
            icon=":material/download:",
            on_click="ignore",
        )


def _file(clusters: Clusters, cluster: int | None, form: ExportFormat) -> bytes:
    return written(assignments(clusters, cluster), form)


def noise(clusters: Clusters) -> None:
    """Draw the way from the noise to Explore, if there is any."""
    if clusters.noise:
        way(
            f"Select {counted(clusters.noise, 'point')} of noise",
            ":material/select_all:",
            "Show the points that are in no cluster as the selection in Explore",
            lambda: visit.select(clusters.ids(NOISE)),
        )


def to_field(study: Study) -> None:
    """Draw the form that writes the clusters into a payload field."""
    clusters = clusters_visit.clusters(study)
    field = st.text_input(
        "Payload field",
        FIELD,
        key="clusters.field",
        help="Each clustered point gets the name of its cluster under this key; noise gets none",
    )
    st.button(
        f"Write into {counted(len(clusters.sample) - clusters.noise, 'point')}",
        key="clusters.write",
        icon=":material/edit_note:",
        width="stretch",
        disabled=writing(study.question.choice.collection),
        on_click=_write,
        args=(study, field),
    )


def writing(collection: str) -> bool:
    """Tell whether a field of a collection is being written."""
    return written_field.running(NAME, collection)


def field_job(study: Study) -> None:
    """Draw how far the writing is, and what was written with a way to take it back."""
    written_field.show(NAME, study.question.choice.collection, partial(renew, study))


def _write(study: Study, field: str) -> None:
    names = clusters_visit.clusters(study).called()
    collection = study.question.choice.collection
    written_field.write(NAME, collection, field, names, partial(renew, study))


def renew(study: Study, connection: Connection) -> None:
    """Keep clusters, which do not depend on the field that they were written into."""
    connection.studies.renew(study)
