"""The Hybrid page's toolbar: which collection, which example, what the whole asks, the way back."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from explorer.pipeline.events import PipelineOpened, QuestionAsked
from explorer.pipeline.question import Like, read_question, write_question
from pages import bound, controls, steps, visit
from pages.hybrid import arrival as hybrid_arrival
from pages.hybrid import visit as hybrid_visit
from pages.hybrid.visit import applying

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.ids import PointId
    from explorer.pipeline.pipeline import Pipeline
    from explorer.pipeline.presets import Preset
    from explorer.results import Description
    from explorer.workspace import CollectionSummary, Workspace

_PRESETS = "hybrid.presets"

QUESTION_HELP = "A text, or # and the id of a point to search for what is like it, such as #12"


def show(
    workspace: Workspace,
    summary: CollectionSummary,
    pipeline: Pipeline,
    looks: Mapping[PointId, Description],
) -> None:
    """Draw the toolbar."""
    st.selectbox(
        "Collection",
        **bound.index(
            "hybrid.collection",
            workspace.names(),
            pipeline.collection,
            partial(hybrid_arrival.turn_to, workspace),
        ),
        label_visibility="collapsed",
        width=150,
    )
    controls.read_again(workspace, pipeline.collection)
    if offered := hybrid_arrival.examples(workspace, summary):
        _presets(offered)
    st.text_input(
        "Question",
        placeholder="Search for a text, or #id",
        icon=":material/search:",
        **bound.value(
            "hybrid.question",
            write_question(pipeline.question),
            applying(lambda written: QuestionAsked(read_question(written))),
        ),
        label_visibility="collapsed",
        help=QUESTION_HELP,
        width=260,
    )
    if isinstance(pipeline.question, Like) and pipeline.question.point in looks:
        st.text(f"like {looks[pipeline.question.point].title}", width="content")
    _from_explore(pipeline)
    history = hybrid_visit.history()
    steps.show(
        "hybrid",
        hybrid_visit.undo if history.past else None,
        hybrid_visit.redo if history.future else None,
    )


def _presets(presets: Sequence[Preset]) -> None:
    by_title = {preset.title: preset for preset in presets}
    st.menu_button(
        "Examples",
        list(by_title),
        key=_PRESETS,
        icon=":material/menu_book:",
        on_click=_open,
        args=(by_title,),
        help="The pipelines of Qdrant's documentation, made for this collection",
    )


def _open(by_title: Mapping[str, Preset]) -> None:
    preset = by_title.get(st.session_state[_PRESETS])
    if preset is not None:
        hybrid_visit.apply(PipelineOpened(preset.pipeline))


def _from_explore(pipeline: Pipeline) -> None:
    """Offer the target that was clicked on the map of the same collection."""
    if not visit.begun() or visit.draft().collection != pipeline.collection:
        return
    target = visit.draft().examples.target
    if isinstance(target, int | str) and Like(target) != pipeline.question:
        st.button(
            "Use the map's target",
            key="hybrid.target",
            icon=":material/explore:",
            on_click=hybrid_visit.apply,
            args=(QuestionAsked(Like(target)),),
            help="Ask by the point that is the target on the Explore page",
        )
