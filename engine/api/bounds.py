"""How much one request may ask for; a request beyond is refused before any work is done."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from qdrant_client import models

from engine.errors import BadRequest, InvalidRequest

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_RESULTS = 1_000_000
"""Most points, groups or values that one answer may carry."""

MAX_OFFSET = 2**32
"""Furthest into a result that a page may begin."""

MAX_QUERIES = 1_000
"""Most queries of one request: those of a batch, and all prefetches of each."""

MAX_SAMPLE = 100_000
"""Most points whose mutual distances one request may ask for."""

Query: TypeAlias = "models.QueryRequest | models.QueryGroupsRequest"
_Level: TypeAlias = "Query | models.Prefetch"


def check_query(request: Query) -> None:
    """Raise InvalidRequest or BadRequest when a query asks for too much at any of its levels."""
    levels: list[_Level] = [request]
    for level in levels:  # grows while it is walked
        check_number("internal.limit", level.limit, MAX_RESULTS)
        levels += _prefetches(level)
        if len(levels) > MAX_QUERIES:
            raise BadRequest(f"the query has more than {MAX_QUERIES - 1} prefetches; use fewer")
    if isinstance(request, models.QueryRequest):
        check_number("internal.offset", request.offset, MAX_OFFSET)
    else:
        path = "search_group_request.group_request.group_size"
        check_number(path, request.group_size, MAX_RESULTS)


def check_batch(requests: Sequence[models.QueryRequest]) -> None:
    """Raise as `check_query` does for each, and BadRequest for too many."""
    if len(requests) > MAX_QUERIES:
        raise BadRequest(f"the batch has {len(requests)} queries, at most {MAX_QUERIES} may be")
    for request in requests:
        check_query(request)


def check_number(path: str, value: int | None, most: int) -> None:
    """Raise InvalidRequest for a number above `most`; numbers too small are the engine's to refuse.

    Args:
        path: of the field, as the server names it.
        value: None when it is not given.
        most: the largest that may be asked for.

    """
    if value is not None and value > most:
        raise InvalidRequest(path, f"value {value} invalid, must be {most} or smaller")


def _prefetches(level: _Level) -> Sequence[models.Prefetch]:
    given = level.prefetch
    return [given] if isinstance(given, models.Prefetch) else given or ()
