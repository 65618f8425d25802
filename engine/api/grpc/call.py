"""How one gRPC call is answered: decode the message, run the operation, encode the result."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Any

import grpc  # type: ignore[import-untyped]  # its stubs are a package of their own
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]  # as of grpc
from pydantic import ValidationError

from engine.api.rest.route import acknowledged
from engine.api.settings import Access
from engine.errors import BadRequest, EngineError, NotSupported, RequestError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from engine.api.grpc.requests import Arguments, Message
    from engine.api.service import Service

_CODES = {
    400: grpc.StatusCode.INVALID_ARGUMENT,
    401: grpc.StatusCode.UNAUTHENTICATED,
    403: grpc.StatusCode.PERMISSION_DENIED,
    404: grpc.StatusCode.NOT_FOUND,
    408: grpc.StatusCode.DEADLINE_EXCEEDED,
    409: grpc.StatusCode.ALREADY_EXISTS,
    413: grpc.StatusCode.RESOURCE_EXHAUSTED,
    422: grpc.StatusCode.INVALID_ARGUMENT,
    501: grpc.StatusCode.UNIMPLEMENTED,
}


@dataclass(frozen=True, slots=True)
class Call:
    """One method of a gRPC service, over an operation of the REST interface.

    Attributes:
        operation: a function of the engine and what else `arguments` returns.
        arguments: of the operation, from the message.
        respond: the answer, from the result and the seconds that it took.
        needed: what the caller must be allowed.

    """

    operation: Callable[..., Any]
    arguments: Callable[[Any], Arguments]
    respond: Callable[[Any, float], Message]
    needed: Access = Access.READ

    def answer(self, service: Service, message: Message, context: Any) -> Message:
        """Return the answer; a refusal ends the call with its code and text."""
        try:
            service.admit(_key(context), self.needed)
            work = partial(self._work, service, message)
            return service.wait_for(work, self.needed, message.ByteSize())
        except EngineError as error:
            context.abort(_code(error), str(error))
            raise  # abort has raised already

    def _work(self, service: Service, message: Message) -> Message:
        started = perf_counter()
        with _converting():
            arguments = self.arguments(message)
        result = self.operation(service.engine(), *arguments)
        if self.needed is Access.WRITE:
            result = _shown(result, message)
        with _telling():
            return self.respond(result, perf_counter() - started)


def _shown(result: Any, message: Any) -> Any:
    """Return an update's result as completed only to callers that asked to wait."""
    if isinstance(result, bool) or message.wait:
        return result
    if isinstance(result, list):
        return [acknowledged(one) for one in result]
    return acknowledged(result)


def _key(context: Any) -> str | None:
    metadata = dict(context.invocation_metadata())
    bearer: str = metadata.get("authorization", "").removeprefix("Bearer ")
    return metadata.get("api-key") or bearer


def _code(error: EngineError) -> Any:
    if isinstance(error, RequestError):
        return _CODES[error.status]
    return grpc.StatusCode.INTERNAL


@contextmanager
def _converting() -> Iterator[None]:
    """Refuse a message that is not whole, for which qdrant-client's converters raise these."""
    try:
        yield
    except ValidationError as error:
        first = error.errors()[0]
        path = ".".join(str(part) for part in first["loc"])
        raise BadRequest(f"malformed message: {path}: {first['msg']}") from None
    except (ValueError, TypeError, KeyError, AttributeError, NotImplementedError) as error:
        raise BadRequest(f"malformed message: {error}") from None


@contextmanager
def _telling() -> Iterator[None]:
    """Refuse an answer that messages cannot hold: JSON knows more texts, larger numbers, depth."""
    try:
        yield
    except (ValueError, DecodeError) as error:
        raise NotSupported(
            f"a payload that gRPC has no way to tell ({error}); ask without it, or over REST"
        ) from None
