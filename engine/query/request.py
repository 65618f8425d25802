"""What one level of a request asks for, before any id in it is looked up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from qdrant_client import models

from engine.errors import InvalidRequest
from engine.payload.ordering import Ordering, parse_ordering
from engine.query.formula import Formula, parse_formula
from engine.query.fusion import RankFusion, ScoreFusion
from engine.query.mmr import DEFAULT_DIVERSITY, Mmr
from engine.scoring.feedback import Feedback

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Request: TypeAlias = models.QueryRequest | models.Prefetch
"""One level: the root, or a prefetch, which has the same fields but for offset and selectors."""


class ExampleQuery(NamedTuple):
    """Score points by examples; each example is a vector or an id, as given.

    Attributes:
        strategy: a name in `engine.scoring.registry.STRATEGIES`, or "relevance_feedback".
        target: one example, or none.
        positive: the liked ones, the positive sides of pairs, or the judged ones of feedback.
        negative: the disliked ones, or the negative sides of pairs, in the order of `positive`.
        feedback: how the judged ones count.
        mmr: how the nearest points are spread; None leaves them as they are.

    """

    strategy: str
    target: tuple[object, ...] = ()
    positive: tuple[object, ...] = ()
    negative: tuple[object, ...] = ()
    feedback: Feedback | None = None
    mmr: Mmr | None = None


@dataclass(frozen=True, slots=True)
class ScrollQuery:
    """All points in the order of their ids."""


@dataclass(frozen=True, slots=True)
class SampleQuery:
    """Points drawn at random."""


@dataclass(frozen=True, slots=True)
class LaterQuery:
    """A query that this version does not answer.

    Attributes:
        part: what it is called.

    """

    part: str


ParsedQuery: TypeAlias = (
    ExampleQuery
    | ScrollQuery
    | SampleQuery
    | Ordering
    | RankFusion
    | ScoreFusion
    | Formula
    | LaterQuery
)


def prefetches(request: Request | models.QueryGroupsRequest) -> list[models.Prefetch]:
    """Return the sources of a level, which may be given as one or as a list."""
    given = request.prefetch
    if not given:
        return []
    return [given] if isinstance(given, models.Prefetch) else list(given)


def offset_of(request: Request) -> int:
    """Return how many of the best points a level skips; a prefetch skips none."""
    return getattr(request, "offset", None) or 0


def parse_query(request: Request) -> ParsedQuery:
    """Return what `request.query` asks for.

    Raises InvalidRequest for a value outside its range, and what `parse_formula` raises.
    """
    query: Any = request.query
    parse = _PARSERS.get(type(query))
    return ExampleQuery("nearest", (query,)) if parse is None else parse(query)


def _nearest(query: models.NearestQuery) -> ExampleQuery:
    return ExampleQuery("nearest", (query.nearest,), mmr=_mmr(query.mmr))


def _mmr(mmr: models.Mmr | None) -> Mmr | None:
    if mmr is None:
        return None
    diversity = DEFAULT_DIVERSITY if mmr.diversity is None else mmr.diversity
    return Mmr(diversity, mmr.candidates_limit)


def _discover(given: models.DiscoverInput) -> ExampleQuery:
    positive, negative = _pairs(given.context)
    return ExampleQuery("discover", (given.target,), positive, negative)


def _fusion(query: models.FusionQuery) -> RankFusion | ScoreFusion:
    return ScoreFusion() if query.fusion == models.Fusion.DBSF else RankFusion()


def _rrf(rrf: models.Rrf) -> RankFusion:
    weights = None if rrf.weights is None else tuple(rrf.weights)
    return RankFusion(weights=weights) if rrf.k is None else RankFusion(rrf.k, weights)


def _feedback(given: models.RelevanceFeedbackInput) -> ExampleQuery:
    naive = given.strategy.naive
    judgements = tuple(item.score for item in given.feedback)
    return ExampleQuery(
        "relevance_feedback",
        (given.target,),
        tuple(item.example for item in given.feedback),
        feedback=Feedback(judgements, naive.a, naive.b, naive.c),
    )


def _recommend(recommend: models.RecommendInput) -> ExampleQuery:
    positive, negative = tuple(recommend.positive or ()), tuple(recommend.negative or ())
    if not positive and not negative:
        raise InvalidRequest(
            "internal.query.recommend",
            "At least one positive or negative vector/id must be provided",
        )
    strategy = recommend.strategy or models.RecommendStrategy.AVERAGE_VECTOR
    return ExampleQuery(str(strategy.value), (), positive, negative)


def _pairs(
    context: models.ContextPair | Sequence[models.ContextPair] | None,
) -> tuple[tuple[object, ...], tuple[object, ...]]:
    pairs = [context] if isinstance(context, models.ContextPair) else context or ()
    return tuple(pair.positive for pair in pairs), tuple(pair.negative for pair in pairs)


def _later(part: str) -> Callable[[Any], LaterQuery]:
    return lambda _: LaterQuery(part)


_PARSERS: dict[type, Callable[[Any], ParsedQuery]] = {
    type(None): lambda _: ScrollQuery(),
    models.NearestQuery: _nearest,
    models.RecommendQuery: lambda query: _recommend(query.recommend),
    models.DiscoverQuery: lambda query: _discover(query.discover),
    models.ContextQuery: lambda query: ExampleQuery("context", (), *_pairs(query.context)),
    models.RelevanceFeedbackQuery: lambda query: _feedback(query.relevance_feedback),
    models.OrderByQuery: lambda query: parse_ordering(query.order_by),
    models.FusionQuery: _fusion,
    models.RrfQuery: lambda query: _rrf(query.rrf),
    models.FormulaQuery: parse_formula,
    models.SampleQuery: lambda _: SampleQuery(),
    models.TextQuery: _later("BM25 over a text index; query a sparse vector instead"),
    models.Document: _later("inference on text; give a vector instead"),
    models.Image: _later("inference on images; give a vector instead"),
    models.InferenceObject: _later("inference; give a vector instead"),
}
