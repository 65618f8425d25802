"""One point's way through the stages of a pipeline, and where it ends."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, cast

from explorer.pipeline.request import DIVERSIFIED_FROM, stage_request
from explorer.pipeline.stage import Nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qdrant_client import models

    from engine.ids import PointId
    from engine.query.trace import Place
    from explorer.client import Client
    from explorer.pipeline.pipeline import Pipeline
    from explorer.pipeline.request import Encode
    from explorer.pipeline.run import Run
    from explorer.pipeline.stage import Stage

FURTHEST = 2_000
"""How far down a stage's ranking a point is looked for."""


class Fate(StrEnum):
    """What became of a point at a stage."""

    PASSED = "passed"
    CUT = "cut"
    THRESHOLD = "threshold"
    FILTERED = "filtered"
    EXAMPLE = "example"
    UNSCORED = "unscored"
    ABSENT = "absent"
    SPREAD = "spread"
    UNGROUPED = "ungrouped"


@dataclass(frozen=True, slots=True)
class Stop:
    """One stage on the way.

    Attributes:
        place: of the stage.
        fate: what became of the point there.
        rank: its rank in what the stage ranked, from 1; None where it has none, or beyond
            `FURTHEST`.
        score: what the stage gives it, None where it gives none.
        text: the same for reading.

    """

    place: Place
    fate: Fate
    rank: int | None
    score: float | None
    text: str


def follow(
    client: Client, pipeline: Pipeline, run: Run, point: PointId, encode: Encode
) -> dict[Place, Stop]:
    """Return what became of a point at every stage of a run.

    Where it was not passed on, the stage is asked again: for this point alone, and further down.
    Raises what the client raises.
    """
    following = _Following(client, pipeline, run, point, encode)
    return {place: following.stop(place, stage) for place, stage in pipeline.stages()}


@dataclass(frozen=True, slots=True)
class _Following:
    client: Client
    pipeline: Pipeline
    run: Run
    point: PointId
    encode: Encode

    def stop(self, place: Place, stage: Stage) -> Stop:
        report = self.run.reports[place]
        rank = report.rank(self.point)
        if rank is not None:
            score = report.passed[rank - 1].score
            text = f"rank {rank:,} of {len(report.passed):,}"
            return Stop(place, Fate.PASSED, rank, score, text)
        if self.point in self.pipeline.examples:
            return _ended(place, Fate.EXAMPLE)
        return self._merged(place, stage) if stage.sources else self._searched(place, stage)

    def _merged(self, place: Place, stage: Stage) -> Stop:
        sources = (self.run.reports[*place, n] for n in range(len(stage.sources)))
        if all(source.rank(self.point) is None for source in sources):
            return _ended(place, Fate.ABSENT)
        return self._ranked(place, stage, None)

    def _searched(self, place: Place, stage: Stage) -> Stop:
        alone = stage_request(self.pipeline, place, self.encode, limit=1, only=self.point)
        hits = self._hits(alone)
        if not hits:
            allowed = self.client.count(self.pipeline.collection, count_filter=alone.filter)
            return _ended(place, Fate.UNSCORED if allowed.count else Fate.FILTERED)
        return self._ranked(place, stage, next(iter(hits.values())))

    def _ranked(self, place: Place, stage: Stage, score: float | None) -> Stop:
        """Return how far down the point stands, of a stage that it came to."""
        nearest = stage.operation
        if isinstance(nearest, Nearest) and nearest.diversity is not None:
            return self._spread(
                place, replace(stage, operation=replace(nearest, diversity=None)), score
            )
        below = self._below(self.pipeline, place)
        if self.point not in below:
            if stage.sources:
                return _ended(place, Fate.UNSCORED)
            text = f"beyond rank {FURTHEST:,} of limit {self._limit(stage):,}"
            return Stop(place, Fate.CUT, None, score, text)
        rank, score = below[self.point]
        if rank > self._limit(stage):
            return Stop(
                place, Fate.CUT, rank, score, f"rank {rank:,} of limit {self._limit(stage):,}"
            )
        if not place and self.pipeline.grouping is not None:
            return Stop(place, Fate.UNGROUPED, rank, score, f"rank {rank:,}, its group is full")
        text = f"rank {rank:,}, worse than the threshold"
        return Stop(place, Fate.THRESHOLD, rank, score, text)

    def _spread(self, place: Place, plain: Stage, score: float | None) -> Stop:
        """Return why a stage that wants its points unlike each other has not chosen this one.

        `plain` is the stage without that wish.
        """
        root = self.pipeline.root.replacing(place, plain)
        below = self._below(replace(self.pipeline, root=root), place)
        rank, score = below.get(self.point, (None, score))
        candidates = DIVERSIFIED_FROM * self._limit(plain)
        if rank is None or rank > candidates:
            text = f"beyond the {candidates:,} nearest"
            return Stop(place, Fate.CUT, rank, score, text)
        return Stop(place, Fate.SPREAD, rank, score, f"rank {rank:,}, left out for diversity")

    def _below(self, pipeline: Pipeline, place: Place) -> Mapping[PointId, tuple[int, float]]:
        """Return rank and score of the points that a stage would pass on with a large limit."""
        hits = self._hits(stage_request(pipeline, place, self.encode, limit=FURTHEST))
        return {point: (rank, score) for rank, (point, score) in enumerate(hits.items(), start=1)}

    def _limit(self, stage: Stage) -> int:
        return stage.limit * self.pipeline.widening

    def _hits(self, asked: models.QueryRequest) -> Mapping[PointId, float]:
        answer = self.client.query_batch_points(self.pipeline.collection, requests=[asked])
        return {cast("PointId", hit.id): hit.score for hit in answer[0].points}


_TEXTS = {
    Fate.EXAMPLE: "an example is never found",
    Fate.FILTERED: "kept out by a filter",
    Fate.UNSCORED: "gets no score here",
    Fate.ABSENT: "came from no source",
}


def _ended(place: Place, fate: Fate) -> Stop:
    return Stop(place, fate, None, None, _TEXTS[fate])
