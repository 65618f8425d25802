"""Requests of `qdrant_client.models` as requests to Qdrant's own core, run in this process.

It resolves no ids and averages no vectors, which a server does before it asks the core.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import qdrant_edge as edge
from qdrant_client import models


def query_core(
    shard: edge.EdgeShard, request: models.QueryRequest, *, with_payload: bool = False
) -> list[Any]:
    """Return the core's answer to a `models.QueryRequest`, with exact search."""
    return shard.query(
        edge.QueryRequest(
            limit=10 if request.limit is None else request.limit,
            offset=request.offset or 0,
            with_payload=with_payload,
            with_vector=False,
            params=edge.SearchParams(exact=True),
            **level(request),
        )
    )


def level(request):
    """Return what a prefetch and a request have in common."""
    given = request.prefetch or []
    prefetches = given if isinstance(given, list) else [given]
    return {
        "query": query(request.query, request.using or "", request.limit),
        "prefetches": [prefetch(source) for source in prefetches],
        "filter": condition(request.filter),
        "score_threshold": request.score_threshold,
    }


def prefetch(source):
    return edge.Prefetch(
        limit=10 if source.limit is None else source.limit,
        params=edge.SearchParams(exact=True),
        **level(source),
    )


def query(asked, using, limit):
    match asked:
        case None:
            return None
        case models.NearestQuery(mmr=None):
            return edge.Query.Nearest(vector(asked.nearest), using)
        case models.NearestQuery(mmr=mmr):
            diversity = 0.5 if mmr.diversity is None else mmr.diversity
            candidates = limit if mmr.candidates_limit is None else mmr.candidates_limit
            return edge.Mmr(asked.nearest, 1 - diversity, candidates, using)
        case models.RecommendQuery(recommend=recommend):
            is_best = recommend.strategy == models.RecommendStrategy.BEST_SCORE
            kind = edge.Query.RecommendBestScore if is_best else edge.Query.RecommendSumScores
            return kind(edge.RecommendQuery(recommend.positive, recommend.negative), using)
        case models.RelevanceFeedbackQuery(relevance_feedback=given):
            items = [edge.FeedbackItem(item.example, item.score) for item in given.feedback]
            naive = given.strategy.naive
            strategy = edge.NaiveFeedbackStrategy(naive.a, naive.b, naive.c)
            asked_core = edge.FeedbackNaiveQuery(given.target, items, strategy)
            return edge.Query.FeedbackNaive(asked_core, using)
        case models.OrderByQuery(order_by=order):
            directions = {"asc": edge.Direction.Asc, "desc": edge.Direction.Desc, None: None}
            start = order.start_from
            start = start.isoformat() if isinstance(start, datetime) else start
            return edge.OrderBy(order.key, directions[order.direction], start)
        case models.FusionQuery(fusion=models.Fusion.DBSF):
            return edge.Fusion.Dbsf()
        case models.RrfQuery(rrf=rrf):
            return edge.Fusion.Rrf(rrf.k or 2, rrf.weights)
        case models.FormulaQuery():
            return edge.Formula(expression(asked.formula), asked.defaults or {})
    raise TypeError(f"no way to ask the core for {asked!r}")


def vector(given):
    if isinstance(given, models.SparseVector):
        return edge.SparseVector(given.indices, given.values)
    return given


def condition(asked):
    if asked is None:
        return None
    return edge.Filter(
        **{clause: conditions(getattr(asked, clause)) for clause in ("must", "should", "must_not")}
    )


def conditions(listed):
    return None if listed is None else [field(condition) for condition in listed]


def field(asked):
    if isinstance(asked, models.HasIdCondition):
        return edge.HasIdCondition({*asked.has_id})
    return edge.FieldCondition(asked.key, match=edge.MatchValue(asked.match.value))


E = edge.Expression
UNARY = {"neg": E.Neg, "abs": E.Abs, "sqrt": E.Sqrt, "exp": E.Exp, "ln": E.Ln, "log10": E.Log10}
DECAYS = {
    "lin_decay": edge.DecayKind.Lin,
    "exp_decay": edge.DecayKind.Exp,
    "gauss_decay": edge.DecayKind.Gauss,
}


def expression(asked):  # noqa: C901 - one case per kind
    match asked:
        case float():
            return E.Constant(asked)
        case str():
            return E.Variable(asked)
        case models.FieldCondition():
            return E.Condition(field(asked))
        case models.SumExpression():
            return E.Sum([expression(term) for term in asked.sum])
        case models.MultExpression():
            return E.Mult([expression(factor) for factor in asked.mult])
        case models.MaxExpression():
            return E.Max([expression(rival) for rival in asked.max])
        case models.MinExpression():
            return E.Min([expression(rival) for rival in asked.min])
        case models.DivExpression(div=div):
            return E.Div(expression(div.left), expression(div.right), div.by_zero_default)
        case models.PowExpression(pow=power):
            return E.Pow(expression(power.base), expression(power.exponent))
        case models.GeoDistance(geo_distance=geo):
            return E.GeoDistance(edge.GeoPoint(geo.origin.lon, geo.origin.lat), geo.to)
        case models.DatetimeExpression():
            return E.Datetime(asked.datetime)
        case models.DatetimeKeyExpression():
            return E.DatetimeKey(asked.datetime_key)
    ((name, inner),) = dict(asked).items()
    if name in UNARY:
        return UNARY[name](expression(inner))
    target = None if inner.target is None else expression(inner.target)
    return E.Decay(DECAYS[name], expression(inner.x), target, inner.midpoint, inner.scale)
