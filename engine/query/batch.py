"""Several queries, of which all succeed or none: their leaves look for points together.

First all are planned, then the leaves propose rows, then every query goes its own way with these.
Leaves that want the same rows scanned share a pass. The compiled loops leave Python to other
threads, so passes and walks run side by side; plans and results are Python, and threads of no use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.errors import RequestError
from engine.query.leaves import propose
from engine.query.plan import make_plan
from engine.query.run import answered, run_query
from engine.query.trace import UNWATCHED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qdrant_client import models
    from qdrant_client.http.models import QueryResponse

    from engine.query.options import Database, Options
    from engine.query.trace import Tracer


def run_batch(
    name: str,
    requests: Sequence[models.QueryRequest],
    database: Database,
    options: Options,
    tracer: Tracer = UNWATCHED,
) -> list[QueryResponse]:
    """Answer several queries, in their order; the first error fails them all.

    Args and errors as of `run_query`.
    """
    if len(requests) > 1 and not tracer.is_watched:
        try:
            return _together(name, requests, database, options)
        except RequestError:
            pass  # one after the other, to meet the first error first
    return [run_query(name, request, database, options, tracer) for request in requests]


def _together(
    name: str, requests: Sequence[models.QueryRequest], database: Database, options: Options
) -> list[QueryResponse]:
    """Answer several queries whose leaves look for points together."""
    plans = [make_plan(name, request, database, options) for request in requests]
    known = propose(plans, options)
    return [
        answered(request, plan, options, known=proposals)
        for request, plan, proposals in zip(requests, plans, known, strict=True)
    ]
