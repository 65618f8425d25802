"""The REST interface beside pages on one port: which requests are its own, made when one comes."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

import anyio.to_thread

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Receive, Scope, Send

ROOTS = frozenset({"aliases", "collections", "docs", "healthz", "livez", "openapi.json", "readyz"})
"""What its paths begin with, beside `/` itself."""

_SHARED = frozenset({"/", "/collections"})
"""Paths that the pages have too: browsers get the page, programs the JSON."""


class ApiBeside:
    """A REST interface that shares a port with pages.

    It is made for its first request: FastAPI takes 0.4 s to import, which starting the pages need
    not wait for.
    """

    def __init__(self, make: Callable[[], ASGIApp]) -> None:
        self._make = make
        self._making = Lock()
        self._api: ASGIApp | None = None

    def owns(self, scope: Scope) -> bool:
        """Tell whether a request is for the interface, in whatever method."""
        if scope["type"] != "http":
            return False
        path: str = scope["path"]
        if (path.rstrip("/") or "/") in _SHARED:
            return not _wants_page(scope)
        return path.removeprefix("/").split("/", 1)[0] in ROOTS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        api = self._api
        if api is None:
            api = await anyio.to_thread.run_sync(self._made)
        await api(scope, receive, send)

    def _made(self) -> ASGIApp:
        with self._making:
            if self._api is None:
                self._api = self._make()
            return self._api


def _wants_page(scope: Scope) -> bool:
    return any(name == b"accept" and b"text/html" in value for name, value in scope["headers"])
