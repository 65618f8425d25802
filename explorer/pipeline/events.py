"""What a user can do to a pipeline: each event is a frozen value with its effect."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from explorer.pipeline.pipeline import MAX_DEPTH, Pipeline
from explorer.pipeline.stage import (
    MAX_LIMIT,
    Nearest,
    OrderBy,
    Stage,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.query.trace import Place
    from explorer.conditions import Condition
    from explorer.pipeline.pipeline import Grouping
    from explorer.pipeline.question import Question
    from explorer.pipeline.stage import Operation


@dataclass(frozen=True, slots=True)
class QuestionAsked:
    """The whole pipeline asks something else, or None for nothing."""

    question: Question | None

    def on(self, pipeline: Pipeline) -> Pipeline:
        """Set the question that all stages without their own ask."""
        return replace(pipeline, question=self.question)


@dataclass(frozen=True, slots=True)
class OperationChosen:
    """A stage does something else with its points."""

    place: Place
    operation: Operation

    def on(self, pipeline: Pipeline) -> Pipeline:
        """Set the operation; a leaf that is to merge gets what it was as its source.

        A stage in an order has no scores, so no threshold.
        """
        return _changed(pipeline, self.place, self._chosen)

    def _chosen(self, stage: Stage) -> Stage:
        searches = isinstance(self.operation, Nearest | OrderBy)
        sources = stage.sources if stage.sources or searches else (stage,)
        threshold = None if isinstance(self.operation, OrderBy) else stage.threshold
        return replace(stage, operation=self.operation, sources=sources, threshold=threshold)


@dataclass(frozen=True, slots=True)
class LimitChanged:
    """A stage passes on another number of points."""

    place: Place
    limit: int

    def on(self, pipeline: Pipeline) -> Pipeline:
        """Set the limit, brought into 1 to `MAX_LIMIT`."""
        limit = min(max(self.limit, 1), MAX_LIMIT)
        return _changed(pipeline, self.place, lambda stage: replace(stage, limit=limit))


@dataclass(frozen=True, slots=True)
class ThresholdChanged:
    """The worst score that passes a stage was set, or None for all."""

    place: Place
    threshold: float | None

    def on(self, pipeline: Pipeline) -> Pipeline:
        """Set the threshold; one that is not finite takes it away."""
        finite = self.threshold is not None and math.isfinite(self.threshold)
        threshold = self.threshold if finite else None
        return _changed(pipeline, self.place, lambda stage: replace(stage, threshold=threshold))


@dataclass(frozen=True, slots=True)
class ConditionsChanged:
    """Other conditions must hold for the points of a stage."""

    place: Place
    conditions: tuple[Condition, ...]

    def on(self, pipeline: Pipeline) -> Pipeline:
        """Set them, each once."""
        kept = tuple(dict.fromkeys(self.conditions))
        return _changed(pipeline, self.place, lambda stage: replace(stage, conditions=kept))


@dataclass(frozen=True, slots=True)
class SourceAdded:
    """A stage draws from one more source, which searches one vector."""

    place: Place
    using: str

    def on(self, pipeline: Pipeline) -> Pipeline:
        """Add it, unless the tree is too deep."""
        if len(self.place) >= MAX_DEPTH:
            return pipeline
        source = Stage(Nearest(self.using), limit=max(pipeline.at(self.place).limit, 20))
        return _changed(
            pipeline, self.place, lambda stage: replace(stage, sources=(*stage.sources, source))
        )


@dataclass(frozen=True, slots=True)
class StageWrapped:
    """A further stage comes after one: what was there becomes its only source."""

    place: Place
    operation: Operation

    def on(self, pipeline: Pipeline) -> Pipeline:
        """Put it in, unless the tree is too deep."""
        deepest = max(len(place) for place, _ in pipeline.stages())
        if deepest >= MAX_DEPTH:
            return pipeline
        return _changed(
            pipeline,
            self.place,
            lambda stage: Stage(self.operation, sources=(stage,), limit=stage.limit),
        )


@dataclass(frozen=True, slots=True)
class StageRemoved:
    """A stage is wanted no more."""

    place: Place

    def on(self, pipeline: Pipeline) -> Pipeline:
        """Take it out: an only source takes its place, several go with it.

        A root without an only source stays.
        """
        stage = pipeline.at(self.place)
        is_replaced = len(stage.sources) == 1
        if not self.place and not is_replaced:
            return pipeline
        heir = replace(stage.sources[0], limit=stage.limit) if is_replaced else None
        return replace(pipeline, root=pipeline.root.replacing(self.place, heir))


@dataclass(frozen=True, slots=True)
class GroupingChosen:
    """Results are gathered by a field, or None for one list."""

    grouping: Grouping | None

    def on(self, pipeline: Pipeline) -> Pipeline:
        """Set the grouping."""
        return replace(pipeline, grouping=self.grouping)


@dataclass(frozen=True, slots=True)
class PipelineOpened:
    """A whole pipeline was opened: a preset, or one for another collection."""

    pipeline: Pipeline

    def on(self, pipeline: Pipeline) -> Pipeline:  # noqa: ARG002 - as of every event
        """Put it in the place of the present one."""
        return self.pipeline


def _changed(pipeline: Pipeline, place: Place, change: Callable[[Stage], Stage]) -> Pipeline:
    """Return the pipeline with one stage changed; a place that is not there changes nothing."""
    stage = pipeline.root.at(place)
    if stage is None:
        return pipeline
    return replace(pipeline, root=pipeline.root.replacing(place, change(stage)))
