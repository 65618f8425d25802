"""The toolbar of the Clusters page: of which points, by which method, with which parameters."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import streamlit as st

from explorer.clusters.hdbscan import Hdbscan
from explorer.clusters.kmeans import KMeans
from explorer.clusters.leiden import Leiden
from pages import bound, controls, filters_popover
from pages.clusters import visit as clusters_visit
from pages.clusters.visit import change

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.draft import Draft
    from explorer.fields import PayloadField
    from explorer.workspace import CollectionSummary, Workspace

SIZES = (1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000)
MOST_CLUSTERS = 100

_METHODS = (
    "**Leiden**: groups with many links among nearest neighbours. Every point is in one.  \n"
    "**HDBSCAN**: dense regions of any shape; points in thin regions are noise.  \n"
    "**k-means**: as many round groups as you say. Every point is in one."
)


def show(
    workspace: Workspace, draft: Draft, summary: CollectionSummary, fields: Sequence[PayloadField]
) -> None:
    """Draw what is clustered, and how."""
    controls.place(workspace, draft, summary.vectors)
    settings = clusters_visit.settings()
    st.segmented_control(
        "Method",
        [Leiden.name, Hdbscan.name, KMeans.name],
        **bound.default("clusters.method", settings.method, lambda name: change(method=name)),
        required=True,
        help=_METHODS,
        label_visibility="collapsed",
    )
    _main_parameter(settings)
    st.space("stretch")
    filters_popover.show(fields, summary.hints)
    options = st.popover("Options", icon=":material/tune:", key="options", on_change="rerun")
    if options.open:
        with options:
            _options(settings, summary)


def _main_parameter(settings: clusters_visit.Settings) -> None:
    """Draw the parameter that decides most about how many clusters there are."""
    match settings.chosen:
        case Leiden(resolution=value) as leiden:
            take = bound.value(
                "clusters.resolution", value, lambda v: change(leiden=replace(leiden, resolution=v))
            )
            _slider("Resolution", (0.1, 5.0), 0.1, "Larger gives more and smaller clusters", take)
        case Hdbscan(smallest=value) as hdbscan:
            take = bound.value(
                "clusters.smallest", value, lambda v: change(hdbscan=replace(hdbscan, smallest=v))
            )
            told = "Points that a group needs to count as a cluster"
            _slider("Smallest cluster", (3, 200), 1, told, take)
        case KMeans(clusters=value):
            take = bound.value("clusters.count", value, lambda v: change(kmeans=KMeans(v)))
            told = "How many; fewer where fewer points differ"
            _slider("Clusters", (2, MOST_CLUSTERS), 1, told, take)


def _slider(
    label: str, ends: tuple[float, float], step: float, told: str, bound_to: dict[str, Any]
) -> None:
    """Draw a slider in one line with its name, as the toolbar wants it."""
    with st.container(horizontal=True, vertical_alignment="center", width="content", gap="xsmall"):
        st.caption(label, width="content", help=told)
        st.slider(label, *ends, step=step, **bound_to, label_visibility="collapsed", width=180)


def _options(settings: clusters_visit.Settings, summary: CollectionSummary) -> None:
    _sample(settings, summary)
    st.number_input(
        "Seed",
        min_value=0,
        step=1,
        **bound.value("clusters.seed", settings.seed, lambda seed: change(seed=int(seed))),
        help="The same seed draws the same sample and gives the same clusters",
    )
    match settings.chosen:
        case Leiden() as leiden:
            _neighbours(leiden.neighbours, lambda n: change(leiden=replace(leiden, neighbours=n)))
        case Hdbscan() as hdbscan:
            _neighbours(
                hdbscan.neighbours, lambda n: change(hdbscan=replace(hdbscan, neighbours=n))
            )
            st.slider(
                "Density by",
                *(2, hdbscan.neighbours),
                **bound.value(
                    "clusters.core",
                    min(hdbscan.core, hdbscan.neighbours),
                    lambda n: change(hdbscan=replace(hdbscan, core=n)),
                ),
                help="A place is dense when this many points are close together; larger gives more "
                "noise",
            )
            st.toggle(
                "Noise joins its neighbours",
                **bound.value(
                    "clusters.adopts",
                    hdbscan.adopts,
                    lambda on: change(hdbscan=replace(hdbscan, adopts=on)),
                ),
                help="Each point of the noise goes into the cluster of most of its neighbours",
            )


def _sample(settings: clusters_visit.Settings, summary: CollectionSummary) -> None:
    whole = f"All {summary.points:,}"
    offered = {f"{size:,}": size for size in SIZES if size < summary.points}
    named = {size: name for name, size in offered.items()}
    automatic = clusters_visit.FIRST_SAMPLE if summary.points > clusters_visit.WHOLE else None
    shown = automatic if settings.size == 0 else settings.size
    st.select_slider(
        "Points",
        [*offered, whole],
        **bound.value(
            "clusters.size",
            named.get(shown or 0, whole),
            lambda name: change(size=offered.get(name)),
        ),
        help="All of them, or a sample drawn by the seed. Up to 100,000 points are a matter of "
        "minutes",
    )


def _neighbours(count: int, take: bound.Take) -> None:
    st.slider(
        "Neighbours",
        *(5, 50),
        **bound.value("clusters.neighbours", count, take),
        help="How many nearest points each point is linked to: few show detail, many the whole",
    )
