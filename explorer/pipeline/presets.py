"""The examples of Qdrant's documentation on hybrid queries, made to fit a collection."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from engine.schema import VectorKind
from explorer.conditions import AnyOf
from explorer.fields import FieldKind
from explorer.pipeline.boosting import telling
from explorer.pipeline.check import ORDERED, is_distance
from explorer.pipeline.pipeline import Grouping, Pipeline
from explorer.pipeline.question import Like, Text
from explorer.pipeline.stage import Boost, Nearest, OrderBy, RankFusion, ScoreFusion, Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from qdrant_client import models

    from engine.ids import PointId
    from engine.schema import VectorSpec
    from explorer.fields import PayloadField
    from explorer.pipeline.question import Question
    from explorer.workspace import CollectionSummary

    Find: TypeAlias = Callable[[Pipeline], Sequence[models.ScoredPoint]]
    """Returns the results of a pipeline, best first, with payload."""

RESULTS = 12
CANDIDATES = 100

_BYTES = {"float32": 4, "float16": 2, "uint8": 1}


@dataclass(frozen=True, slots=True)
class Preset:
    """A pipeline worth looking at.

    Attributes:
        title: what it shows.
        pipeline: made for one collection.

    """

    title: str
    pipeline: Pipeline


@dataclass(frozen=True, slots=True)
class Sample:
    """A point to ask by, and what it is called, to ask by text."""

    point: PointId
    title: str


def presets(
    summary: CollectionSummary,
    fields: Sequence[PayloadField],
    sample: Sample,
    reads: Callable[[str], bool],
    find: Find,
) -> tuple[Preset, ...]:
    """Return the pipelines that the collection has the vectors and the payload for.

    Args:
        summary: of the collection.
        fields: of its payload.
        sample: what the pipelines ask for.
        reads: tells of a vector whether a text can ask it; the others are asked by the sample.
        find: asks the collection, so that what a pipeline shows can be seen in its results.

    """
    shelf = _Shelf(summary, fields, sample, reads, find)
    return (
        *shelf.fusions(),
        *shelf.rescorings(),
        *shelf.groupings(),
        *shelf.boosts(),
        *shelf.samplings(),
        *shelf.spreads(),
    )


@dataclass(frozen=True, slots=True)
class _Shelf:
    summary: CollectionSummary
    fields: Sequence[PayloadField]
    sample: Sample
    reads: Callable[[str], bool]
    find: Find

    @property
    def question(self) -> Question:
        """What the whole asks: a text where any vector reads it."""
        is_read = any(map(self.reads, self.summary.vectors))
        return Text(self.sample.title) if is_read else Like(self.sample.point)

    @property
    def first(self) -> str:
        return self.summary.default_vector

    def fusions(self) -> Iterator[Preset]:
        """Two vectors, fused: best a dense and a sparse one, for the meaning and for the words."""
        others = [name for name in self.summary.vectors if name != self.first]
        others.sort(key=lambda name: self.summary.vectors[name].kind is not VectorKind.SPARSE)
        if others:
            sources = (self._search(self.first), self._search(others[0]))
            yield self._preset("Hybrid search, RRF", Stage(RankFusion(), sources))
            yield self._preset("Hybrid search, DBSF", Stage(ScoreFusion(), sources))

    def rescorings(self) -> Iterator[Preset]:
        """Candidates of a cheap vector; dearer ones rescore ever fewer of them."""
        specs = [v for v in self.summary.vectors.values() if v.kind is not VectorKind.SPARSE]
        if len(specs) < 2:
            return
        cheapest, *dearer = sorted(specs, key=_cost)
        limits = (5 * CANDIDATES, CANDIDATES) if len(dearer) > 1 else (CANDIDATES,)
        stage = self._search(cheapest.name, limits[0])
        for spec, limit in zip(dearer[-2:], (*limits[1:], RESULTS), strict=True):
            stage = Stage(self._nearest(spec.name), (stage,), limit=limit)
        yield self._preset("Multi-stage: cheap search, exact rescoring", stage)

    def groupings(self) -> Iterator[Preset]:
        """Results gathered by the value of a field."""
        for field in self._keywords()[:1]:
            plain = self._preset(f"Grouping by {field.path}", self._search(self.first, 6))
            grouped = replace(plain.pipeline, grouping=Grouping(field.path))
            yield replace(plain, pipeline=grouped)

    def boosts(self) -> Iterator[Preset]:
        """Points with one value of a field get a higher score; of distances, that is no better."""
        if is_distance(self.summary.vectors[self.first]):
            return
        search = self._search(self.first, CANDIDATES)
        fields = [field.path for field in self._keywords()]
        for condition, weight in telling(fields, self.find(self._pipeline(search)), RESULTS):
            stage = Stage(Boost((condition,), weight), (search,))
            yield self._preset(f"Score boosting by {condition.field}", stage)

    def samplings(self) -> Iterator[Preset]:
        """As many points of one value as of another, in the order of a number."""
        ordered = [f for f in self.fields if f.indexed and f.kind in ORDERED]
        for field, order in zip(self._keywords()[:1], ordered, strict=False):
            sources = tuple(
                replace(self._search(self.first, RESULTS // 2), conditions=(condition,))
                for condition in (AnyOf(field.path, (value,)) for value in _values(field)[:2])
            )
            stage = Stage(OrderBy(order.path), sources)
            yield self._preset(f"Even shares of {field.path}, by {order.path}", stage)

    def spreads(self) -> Iterator[Preset]:
        """Results that are like the question and unlike each other."""
        nearest = replace(self._nearest(self.first), diversity=0.5)
        yield self._preset("Diverse results, MMR", Stage(nearest))

    def _preset(self, title: str, root: Stage) -> Preset:
        last = root if root.limit < RESULTS else replace(root, limit=RESULTS)
        return Preset(title, self._pipeline(last))

    def _pipeline(self, root: Stage) -> Pipeline:
        pipeline = Pipeline(self.summary.name, root, self.question)
        if pipeline.is_asked:
            return pipeline
        return replace(pipeline, root=_unasked(root), question=Like(self.sample.point))

    def _search(self, using: str, limit: int = 20) -> Stage:
        return Stage(self._nearest(using), limit=limit)

    def _nearest(self, using: str) -> Nearest:
        is_asked = isinstance(self.question, Like) or self.reads(using)
        return Nearest(using, None if is_asked else Like(self.sample.point))

    def _keywords(self) -> list[PayloadField]:
        """Return fields of a few values, the one that colours the map first."""
        kinds = (FieldKind.KEYWORD, FieldKind.INTEGER)
        found = [f for f in self.fields if f.kind in kinds and len(f.values) > 1]
        return sorted(found, key=lambda field: field.path != self.summary.hints.colour)


def _cost(spec: VectorSpec) -> int:
    """Return the bytes that one comparison reads; a multivector costs more than any other."""
    many = 1_000 if spec.kind is VectorKind.MULTI else 1
    return (spec.size or 0) * _BYTES[spec.datatype.value] * many


def _unasked(stage: Stage) -> Stage:
    """Return the stage without questions of its own, its sources too."""
    operation = stage.operation
    if isinstance(operation, Nearest):
        operation = replace(operation, question=None)
    return replace(stage, operation=operation, sources=tuple(map(_unasked, stage.sources)))


def _values(field: PayloadField) -> list[str | int]:
    return [entry.value for entry in field.values]
