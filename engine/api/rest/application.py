"""The REST interface as one ASGI application."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import FastAPI, Request, Response
from fastapi.middleware.cors import CORSMiddleware

from engine.api.envelopes import failure
from engine.api.rest import collections, health, legacy, points, queries, updates
from engine.api.rest.reference import openapi_document, reference_page
from engine.api.rest.slashes import SlashTolerance
from engine.api.settings import VERSION

if TYPE_CHECKING:
    from engine.api.service import Service

_ROUTERS = (  # paths are tried in this order: the busiest first
    queries.router,
    points.router,
    updates.router,
    collections.reading,
    collections.updating,
    health.router,
    legacy.router,
)


def make_api(service: Service) -> FastAPI:
    """Return the REST interface of what a service serves."""
    api = FastAPI(
        title="Sextant",
        version=VERSION,
        summary="The REST interface of Qdrant over Sextant's engine",
        openapi_url=None,  # FastAPI's route makes the document on the event loop
        docs_url=None,  # FastAPI's pages load scripts from the web; ours needs none
        redoc_url=None,
        redirect_slashes=False,
        exception_handlers={404: _no_such_path, 405: _no_such_method, Exception: _broken},
    )
    api.state.service = service
    for router in _ROUTERS:
        api.include_router(router)
    api.get("/openapi.json", include_in_schema=False)(openapi_document)
    api.get("/docs", include_in_schema=False)(reference_page)
    api.add_middleware(SlashTolerance)
    api.add_middleware(
        CORSMiddleware,
        allow_origins=list(service.settings.allowed_origins),
        allow_methods=["*"],
        allow_headers=["*"],
    )
    return api


async def _no_such_path(request: Request, _error: object) -> Response:
    return _refused(f"Not found: there is no {request.url.path}; see /docs", 404)


async def _no_such_method(request: Request, _error: object) -> Response:
    return _refused(f"Bad request: {request.url.path} takes no {request.method}; see /docs", 405)


async def _broken(_request: Request, error: Exception) -> Response:
    return _refused(f"Service internal error: {type(error).__name__}; see the server's log", 500)


def _refused(text: str, status: int) -> Response:
    return Response(failure(text, 0.0), status, media_type="application/json")
