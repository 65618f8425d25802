"""The Hybrid page's panels: results, one stage's candidates, fusions side by side, the code."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import streamlit as st

from explorer.answer import Answer
from explorer.charts import rank_shift
from explorer.draft import Draft
from explorer.pipeline.comparison import compare, fusion_place
from explorer.pipeline.looks import SHOWN
from explorer.pipeline.question import Text
from explorer.results import Result, counted, readable, results, score_text
from pages import code_panel
from pages.hybrid import cards as hybrid_cards
from pages.hybrid import visit as hybrid_visit
from pages.markdown_text import literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from qdrant_client import models

    from engine.ids import PointId
    from explorer.client import Client
    from explorer.hints import Hints
    from explorer.pipeline.pipeline import Pipeline
    from explorer.pipeline.request import Encode
    from explorer.pipeline.run import Run
    from explorer.results import Description

MAX_CARDS = 200
MAX_GROUPS = 40
MAX_RANKS = 60
"""What is drawn at most; a limit may be far beyond what anybody looks at."""

_PANELS = ("Results", "This stage", "RRF against DBSF", "Code")
_NOTHING = {"title": "Nothing found", "text": "Loosen filters and thresholds, or raise limits."}


def show(
    client: Client,
    pipeline: Pipeline,
    run: Run,
    encode: Encode,
    hints: Hints,
    looks: Mapping[PointId, Description],
) -> None:
    """Draw the panel that is open."""
    found, stage, fusions, code = st.tabs(_PANELS, key="hybrid.panel", on_change="rerun")
    if stage.open:
        with stage:
            _candidates(pipeline, run, looks)
    elif fusions.open:
        with fusions:
            _fusions(client, pipeline, encode, hints)
    elif code.open:
        with code:
            # Code is printed of groups too; the annotation of Answer does not know them.
            code_panel.show(Draft(pipeline.collection), Answer(request=cast("Any", run.request)))
    else:
        with found:
            _found(pipeline, run, hints, looks)


def _found(
    pipeline: Pipeline, run: Run, hints: Hints, looks: Mapping[PointId, Description]
) -> None:
    """Draw the results, gathered where the pipeline gathers them."""
    count, drawn = len(run.hits), MAX_GROUPS if run.groups else MAX_CARDS
    more = f", the first {drawn} of them here" if len(run.groups or run.hits) > drawn else ""
    kind = f" in {counted(len(run.groups), 'group')}" if run.groups else ""
    found = f"{counted(count, 'result')}{kind}{more}, in {run.seconds * 1000:.3g} ms"
    st.caption(found + _left_out(pipeline, looks))
    asked = pipeline.examples
    if not run.groups:
        hybrid_cards.show("hybrid.found", _results(run.hits[:MAX_CARDS], hints), asked, _NOTHING)
    for number, group in enumerate(run.groups[:MAX_GROUPS]):
        st.text(readable(group.value))
        hybrid_cards.show(f"hybrid.group{number}", _results(group.hits, hints), asked, _NOTHING)


def _left_out(pipeline: Pipeline, looks: Mapping[PointId, Description]) -> str:
    """Return, where a text is asked too, which points it cannot find: those that stages ask by."""
    if not isinstance(pipeline.question, Text) or not pipeline.is_asked:
        return ""
    named = [literal(looks[point].title) for point in pipeline.examples if point in looks]
    it = "it" if len(named) == 1 else "them"
    return f". A stage asks by {' and '.join(named)}, so no stage finds {it}" if named else ""


def _candidates(pipeline: Pipeline, run: Run, looks: Mapping[PointId, Description]) -> None:
    """Draw the best points that the stage passed on that is looked at."""
    place = hybrid_visit.place()
    report = run.reports[place]
    steps = " · ".join(f"{step.name} {step.entered:,} → {step.left:,}" for step in report.steps)
    time = f"{report.seconds * 1000:.3g} ms{' with its sources' if run.nested else ''}"
    st.caption(
        f"**{pipeline.at(place).title}** looked at {report.entered:,} points and passed on "
        f"{len(report.passed):,} in {time}. {steps}"
    )
    shown = [
        Result(looks[c.id], rank, c.score, score_text(c.score))
        for rank, c in enumerate(report.passed[:SHOWN], start=1)
        if c.id in looks
    ]
    hybrid_cards.show("hybrid.candidates", shown, pipeline.examples, _NOTHING)


def _fusions(client: Client, pipeline: Pipeline, encode: Encode, hints: Hints) -> None:
    """Draw the results of both fusions side by side, a line for each point that both found."""
    place = fusion_place(pipeline)
    if place is None:
        st.caption("Nothing is fused here. Choose a fusion for a stage with two sources.")
        return
    compared = compare(client, pipeline, place, encode)
    both = (compared.by_rank, compared.by_score)
    looks = {result.point.id: result.point for hits in both for result in results(hits, hints)}
    by_rank, by_score = ([cast("PointId", hit.id) for hit in hits] for hits in both)
    st.caption(
        f"Of the same candidates, both choose {compared.shared:,}; "
        f"{len(by_rank) - compared.shared:,} more by rank alone, "
        f"{len(by_score) - compared.shared:,} by score alone."
    )
    titles = {point: look.title for point, look in looks.items()}
    spec = rank_shift.spec(
        ("By rank (RRF)", by_rank[:MAX_RANKS]), ("By score (DBSF)", by_score[:MAX_RANKS]), titles
    )
    height = rank_shift.height(min(max(len(by_rank), len(by_score)), MAX_RANKS))
    st.echarts_chart(spec, height=height, key="hybrid.shift", alt="Ranks by RRF and by DBSF")


def _results(hits: Sequence[models.ScoredPoint], hints: Hints) -> list[Result]:
    """Return hits for the cards; those in the order of a field show it in place of the score."""
    return [
        result if hit.order_value is None else replace(result, score_text=readable(hit.order_value))
        for result, hit in zip(results(hits, hints), hits, strict=True)
    ]
