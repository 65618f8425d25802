"""Paths with a slash at their end mean the same as without."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    Scope: TypeAlias = MutableMapping[str, Any]
    Message: TypeAlias = MutableMapping[str, Any]
    Receive: TypeAlias = Callable[[], Awaitable[Message]]
    Send: TypeAlias = Callable[[Message], Awaitable[None]]
    App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]


class SlashTolerance:
    """Drops the slash from the end of a path before it is routed."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        await self._app(without_slash(scope), receive, send)


def without_slash(scope: Scope) -> Scope:
    """Return the scope of a request, its path without a slash at the end."""
    path = scope.get("path", "/")
    if path == "/" or not path.endswith("/"):
        return scope
    return {**scope, "path": path.rstrip("/") or "/"}
