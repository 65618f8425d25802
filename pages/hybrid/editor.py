"""The editor of one stage: what it does, to which points, how many it passes on, and its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.pipeline.check import GROUPED
from explorer.pipeline.events import (
    GroupingChosen,
    LimitChanged,
    SourceAdded,
    StageRemoved,
    StageWrapped,
    ThresholdChanged,
)
from explorer.pipeline.pipeline import MAX_DEPTH, MAX_GROUP_SIZE, Grouping
from explorer.pipeline.question import Text
from explorer.pipeline.stage import MAX_LIMIT, Nearest, OrderBy
from explorer.text_query import encodable
from pages import bound
from pages.hybrid import conditions as hybrid_conditions
from pages.hybrid import operation as hybrid_operation
from pages.hybrid import visit as hybrid_visit
from pages.hybrid.visit import applying

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.query.trace import Place
    from explorer.fields import PayloadField
    from explorer.pipeline.check import Finding
    from explorer.pipeline.pipeline import Pipeline
    from explorer.pipeline.stage import Stage
    from explorer.workspace import CollectionSummary


def show(
    pipeline: Pipeline,
    place: Place,
    summary: CollectionSummary,
    fields: Sequence[PayloadField],
    findings: Sequence[Finding],
) -> None:
    """Draw the editor of the stage at a place."""
    stage = pipeline.at(place)
    with st.container(border=True, gap="small", key="hybrid-editor"):
        _head(pipeline, place, stage, summary)
        for finding in findings:
            if finding.place == place:
                told = st.error if finding.fatal else st.info
                told(finding.text, icon=":material/error:" if finding.fatal else ":material/info:")
        hybrid_operation.show(pipeline, place, stage, summary, fields)
        _amount(place, stage, "Limit" if place else "Groups" if pipeline.grouping else "Results")
        hybrid_conditions.show(place, stage, fields)
        if not place:
            _grouping(pipeline, fields)


def _head(pipeline: Pipeline, place: Place, stage: Stage, summary: CollectionSummary) -> None:
    deepest = max(len(at) for at, _ in pipeline.stages())
    vector = _askable(pipeline, summary)
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.markdown(f"**{stage.title}**", width="stretch")
        st.button(
            "Source",
            key="hybrid.add",
            icon=":material/add:",
            disabled=len(place) >= MAX_DEPTH,
            on_click=hybrid_visit.apply,
            args=(SourceAdded(place, vector),),
            help="Let this stage draw from one more search",
        )
        st.button(
            "Then",
            key="hybrid.wrap",
            icon=":material/arrow_forward:",
            disabled=deepest >= MAX_DEPTH,
            on_click=hybrid_visit.apply,
            args=(StageWrapped(place, Nearest(vector)),),
            help="Put a rescoring stage after this one",
        )
        st.button(
            "Remove this stage",
            key="icon-hybrid-remove",
            icon=":material/delete:",
            type="tertiary",
            disabled=not place and len(stage.sources) != 1,
            on_click=_remove,
            args=(place,),
            help="Remove this stage; an only source takes its place",
        )


def _askable(pipeline: Pipeline, summary: CollectionSummary) -> str:
    """Return the vector of a new stage: the default one, if the question can ask it."""
    names = [summary.default_vector, *summary.vectors]
    if isinstance(pipeline.question, Text):
        encoders = summary.hints.encoders
        return next((name for name in names if encodable(encoders.get(name))), names[0])
    return names[0]


def _remove(place: Place) -> None:
    hybrid_visit.apply(StageRemoved(place))
    hybrid_visit.look_at(place[:-1])


def _amount(place: Place, stage: Stage, label: str) -> None:
    limit, threshold = st.columns(2)
    limit.number_input(
        label,
        min_value=1,
        max_value=MAX_LIMIT,
        help="How many points this stage passes on",
        **bound.value(
            "hybrid.limit",
            stage.limit,
            applying(lambda value: LimitChanged(place, int(value))),
        ),
    )
    if not isinstance(stage.operation, OrderBy):
        threshold.number_input(
            "Score threshold",
            step=0.05,
            format="%.4g",
            placeholder="none",
            help="Points with a worse score are not passed on",
            **bound.value(
                "hybrid.threshold",
                stage.threshold,
                applying(lambda value: ThresholdChanged(place, value)),
            ),
        )


def _grouping(pipeline: Pipeline, fields: Sequence[PayloadField]) -> None:
    grouping = pipeline.grouping
    by, size = st.columns(2)
    by.selectbox(
        "Group by",
        placeholder="no groups",
        help="Gather the results by a field; the limit then counts groups",
        **bound.index(
            "hybrid.group",
            [field.path for field in fields if field.kind in GROUPED],
            grouping.field if grouping else None,
            applying(lambda path: GroupingChosen(None if path is None else Grouping(path))),
        ),
    )
    if grouping is not None:
        size.number_input(
            "Group size",
            min_value=1,
            max_value=MAX_GROUP_SIZE,
            help="The most points of a group",
            **bound.value(
                "hybrid.size",
                grouping.size,
                applying(lambda size: GroupingChosen(Grouping(grouping.field, int(size)))),
            ),
        )
