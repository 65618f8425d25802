"""Whether a request may come in at all: its key, its origin, its size."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from engine.api.errors import BodyTooLarge, Disconnected, Forbidden

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastapi import Request

    from engine.api.service import Service
    from engine.api.settings import Access, Settings

_DRAINED = 4
"""How many times the largest body is read and dropped, so that its sender hears the refusal."""


def check_access(service: Service, headers: Mapping[str, str], needed: Access) -> None:
    """Raise Unauthorized or Forbidden unless key and origin allow what is asked for."""
    _check_origin(service.settings, headers)
    bearer = headers.get("authorization", "").removeprefix("Bearer ")
    service.admit(headers.get("api-key") or bearer, needed)


def _check_origin(settings: Settings, headers: Mapping[str, str]) -> None:
    """Refuse pages of foreign origins: a browser sends some requests without asking first."""
    origin = headers.get("origin")
    if origin is None or not {origin, "*"}.isdisjoint(settings.allowed_origins):
        return
    if urlsplit(origin).netloc != headers.get("host"):
        raise Forbidden(f"pages of {origin} may not call this server; allow that origin first")


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
        raise BodyTooLarge(limit)
    return b"".join(chunks)
