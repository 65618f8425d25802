"""With which pipeline a visit to the Hybrid page begins, and which examples it offers."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import streamlit as st
from qdrant_client import models

from explorer.permalink import PermalinkError
from explorer.pipeline import link
from explorer.pipeline.events import PipelineOpened
from explorer.pipeline.pipeline import Pipeline
from explorer.pipeline.presets import Sample, presets
from explorer.pipeline.request import encoding, reads, request
from explorer.pipeline.run import answer
from explorer.pipeline.stage import Nearest, Stage
from explorer.results import describe
from pages import address, arrival, reading, startup
from pages.hybrid import visit as hybrid_visit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.ids import PointId
    from explorer.pipeline.presets import Preset
    from explorer.workspace import CollectionSummary, Workspace


def begin(workspace: Workspace) -> None:
    """Start the visit as the link says, else go on with the collection that is looked at."""
    names = workspace.names()
    linked = _linked(names)
    if not (hybrid_visit.begun() and hybrid_visit.pipeline().collection in names):
        hybrid_visit.begin(linked or first(workspace, arrival.usual(names)))
    elif linked is not None:
        hybrid_visit.apply(PipelineOpened(linked))
    else:
        turn_to(workspace, arrival.usual(names))


def turn_to(workspace: Workspace, collection: str) -> None:
    """Show the pipeline that a collection was left with, else its first."""
    if hybrid_visit.pipeline().collection != collection:
        left = hybrid_visit.history().latest(lambda one: one.collection == collection)
        hybrid_visit.apply(PipelineOpened(left or first(workspace, collection)))


def first(workspace: Workspace, collection: str) -> Pipeline:
    """Return the pipeline to begin with on a collection."""
    summary = workspace.summary(collection)
    offered = examples(workspace, summary)
    if offered:
        return offered[0].pipeline
    return Pipeline(collection, Stage(Nearest(summary.default_vector)))


def examples(workspace: Workspace, summary: CollectionSummary) -> tuple[Preset, ...]:
    """Return the examples that fit a collection, made once until its points change.

    One without points has none.
    """
    token = startup.connection().token
    return _examples(workspace, token, summary.name, summary.points, summary.changes)


@st.cache_data(max_entries=32, show_spinner=False)
def _examples(
    _workspace: Workspace,
    token: str,  # noqa: ARG001 - the rest of the key, as of `reading.fields`
    collection: str,
    points: int,  # noqa: ARG001
    changes: int,  # noqa: ARG001
) -> tuple[Preset, ...]:
    summary = _workspace.summary(collection)
    sample = _sample(_workspace, summary)
    if sample is None or not summary.vectors:
        return ()
    encode = encoding(summary.hints)

    def find(pipeline: Pipeline) -> tuple[models.ScoredPoint, ...]:
        return answer(_workspace.client, collection, request(pipeline, encode))[1]

    return presets(
        summary, reading.fields(summary), sample, lambda using: reads(encode, using), find
    )


def _sample(workspace: Workspace, summary: CollectionSummary) -> Sample | None:
    """Return the point to ask by: the suggested one, else the first that has most vectors."""
    suggested = [s.positives[0] for s in summary.hints.starters if s.positives]
    records = workspace.client.retrieve(summary.name, suggested[:1], with_payload=True)
    for wanted in (list(summary.vectors), [summary.default_vector]):
        records = records or _first_with(workspace, summary.name, wanted)
    if not records:
        return None
    point = cast("PointId", records[0].id)
    return Sample(point, describe(point, records[0].payload or {}, summary.hints).title)


def _first_with(
    workspace: Workspace, collection: str, vectors: Sequence[str]
) -> list[models.Record]:
    present = models.Filter(must=[models.HasVectorCondition(has_vector=name) for name in vectors])
    return workspace.client.scroll(collection, present, limit=1, with_payload=True)[0]


def _linked(names: Sequence[str]) -> Pipeline | None:
    told = link.PARAMETER in st.query_params
    if not told or (hybrid_visit.begun() and not address.left((link.PARAMETER,))):
        return None
    try:
        pipeline = link.decode(st.query_params)
    except PermalinkError as error:
        st.toast(f"This link cannot be read. {error}", icon=":material/link_off:")
        return None
    if pipeline.collection not in names:
        st.toast(
            f"There is no collection {pipeline.collection!r} here.", icon=":material/link_off:"
        )
        return None
    return pipeline
