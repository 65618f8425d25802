"""Searches as Qdrant took them before it had one query for all; older clients still ask so.

Each is answered as the query that means the same; the points are a plain list.
"""

from qdrant_client import models

from engine.api.rest.queries import query_batch, query_groups, query_points
from engine.api.rest.route import Served, reading_router
from engine.api.rest.searches import (
    Discoveries,
    Discovery,
    GroupedRecommendation,
    GroupedSearch,
    Recommendation,
    Recommendations,
    Search,
    Searches,
)

router = reading_router("searches of older clients")

_POINTS = "/collections/{collection_name}/points"
_Points = list[models.ScoredPoint]


@router.post(f"{_POINTS}/search", deprecated=True)
def search(engine: Served, collection_name: str, request: Search) -> _Points:
    """Find the points nearest to a vector."""
    return query_points(engine, collection_name, request.as_query()).points


@router.post(f"{_POINTS}/recommend", deprecated=True)
def recommend(engine: Served, collection_name: str, request: Recommendation) -> _Points:
    """Find points like some examples and unlike others."""
    return query_points(engine, collection_name, request.as_query()).points


@router.post(f"{_POINTS}/discover", deprecated=True)
def discover(engine: Served, collection_name: str, request: Discovery) -> _Points:
    """Find points near a target, or anywhere, on the right side of pairs of examples."""
    return query_points(engine, collection_name, request.as_query()).points


@router.post(f"{_POINTS}/search/batch", deprecated=True)
def search_batch(engine: Served, collection_name: str, request: Searches) -> list[_Points]:
    """Answer several searches; the first error fails them all."""
    return _batch(engine, collection_name, request)


@router.post(f"{_POINTS}/recommend/batch", deprecated=True)
def recommend_batch(
    engine: Served, collection_name: str, request: Recommendations
) -> list[_Points]:
    """Answer several recommendations; the first error fails them all."""
    return _batch(engine, collection_name, request)


@router.post(f"{_POINTS}/discover/batch", deprecated=True)
def discover_batch(engine: Served, collection_name: str, request: Discoveries) -> list[_Points]:
    """Answer several discoveries; the first error fails them all."""
    return _batch(engine, collection_name, request)


@router.post(f"{_POINTS}/search/groups", deprecated=True)
def search_groups(
    engine: Served, collection_name: str, request: GroupedSearch
) -> models.GroupsResult:
    """Find the groups of points that are nearest to a vector."""
    return query_groups(engine, collection_name, request.as_groups())


@router.post(f"{_POINTS}/recommend/groups", deprecated=True)
def recommend_groups(
    engine: Served, collection_name: str, request: GroupedRecommendation
) -> models.GroupsResult:
    """Find the groups of points that are like some examples and unlike others."""
    return query_groups(engine, collection_name, request.as_groups())


def _batch(
    engine: Served, collection_name: str, request: Searches | Recommendations | Discoveries
) -> list[_Points]:
    queries = models.QueryRequestBatch(searches=[one.as_query() for one in request.searches])
    return [found.points for found in query_batch(engine, collection_name, queries)]
