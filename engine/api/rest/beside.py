"""The REST interface beside other pages on one port."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from fastapi.routing import BaseRoute, Match  # type: ignore[attr-defined]  # are Starlette's

from engine.api.rest.slashes import without_slash

if TYPE_CHECKING:
    from fastapi import FastAPI

    from engine.api.rest.slashes import Receive, Scope, Send

_SHARED = frozenset({"/", "/collections"})
"""Paths that the pages have too: browsers get the page, programs the JSON."""


class ApiRoute(BaseRoute):
    """Serves the paths of an API at the root of another application, and leaves it all others.

    Put it before the application's own routes.
    """

    def __init__(self, api: FastAPI) -> None:
        self._api = api

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Return a full match when the API has the path, in whatever method."""
        if scope["type"] != "http":
            return Match.NONE, {}
        plain = without_slash(scope)
        if plain["path"] in _SHARED and _wants_page(scope):
            return Match.NONE, {}
        found = any(route.matches(plain)[0] is not Match.NONE for route in self._api.routes)
        return (Match.FULL if found else Match.NONE), {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the API answer."""
        await self._api(scope, receive, send)

    def url_path_for(self, name: str, /, **_path_params: object) -> NoReturn:
        """Raise LookupError: the API's paths have no names here."""
        raise LookupError(name)


def _wants_page(scope: Scope) -> bool:
    return any(name == b"accept" and b"text/html" in value for name, value in scope["headers"])
