"""Whether a request may come in at all: its caller, its key, its size."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.api.access import check_caller
from engine.api.errors import BodyTooLarge, Disconnected

if TYPE_CHECKING:
    from fastapi import Request

    from engine.api.service import Service
    from engine.api.settings import Access

_DRAINED = 4
"""How many times the largest body is read and dropped, so that its sender hears the refusal."""


def check_access(service: Service, request: Request, needed: Access) -> None:
    """Raise Unauthorized or Forbidden unless caller and key allow what is asked for."""
    headers = request.headers
    check_caller(service.settings, headers, request.client.host if request.client else None)
    bearer = headers.get("authorization", "").removeprefix("Bearer ")
    service.admit(headers.get("api-key") or bearer, needed)


async def read_body(request: Request, limit: int) -> bytes:
    """Return the body.

    Raises:
        BodyTooLarge: it has more than `limit` bytes.
        Disconnected: the client went away before it was whole.

    """
    chunks: list[bytes] = []
    size, more = 0, True
    while more and size <= _DRAINED * limit:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise Disconnected("the client disconnected")
        chunk = message.get("body", b"")
        size += len(chunk)
        if size <= limit:
            chunks.append(chunk)
        more = message.get("more_body", False)
    if size > limit:
        raise BodyTooLarge(f"is larger than allowed (limit: {limit} bytes)")
    return b"".join(chunks)


async def gone(request: Request) -> None:
    """Return when the client of a request whose body has been read goes away."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
