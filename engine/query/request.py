"""What a request asks for, before any id in it is looked up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from qdrant_client import models

from engine.errors import BadRequest, InvalidRequest, WrongInput

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class ExampleQuery:
    """Score points by examples; each example is a vector or an id, as given.

    Attributes:
        strategy: a name in `engine.scoring.registry.STRATEGIES`.
        target: one example, or none.
        positive: the liked ones, or the positive sides of pairs.
        negative: the disliked ones, or the negative sides of pairs, in the order of `positive`.

    """

    strategy: str
    target: tuple[object, ...] = ()
    positive: tuple[object, ...] = ()
    negative: tuple[object, ...] = ()


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


ParsedQuery: TypeAlias = ExampleQuery | ScrollQuery | SampleQuery | LaterQuery

_LATER: dict[type, str] = {
    models.OrderByQuery: "order_by queries",
    models.FormulaQuery: "formula queries",
    models.FusionQuery: "fusion queries",
    models.RrfQuery: "rrf queries",
    models.RelevanceFeedbackQuery: "relevance_feedback queries",
    models.Document: "inference on text; give a vector instead",
    models.Image: "inference on images; give a vector instead",
    models.InferenceObject: "inference; give a vector instead",
}


def parse_query(request: models.QueryRequest) -> ParsedQuery:  # noqa: PLR0911 - one per kind
    """Return what `request.query` asks for.

    Raises InvalidRequest for a value outside its range.
    """
    query: Any = request.query
    if query is None:
        return ScrollQuery()
    if isinstance(query, models.NearestQuery):
        return _nearest(query)
    if isinstance(query, models.RecommendQuery):
        return _recommend(query.recommend)
    if isinstance(query, models.DiscoverQuery):
        positive, negative = _pairs(query.discover.context)
        return ExampleQuery("discover", (query.discover.target,), positive, negative)
    if isinstance(query, models.ContextQuery):
        return ExampleQuery("context", (), *_pairs(query.context))
    if isinstance(query, models.SampleQuery):
        return SampleQuery()
    if type(query) in _LATER:
        return LaterQuery(_LATER[type(query)])
    return ExampleQuery("nearest", (query,))


def check_ranges(request: models.QueryRequest) -> None:
    """Raise InvalidRequest for a limit, offset or diversity outside its range."""
    if request.limit is not None and request.limit < 1:
        raise InvalidRequest(
            "internal.limit", f"value {request.limit} invalid, must be 1 or larger"
        )
    if request.offset is not None and request.offset < 0:
        raise InvalidRequest(
            "internal.offset", f"value {request.offset} invalid, must be 0 or larger"
        )
    query = request.query
    if isinstance(query, models.RrfQuery) and query.rrf.k is not None and query.rrf.k < 1:
        raise InvalidRequest(
            "internal.query.rrf.k", f"value {query.rrf.k} invalid, must be 1 or larger"
        )


def check_shape(request: models.QueryRequest) -> None:
    """Raise BadRequest or WrongInput when the parts of a request do not go together."""
    query = request.query
    if request.prefetch and query is None:
        raise BadRequest(
            "A query is needed to merge the prefetches. "
            "Can't have prefetches without defining a query."
        )
    if request.score_threshold is not None:
        _check_threshold(query)
    if isinstance(query, (models.FusionQuery, models.RrfQuery)):
        _check_fusion(query, request)
    if isinstance(query, models.FormulaQuery) and not request.prefetch:
        raise WrongInput("Validation failed: cannot apply Formula without prefetches")


def _check_threshold(query: object) -> None:
    if isinstance(query, models.OrderByQuery):
        raise BadRequest("Can't use score_threshold with an order_by query.")
    if query is None:
        raise BadRequest(
            "A query is needed to use the score_threshold. "
            "Can't have score_threshold without defining a query."
        )


def _check_fusion(
    query: models.FusionQuery | models.RrfQuery, request: models.QueryRequest
) -> None:
    if request.using:
        raise BadRequest("Fusion queries cannot be combined with the 'using' field.")
    if not request.prefetch:
        raise WrongInput("Validation failed: cannot apply Fusion without prefetches")
    sources = len(request.prefetch) if isinstance(request.prefetch, list) else 1
    weights = query.rrf.weights if isinstance(query, models.RrfQuery) else None
    if weights is not None and len(weights) != sources:
        raise WrongInput(
            f"Validation failed: RRF weights length ({len(weights)}) "
            f"does not match number of prefetches ({sources})"
        )


def _nearest(query: models.NearestQuery) -> ParsedQuery:
    if query.mmr is not None:
        diversity = query.mmr.diversity
        if diversity is not None and not 0 <= diversity <= 1:
            raise InvalidRequest(
                "internal.query.mmr.diversity", f"value {diversity} invalid, must be from 0 to 1"
            )
        return LaterQuery("mmr, maximal marginal relevance")
    return ExampleQuery("nearest", (query.nearest,))


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
