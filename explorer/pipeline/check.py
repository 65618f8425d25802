"""What stands in the way of running a pipeline, said before it is run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.schema import VectorKind
from explorer.encoder import EncoderError
from explorer.fields import FieldKind
from explorer.pipeline.question import Text
from explorer.pipeline.stage import ROOT, Boost, Nearest, OrderBy, RankFusion, ScoreFusion

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from engine.query.trace import Place
    from engine.schema import VectorSpec
    from explorer.fields import PayloadField
    from explorer.pipeline.pipeline import Pipeline
    from explorer.pipeline.request import Encode
    from explorer.pipeline.stage import Operation, Stage

ORDERED = (FieldKind.INTEGER, FieldKind.FLOAT, FieldKind.DATETIME)
GROUPED = (FieldKind.KEYWORD, FieldKind.INTEGER)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that the user should know of a stage.

    Attributes:
        place: of the stage.
        text: what it is, and what to do.
        fatal: whether the pipeline cannot run like that.

    """

    place: Place
    text: str
    fatal: bool = True


def check(
    pipeline: Pipeline,
    vectors: Mapping[str, VectorSpec],
    fields: Sequence[PayloadField],
    encode: Encode,
) -> tuple[Finding, ...]:
    """Return what is wrong with a pipeline on a collection, or odd, stage by stage.

    Args:
        pipeline: to be checked.
        vectors: of the collection, by name.
        fields: of its payload.
        encode: how its texts become queries.

    """
    by_path = {field.path: field for field in fields}
    checking = _Checking(pipeline, vectors, by_path, encode)
    findings = [f for place, stage in pipeline.stages() for f in checking.stage(place, stage)]
    return (*findings, *checking.whole())


@dataclass(frozen=True, slots=True)
class _Checking:
    pipeline: Pipeline
    vectors: Mapping[str, VectorSpec]
    fields: Mapping[str, PayloadField]
    encode: Encode

    def stage(self, place: Place, stage: Stage) -> Iterator[Finding]:
        for text in self._operation(stage.operation):
            yield Finding(place, text)
        if not stage.sources and isinstance(stage.operation, RankFusion | ScoreFusion | Boost):
            yield Finding(place, "It merges nothing yet: add a source.")
        if stage.threshold is not None and isinstance(stage.operation, OrderBy):
            yield Finding(place, "An order has no scores: take the threshold away.")
        yield from self._oddities(place, stage)

    def whole(self) -> Iterator[Finding]:
        """Yield what concerns no single stage: the gathering of results, the common question."""
        grouping = self.pipeline.grouping
        field = None if grouping is None else self.fields.get(grouping.field)
        if grouping is not None and (field is None or field.kind not in GROUPED):
            text = f"{grouping.field!r} makes no groups: choose a field of strings or integers."
            yield Finding(ROOT, text)
        if self.pipeline.question is not None and not self.pipeline.is_asked:
            text = "No stage asks the question above: each has one of its own."
            yield Finding(ROOT, text, fatal=False)

    def _operation(self, operation: Operation) -> Iterator[str]:
        match operation:
            case Nearest():
                yield from self._nearest(operation)
            case OrderBy():
                yield from self._order(operation)
            case Boost(conditions=()):
                yield "Choose which points get a higher score."

    def _nearest(self, nearest: Nearest) -> Iterator[str]:
        if nearest.using not in self.vectors:
            known = ", ".join(map(repr, self.vectors))
            there = f"there is {known}" if known else "this collection has none"
            yield f"There is no vector {nearest.using!r} here; {there}."
            return
        question = self.pipeline.asked(nearest)
        if question is None:
            yield "Type what to search for, or choose an example point."
        elif isinstance(question, Text):
            yield from _encodable(self.encode, nearest.using, question.text)

    def _order(self, order: OrderBy) -> Iterator[str]:
        field = self.fields.get(order.field)
        if field is None or field.kind not in ORDERED:
            yield "Choose a field of numbers or dates to order by."
        elif not field.indexed:
            yield f"{order.field!r} cannot order points: it has no payload index."

    def _oddities(self, place: Place, stage: Stage) -> Iterator[Finding]:
        """Yield what runs, but is hardly meant."""
        given = sum(source.limit for source in stage.sources)
        if stage.sources and given < stage.limit:
            text = f"Its sources pass on {given:,} points at most, fewer than its limit."
            yield Finding(place, text, fatal=False)
        if isinstance(stage.operation, RankFusion | ScoreFusion) and len(stage.sources) == 1:
            text = "A fusion of one source keeps its order: add another."
            yield Finding(place, text, fatal=False)
        if isinstance(stage.operation, ScoreFusion | Boost):
            yield from self._distances(place, stage)

    def _distances(self, place: Place, stage: Stage) -> Iterator[Finding]:
        """Yield a warning for sources whose best scores are the smallest."""
        for source in stage.sources:
            searched = source.operation
            spec = self.vectors.get(searched.using) if isinstance(searched, Nearest) else None
            if spec is not None and is_distance(spec):
                who = "DBSF" if isinstance(stage.operation, ScoreFusion) else "A boost"
                whose = f" of {spec.name!r}" if spec.name else ""
                text = f"{who} takes distances{whose} for scores: it rewards the far."
                yield Finding(place, text, fatal=False)


def _encodable(encode: Callable[[str, str], object], using: str, text: str) -> Iterator[str]:
    try:
        encode(using, text)
    except EncoderError as error:
        yield str(error)


def is_distance(spec: VectorSpec) -> bool:
    """Return whether the best scores of a vector are the smallest."""
    return spec.kind is not VectorKind.SPARSE and spec.distance.value in ("Euclid", "Manhattan")
