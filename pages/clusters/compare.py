"""The cluster that is looked at beside another one: what differs, and how well scores tell."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from engine.schema import VectorKind
from explorer.charts import separation
from explorer.clusters.comparison import Comparison, compare
from explorer.clusters.tint import told_apart
from explorer.results import descriptions
from pages.clusters import uses as clusters_uses
from pages.clusters import visit as clusters_visit
from pages.clusters.evidence import table

if TYPE_CHECKING:
    from explorer.client import Client
    from explorer.clusters.portrait import Clusters, Portrait
    from explorer.clusters.study import Study
    from explorer.workspace import CollectionSummary


def show(client: Client, study: Study, portrait: Portrait, summary: CollectionSummary) -> None:
    """Draw how the cluster that is looked at differs from the one chosen beside it, if any is."""
    clusters = clusters_visit.clusters(study)
    other = clusters.portrait(clusters_visit.other(study))
    if other is None:
        return
    comparison = compare(clusters, portrait.cluster, other.cluster)
    st.caption(_told(comparison, portrait, other, angles=clusters.angles))
    _chart(comparison, portrait, other)
    _border(client, comparison, summary)
    table(comparison.first.contrast, portrait.name, "There", "clusters.first")
    table(comparison.second.contrast, other.name, "There", "clusters.second")
    if summary.vectors[study.question.choice.using].kind is VectorKind.DENSE:
        _rather(clusters, portrait, other)


def _told(comparison: Comparison, portrait: Portrait, other: Portrait, *, angles: bool) -> str:
    word = "similarity" if angles else "distance"
    return (
        f"The centroids have a {word} of {abs(comparison.closeness):.3f}. Closer to their own: "
        f"{comparison.first.own:.0%} of “{portrait.name}”, {comparison.second.own:.0%} of "
        f"“{other.name}”."
    )


def _chart(comparison: Comparison, portrait: Portrait, other: Portrait) -> None:
    first, second = comparison.first, comparison.second
    colours = told_apart((first.cluster, second.cluster))
    option = separation.spec(
        (portrait.name, colours[first.cluster], first.leads),
        (other.name, colours[second.cluster], second.leads),
    )
    told = "Points by how much closer they are to one centroid than to the other"
    st.echarts_chart(option, height=separation.HEIGHT, key="clusters.separation", alt=told)


def _border(client: Client, comparison: Comparison, summary: CollectionSummary) -> None:
    """Name the points that might as well be in the other cluster."""
    ids = (*comparison.first.border, *comparison.second.border)
    looks = descriptions(client, summary.name, ids, summary.hints)
    st.caption(f"At the border: {', '.join(look.title for look in looks.values())}")


def _rather(clusters: Clusters, portrait: Portrait, other: Portrait) -> None:
    clusters_uses.way(
        "This one rather than that",
        ":material/compare_arrows:",
        "Ask Explore for more like this centroid and less like the other one",
        partial(
            clusters_uses.rather,
            clusters_uses.centroid_of(clusters, portrait),
            clusters_uses.centroid_of(clusters, other),
        ),
    )
