"""Running a pipeline, and what each of its stages did."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Any, cast

from qdrant_client import models

from engine import Engine
from explorer.pipeline.request import request, stage_request

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.ids import PointId
    from engine.query import Tracer
    from engine.query.trace import Place
    from engine.query.trace import Stage as Traced
    from explorer.client import Client
    from explorer.pipeline.pipeline import Pipeline
    from explorer.pipeline.request import Encode, Request

STEPS = ("filter", "search", "rescore", "order_by", "fusion", "formula", "threshold", "mmr")
"""What a stage may do, as the engine's trace calls it, in this order."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A point that a stage passed on, with the score that the stage gave it."""

    id: PointId
    score: float


@dataclass(frozen=True, slots=True)
class Step:
    """A part of what a stage did; `name` is one of `STEPS`."""

    name: str
    entered: int
    left: int


@dataclass(frozen=True, slots=True)
class StageReport:
    """What one stage did.

    Attributes:
        place: of the stage.
        entered: points it looked at, those of several sources counted for each.
        passed: what it passed on, best first.
        seconds: wall-clock time; `Run.nested` says whether that of its sources is in it.
        steps: how `entered` became `passed`, where the client can tell.

    """

    place: Place
    entered: int
    passed: tuple[Candidate, ...]
    seconds: float
    steps: tuple[Step, ...] = ()

    def rank(self, point: PointId) -> int | None:
        """Return the rank of a point, from 1, or None where it was not passed on."""
        ranks = (rank for rank, c in enumerate(self.passed, start=1) if c.id == point)
        return next(ranks, None)


@dataclass(frozen=True, slots=True)
class Group:
    """Results that share a value of the field they are gathered by."""

    value: int | str
    hits: tuple[models.ScoredPoint, ...]


@dataclass(frozen=True, slots=True)
class Run:
    """A pipeline's answer.

    Attributes:
        request: what was asked.
        hits: the results, best first; of groups, one group behind the other.
        groups: the results by group; none where they are not gathered.
        seconds: from the question to the results.
        reports: what each stage did, by its place.
        nested: whether the time of a stage holds that of its sources and of the way to the server.

    """

    request: Request
    hits: tuple[models.ScoredPoint, ...]
    groups: tuple[Group, ...]
    seconds: float
    reports: Mapping[Place, StageReport]
    nested: bool


def run(client: Client, pipeline: Pipeline, encode: Encode) -> Run:
    """Ask the whole pipeline and tell what each stage did.

    The embedded engine traces its stages while it answers: their times are exact. Any other client
    is asked for each stage once more, by a query that finds the same by itself (`stage_request`).

    Raises QuestionMissing, EncoderError, and what the client raises for a request that the
    collection cannot answer.
    """
    asked = request(pipeline, encode)
    if isinstance(client, Engine):
        with client.trace() as tracer:
            started = perf_counter()
            groups, hits = answer(client, pipeline.collection, asked)
            seconds = perf_counter() - started
        reports = _traced(pipeline, tracer, hits)
        return Run(asked, hits, groups, seconds, reports, nested=False)
    started = perf_counter()
    groups, hits = answer(client, pipeline.collection, asked)
    seconds = perf_counter() - started
    reports = _asked_again(client, pipeline, encode, hits, seconds)
    return Run(asked, hits, groups, seconds, reports, nested=True)


def answer(
    client: Client, collection: str, asked: Request
) -> tuple[tuple[Group, ...], tuple[models.ScoredPoint, ...]]:
    """Return the groups of an answer, none where none were asked for, and all its points."""
    if isinstance(asked, models.QueryRequest):
        found = client.query_batch_points(collection, requests=[asked])[0].points
        return (), tuple(found)
    gathered = client.query_points_groups(
        collection,
        group_by=asked.group_by,
        query=asked.query,
        using=asked.using,
        prefetch=cast("Any", asked.prefetch),
        query_filter=asked.filter,
        limit=asked.limit or 10,
        group_size=asked.group_size or 3,
        score_threshold=asked.score_threshold,
        with_payload=True,
    )
    groups = tuple(Group(group.id, tuple(group.hits)) for group in gathered.groups)
    return groups, tuple(hit for group in groups for hit in group.hits)


def _traced(
    pipeline: Pipeline, tracer: Tracer, hits: Sequence[models.ScoredPoint]
) -> dict[Place, StageReport]:
    """Return the reports of a traced run; a level that was tried twice counts as it ended."""
    found: dict[Place, dict[str, Traced]] = {place: {} for place, _ in pipeline.stages()}
    for stage in tracer.stages:
        if stage.name in STEPS:
            found[stage.place][stage.name] = stage
    reports = {}
    for place, level in pipeline.stages():
        steps = [found[place][name] for name in STEPS if name in found[place]]
        kept = _kept(steps[-1], level.limit * pipeline.widening) if place else _candidates(hits)
        reports[place] = StageReport(
            place,
            entered=steps[0].candidates_in,
            passed=kept,
            seconds=sum(step.seconds for step in steps),
            steps=tuple(Step(s.name, s.candidates_in, s.candidates_out) for s in steps),
        )
    return reports


def _kept(step: Traced, limit: int) -> tuple[Candidate, ...]:
    """Return what a stage passed on: what its last step left, within its limit."""
    kept = step.kept
    if kept is None or kept.scores is None:
        return ()
    scored = zip(kept.ids()[:limit], kept.scores[:limit].tolist(), strict=True)
    return tuple(Candidate(point, score) for point, score in scored)


def _asked_again(
    client: Client,
    pipeline: Pipeline,
    encode: Encode,
    hits: Sequence[models.ScoredPoint],
    seconds: float,
) -> dict[Place, StageReport]:
    """Return the reports of an answered pipeline, each stage below the root asked by itself."""
    reports: dict[Place, StageReport] = {}
    for place, stage in reversed(list(pipeline.stages())):
        sub = stage_request(pipeline, place, encode)
        found, took = hits, seconds
        if place:
            started = perf_counter()
            found = client.query_batch_points(pipeline.collection, requests=[sub])[0].points
            took = perf_counter() - started
        if stage.sources:
            entered = sum(len(reports[*place, n].passed) for n in range(len(stage.sources)))
        else:
            entered = client.count(pipeline.collection, count_filter=sub.filter).count
        reports[place] = StageReport(place, entered, _candidates(found), took)
    return reports


def _candidates(hits: Sequence[models.ScoredPoint]) -> tuple[Candidate, ...]:
    return tuple(Candidate(cast("PointId", hit.id), hit.score) for hit in hits)
