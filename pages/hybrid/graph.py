"""The graph of the stages: what each did, with how many points; a click looks at one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from explorer.pipeline.question import Like, Text
from explorer.pipeline.stage import Boost, Nearest
from pages.hybrid import visit as hybrid_visit
from pages.serving.routes import module_url

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.ids import PointId
    from engine.query.trace import Place
    from explorer.pipeline.check import Finding
    from explorer.pipeline.follow import Stop
    from explorer.pipeline.pipeline import Pipeline
    from explorer.pipeline.run import Run, StageReport
    from explorer.pipeline.stage import Stage
    from explorer.results import Description

HERE = Path(__file__).parent
PICKS = 6
"""How many of its best points a stage shows."""

_KEY = "hybrid.graph"
_MODULES = [module_url(name) for name in ("element.js", "picture.js", "theme.js")]
_GRAPH = st.components.v2.component(
    "sextant_stages",
    js=f"const MODULES = {json.dumps(_MODULES)};\n"
    + (HERE / "graph.js").read_text(encoding="utf-8"),
    css=(HERE / "graph.css").read_text(encoding="utf-8"),
)


def show(
    pipeline: Pipeline,
    run: Run | None,
    findings: Sequence[Finding],
    looks: Mapping[PointId, Description],
    stops: Mapping[Place, Stop],
) -> None:
    """Draw the graph.

    Args:
        pipeline: whose stages it shows.
        run: what they did, None where it could not run.
        findings: what is wrong with stages.
        looks: how the best points of each stage look, and the examples.
        stops: what became of the followed point, by place; none where none is followed.

    """
    faults = {finding.place: finding.text for finding in findings if finding.fatal}

    def node(place: Place, stage: Stage) -> dict[str, Any]:
        report = None if run is None else run.reports[place]
        stop = stops.get(place)
        return {
            "place": ".".join(map(str, place)),
            "title": stage.title,
            "detail": _detail(pipeline, place, stage, looks),
            "fault": faults.get(place),
            "selected": place == hybrid_visit.place(),
            "followed": None if stop is None else {"state": stop.fate, "text": stop.text},
            **_numbers(report, looks),
        }

    _GRAPH(
        key=_KEY,
        data={
            "stages": [node(place, stage) for place, stage in pipeline.stages()],
        },
        on_place_change=_choose,
    )


def _choose() -> None:
    """Look at the stage that was clicked; a place that is none changes nothing."""
    clicked = (st.session_state.get(_KEY) or {}).get("place")
    written = clicked.get("place") if isinstance(clicked, dict) else None
    if not isinstance(written, str):
        return
    steps = written.split(".") if written else []
    if all(step.isdecimal() for step in steps):
        hybrid_visit.look_at(tuple(map(int, steps)))


def _numbers(report: StageReport | None, looks: Mapping[PointId, Description]) -> dict[str, Any]:
    if report is None:
        return {"entered": None, "passed": None, "time": "", "picks": []}
    picked = [looks[c.id] for c in report.passed[:PICKS] if c.id in looks]
    return {
        "entered": report.entered,
        "passed": len(report.passed),
        "time": f"{report.seconds * 1000:.3g} ms",
        "picks": [{"title": look.title, "picture": look.picture} for look in picked],
    }


def _detail(
    pipeline: Pipeline, place: Place, stage: Stage, looks: Mapping[PointId, Description]
) -> str:
    """Return what a stage asks, of which points, and how the last one gathers them."""
    parts = [condition.label() for condition in stage.conditions]
    match stage.operation:
        case Nearest() as nearest:
            parts.insert(0, _question_line(pipeline.asked(nearest), looks))
        case Boost(conditions=boosted):
            parts[:0] = [condition.label() for condition in boosted]
    if stage.threshold is not None:
        parts.append(f"threshold {stage.threshold:g}")
    if not place and pipeline.grouping is not None:
        parts.append(f"by {pipeline.grouping.field}")
    return " · ".join(part for part in parts if part)


def _question_line(question: Text | Like | None, looks: Mapping[PointId, Description]) -> str:
    """Return a question for reading: a text in quotes, a point by its name."""
    match question:
        case Text(text):
            return f"“{text}”"
        case Like(point):
            return f"like {looks[point].title}" if point in looks else f"like point {point}"
        case None:
            return ""
