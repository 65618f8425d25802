"""Points read without a query: by id, page by page, counted, and the values of a field."""

from qdrant_client import models

from engine.api.bounds import MAX_RESULTS, check_number
from engine.api.rest.route import Served, reading_router
from engine.errors import NotFound

router = reading_router("points")

_COLLECTION = "/collections/{collection_name}"
_PAGE, _VALUES = 10, 10


@router.post(f"{_COLLECTION}/points")
def retrieve(
    engine: Served, collection_name: str, request: models.PointRequest
) -> list[models.Record]:
    """Read points by id, in the order asked for; missing ones are left out."""
    return engine.retrieve(
        collection_name,
        request.ids,
        with_payload=request.with_payload or False,
        with_vectors=request.with_vector or False,
    )


@router.post(f"{_COLLECTION}/points/scroll")
def scroll(
    engine: Served, collection_name: str, request: models.ScrollRequest
) -> models.ScrollResult:
    """Read a page of points, in the order of their ids or of a payload field."""
    limit = _PAGE if request.limit is None else request.limit
    check_number("scroll_request.limit", limit, MAX_RESULTS)
    points, following = engine.scroll(
        collection_name,
        scroll_filter=request.filter,
        limit=limit,
        order_by=request.order_by,
        offset=request.offset,
        with_payload=True if request.with_payload is None else request.with_payload,
        with_vectors=request.with_vector or False,
    )
    return models.ScrollResult.model_construct(points=points, next_page_offset=following)


@router.post(f"{_COLLECTION}/points/count")
def count(engine: Served, collection_name: str, request: models.CountRequest) -> models.CountResult:
    """Count the points that a filter lets through."""
    return engine.count(collection_name, request.filter)


@router.post(f"{_COLLECTION}/facet")
def facet(
    engine: Served, collection_name: str, request: models.FacetRequest
) -> models.FacetResponse:
    """Read the most frequent values of a payload field, with their counts."""
    limit = _VALUES if request.limit is None else request.limit
    check_number("facet_request.limit", limit, MAX_RESULTS)
    return engine.facet(collection_name, request.key, request.filter, limit)


@router.get(f"{_COLLECTION}/points/{{point_id}}")
def point(engine: Served, collection_name: str, point_id: str) -> models.Record:
    """Read one point, with payload and vectors."""
    key = int(point_id) if point_id.isdecimal() else point_id
    found = engine.retrieve(collection_name, [key], with_payload=True, with_vectors=True)
    if not found:
        raise NotFound(f"Point with id {point_id} does not exists!")
    return found[0]
