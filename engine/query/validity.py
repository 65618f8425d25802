"""What is wrong with a request before any collection is looked at, or once its ids are known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qdrant_client import models

from engine.arguments import KINDS
from engine.counts import check_count
from engine.errors import BadRequest, InvalidRequest, WrongInput, shown
from engine.query.formula import Formula
from engine.query.fusion import RankFusion, ScoreFusion
from engine.query.mmr import MAX_CANDIDATES, Mmr
from engine.query.request import ExampleQuery, ParsedQuery, Request, offset_of, prefetches

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.scoring.feedback import Feedback

MAX_NUMBER = 1e30
"""Weights and judgements beyond would give scores that 32-bit floats cannot hold."""

MAX_DEPTH = 64
"""Prefetches inside prefetches, at most."""


def check_ranges(request: Request, query: ParsedQuery) -> None:
    """Raise InvalidRequest for a value of one level that is outside its range."""
    check_count("internal.limit", request.limit, 1)
    check_count("internal.offset", offset_of(request), 0)
    threshold = request.score_threshold
    if threshold is not None:
        KINDS["float"].check("internal.score_threshold", threshold)
    if isinstance(query, RankFusion):
        check_count("internal.query.rrf.k", query.k, 1)
        _check_size("internal.query.rrf.weights", query.weights or ())
    if request.params is not None:
        check_count("internal.params.hnsw_ef", request.params.hnsw_ef, 1)
    if isinstance(query, ExampleQuery) and query.mmr is not None:
        _check_mmr(query.mmr)
    if isinstance(query, ExampleQuery) and query.feedback is not None:
        _check_feedback(query.feedback)


def check_shape(request: Request, query: ParsedQuery) -> None:
    """Raise BadRequest or WrongInput when the parts of one level do not go together."""
    if request.prefetch and request.query is None:
        raise BadRequest(
            "A query is needed to merge the prefetches. "
            "Can't have prefetches without defining a query."
        )
    if request.score_threshold is not None:
        _check_threshold(request.query)
    if isinstance(query, (RankFusion, ScoreFusion)):
        _check_fusion(query, request)
    if isinstance(query, Formula) and not request.prefetch:
        raise WrongInput("Validation failed: cannot apply Formula without prefetches")


def _check_mmr(mmr: Mmr) -> None:
    if not 0 <= mmr.diversity <= 1:
        raise InvalidRequest(
            "internal.query.mmr.diversity",
            f"value {shown(mmr.diversity)} invalid, must be from 0 to 1",
        )
    if mmr.candidates is not None and not 0 <= mmr.candidates <= MAX_CANDIDATES:
        raise InvalidRequest(
            "internal.query.mmr.candidates_limit",
            f"value {shown(mmr.candidates)} invalid, must be from 0 to {MAX_CANDIDATES}",
        )


def _check_feedback(feedback: Feedback) -> None:
    path = "internal.query.relevance_feedback"
    if not feedback.judgements:
        raise InvalidRequest(f"{path}.feedback", "feedback elements must be non-empty")
    if not feedback.b >= 0:
        raise InvalidRequest(
            f"{path}.strategy.naive.b", f"value {feedback.b} invalid, must be 0 or larger"
        )
    numbers = (*feedback.judgements, feedback.a, feedback.b, feedback.c)
    _check_size(path, numbers)


def _check_size(path: str, numbers: Sequence[float]) -> None:
    for number in numbers:
        if not abs(number) <= MAX_NUMBER:
            raise InvalidRequest(path, f"value {number} invalid, must be within ±{MAX_NUMBER:g}")


def _check_threshold(query: object) -> None:
    if isinstance(query, models.OrderByQuery):
        raise BadRequest("Can't use score_threshold with an order_by query.")
    if query is None:
        raise BadRequest(
            "A query is needed to use the score_threshold. "
            "Can't have score_threshold without defining a query."
        )


def _check_fusion(fusion: RankFusion | ScoreFusion, request: Request) -> None:
    if request.using:
        raise BadRequest("Fusion queries cannot be combined with the 'using' field.")
    sources = len(prefetches(request))
    if not sources:
        raise WrongInput("Validation failed: cannot apply Fusion without prefetches")
    weights = fusion.weights if isinstance(fusion, RankFusion) else None
    if weights is not None and len(weights) != sources:
        raise WrongInput(
            f"Validation failed: RRF weights length ({len(weights)}) "
            f"does not match number of prefetches ({sources})"
        )
