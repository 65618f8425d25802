"""Runs one query, or several of which all succeed or none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qdrant_client.http.models import QueryResponse

from engine.query.answer import scored_points
from engine.query.plan import make_plan
from engine.query.stages import find
from engine.query.trace import Tracer
from engine.trusted import trusted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qdrant_client import models

    from engine.query.options import Database, Options


def run_query(
    name: str,
    request: models.QueryRequest,
    database: Database,
    options: Options,
    tracer: Tracer | None = None,
) -> QueryResponse:
    """Answer one query.

    Args:
        name: of a collection, or an alias.
        request: unset fields mean what they mean over REST: no payload, no vectors, limit 10.
        database: where collections are found.
        options: of the engine.
        tracer: gets the stages, None when nobody looks.

    Raises:
        RequestError: the request does not fit the collection; checked in the order in which Qdrant
            checks: ranges, collections, ids, the shape of the query, vectors.

    """
    plan = make_plan(name, request, database, options)
    tracer = tracer or Tracer(is_watched=False)
    found = find(plan, options, tracer)
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


def run_batch(
    name: str,
    requests: Sequence[models.QueryRequest],
    database: Database,
    options: Options,
    tracer: Tracer | None = None,
) -> list[QueryResponse]:
    """Answer several queries, in their order; the first error fails them all."""
    return [run_query(name, request, database, options, tracer) for request in requests]
