"""Several queries, of which all succeed or none; long scans run side by side.

The compiled loops leave Python to other threads. So threads pay where most of a query is a scan,
and not where it is a walk or a scan of few rows, since planning and results are Python.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TYPE_CHECKING

from engine.query.request import prefetches
from engine.query.run import run_query
from engine.query.trace import UNWATCHED
from engine.vectors import DenseRows

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from qdrant_client import models
    from qdrant_client.http.models import QueryResponse

    from engine.query.options import Database, Options
    from engine.query.request import Request
    from engine.query.trace import Tracer
    from engine.snapshot import Snapshot

_LONG = 1 << 23
"""Elements of the scanned rows from which on a query is worth a thread: half a millisecond."""

_THREADS = 8


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

    def answer(request: models.QueryRequest) -> QueryResponse:
        return run_query(name, request, database, options, tracer)

    answers = list(map(answer, requests[:1]))
    others, threads = requests[1:], min(_THREADS, os.cpu_count() or 1)
    if len(others) < 2 or threads < 2 or tracer.is_watched:
        return answers + list(map(answer, others))
    snapshot = database.snapshot(name)
    if sum(_scanned(request, snapshot) for request in others) < _LONG * len(others):
        return answers + list(map(answer, others))
    return answers + _side_by_side(answer, others, threads)


def _side_by_side(
    answer: Callable[[models.QueryRequest], QueryResponse],
    requests: Sequence[models.QueryRequest],
    threads: int,
) -> list[QueryResponse]:
    with ThreadPoolExecutor(threads, thread_name_prefix="batch") as pool:
        jobs = [pool.submit(copy_context().run, answer, request) for request in requests]
        try:
            return [job.result() for job in jobs]
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _scanned(request: Request, snapshot: Snapshot) -> int:
    """Return about how many elements the leaves of a request scan, filters aside."""
    sources = prefetches(request)
    if sources:
        return sum(_scanned(source, snapshot) for source in sources)
    using = request.using or ""
    rows = snapshot.vectors.get(using)
    is_exact = request.params is not None and request.params.exact
    if not isinstance(rows, DenseRows) or (using in snapshot.segments and not is_exact):
        return 0
    return rows.data.size
