"""How a request of the REST interface is answered.

The operations are plain functions of an engine, a collection's name and a request model, so that
the gRPC interface calls them too. FastAPI reads their signatures for the routing and the OpenAPI
document; the work itself (decode, ask the engine, encode) is one job of a worker thread, so that
the event loop only moves bytes and a long query delays nobody.
"""

from __future__ import annotations

import inspect
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from fastapi import APIRouter, Depends, Request, Response
from fastapi.routing import APIRoute
from qdrant_client import models

from engine.api.decoding import decode
from engine.api.effort import MAX_READ, MAX_UPDATE, check_effort
from engine.api.envelopes import Envelope, FailureEnvelope, failure, success
from engine.api.rest.guard import check_access, gone, read_body
from engine.api.rest.parameters import (
    Parameters,
    ReadParameters,
    UpdateParameters,
    declare_read,
    declare_update,
)
from engine.api.settings import Access
from engine.engine import Engine
from engine.errors import EngineError, RequestError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping

    from engine.api.service import Service

_ENGINE = "engine"


def _given_by_the_route() -> None:
    """Tell FastAPI that the engine is not part of the request."""


Served = Annotated[Engine, Depends(_given_by_the_route)]
"""The engine that an operation works on."""


class Operation(APIRoute):
    """The route of one operation.

    Attributes:
        needed: what the caller must be allowed.
        effort: the most work that its body may make.
        parameters: of the query string.

    """

    needed: ClassVar[Access] = Access.READ
    effort: ClassVar[int] = MAX_READ
    parameters: ClassVar[type[Parameters]] = ReadParameters

    def __init__(self, path: str, endpoint: Callable[..., Any], **settings: Any) -> None:
        signature = inspect.signature(endpoint)
        settings["response_model"] = Envelope.__class_getitem__(signature.return_annotation)
        settings["responses"] = {"4XX": {"model": FailureEnvelope}}
        self._body = {
            name: parameter.annotation
            for name, parameter in signature.parameters.items()
            if name != _ENGINE and f"{{{name}}}" not in path.replace(":path", "")
        }
        super().__init__(path, endpoint, **settings)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what answers a request; every refusal has its status and its envelope."""

        async def handle(request: Request) -> Response:
            started = perf_counter()
            try:
                content = await self._answer(request, started)
            except EngineError as error:
                return refusal(error, perf_counter() - started)
            return Response(content, media_type="application/json")

        return handle

    async def _answer(self, request: Request, started: float) -> bytes:
        service: Service = request.app.state.service
        check_access(service, request, self.needed)
        asked = self.parameters.of(request.query_params)
        body = await read_body(request, service.settings.body_bytes) if self._body else b""
        work = partial(self._work, service, request.path_params, body, asked, started)
        if self.needed is Access.WRITE:
            return await service.update(work, len(body))
        return await service.read(work, len(body), asked.timeout, partial(gone, request))

    def _work(
        self,
        service: Service,
        path: Mapping[str, str],
        body: bytes,
        asked: Parameters,
        started: float,
    ) -> bytes:
        check_effort(body, self.effort)
        decoded = {name: decode(expected, body) for name, expected in self._body.items()}
        result = self.endpoint(service.engine(), **path, **decoded)
        return success(self._shown(result, asked), perf_counter() - started)

    def _shown(self, result: Any, asked: Parameters) -> Any:  # noqa: ARG002 - of updates
        """Return the result as the caller asked to see it."""
        return result


class Update(Operation):
    """The route of an operation that changes something; it has no time limit, so it is certain."""

    needed = Access.WRITE
    effort = MAX_UPDATE
    parameters = UpdateParameters

    def _shown(self, result: Any, asked: Parameters) -> Any:
        if isinstance(result, list):
            return [self._shown(one, asked) for one in result]
        if isinstance(result, models.UpdateResult) and not getattr(asked, "wait", False):
            return acknowledged(result)
        return result


def acknowledged(result: models.UpdateResult) -> models.UpdateResult:
    """Return what a caller hears who did not ask to wait; the update is durable all the same."""
    return result.model_copy(update={"status": models.UpdateStatus.ACKNOWLEDGED})


def refusal(error: EngineError, seconds: float) -> Response:
    """Return the answer to a request that failed."""
    if isinstance(error, RequestError):
        content, status = failure(str(error), seconds), error.status
    else:
        content, status = failure(f"Service internal error: {error}", seconds), 500
    return Response(content, status, media_type="application/json")


def reading_router(tag: str) -> APIRouter:
    """Return a router of operations that only read."""
    return APIRouter(tags=[tag], route_class=Operation, dependencies=[Depends(declare_read)])


def updating_router(tag: str) -> APIRouter:
    """Return a router of operations that change something."""
    return APIRouter(tags=[tag], route_class=Update, dependencies=[Depends(declare_update)])
