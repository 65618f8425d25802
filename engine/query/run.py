"""Runs one query: plans it, finds its points, fetches what the answer shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qdrant_client.http.models import QueryResponse

from engine.arguments import KINDS, UNFIT, check_models
from engine.query.answer import scored_points
from engine.query.plain import best_points, plain_query
from engine.query.plan import make_plan
from engine.query.stages import find
from engine.query.trace import UNWATCHED
from engine.trusted import trusted

if TYPE_CHECKING:
    from qdrant_client import models

    from engine.query.leaves import Proposals
    from engine.query.options import Database, Options
    from engine.query.plan import Plan
    from engine.query.trace import Tracer


def run_query(
    name: str,
    request: models.QueryRequest,
    database: Database,
    options: Options,
    tracer: Tracer = UNWATCHED,
) -> QueryResponse:
    """Answer one query.

    Args:
        name: of a collection, or an alias.
        request: unset fields mean what they mean over REST: no payload, no vectors, limit 10.
        database: where collections are found.
        options: of the engine.
        tracer: gets the stages.

    Raises:
        RequestError: the request does not fit the collection; checked in the order in which Qdrant
            checks: ranges, collections, ids, the shape of the query, vectors. Fields of another
            kind are told when they do not work, so that all others need no look at them.

    """
    try:
        query = None if tracer.is_watched else plain_query(request)
        if query is not None:
            snapshot = database.snapshot(name)
            found = best_points(snapshot, request, query, options)
            if found is not None:
                shown = request.with_payload, request.with_vector
                return trusted(QueryResponse, points=scored_points(snapshot, found, *shown))
        return answered(request, make_plan(name, request, database, options), options, tracer)
    except UNFIT:
        KINDS["str"].check("collection_name", name)
        check_models("internal", request)
        raise


def answered(
    request: models.QueryRequest,
    plan: Plan,
    options: Options,
    tracer: Tracer = UNWATCHED,
    known: Proposals | None = None,
) -> QueryResponse:
    """Answer a query that is planned; `known` is what its leaves have proposed already."""
    found = find(plan, options, tracer, known)
    with tracer.stage("fetch", len(found), method="read") as stage:
        points = scored_points(
            plan.snapshot,
            found,
            request.with_payload,
            request.with_vector,
            versions=plan.root.search is not None or bool(plan.root.sources),
        )
        stage.keeps(plan.snapshot, found)
    return trusted(QueryResponse, points=points)
