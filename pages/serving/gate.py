"""The one way in to everything on the app's port: the REST interface, pages, websocket, files.

A stranger's browser is led to the sign-in form, a program is told 401. The REST interface asks for
the key itself, by header, as Qdrant's does. A browser's cookie counts nothing there, so that no
foreign page can use it in the name of one who has signed in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse
from starlette.websockets import WebSocketClose

from engine.api.access import check_caller
from engine.api.errors import Forbidden
from engine.api.settings import Access
from pages import access

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from engine.api.beside import ApiBeside

SIGN_IN, SIGN_OUT = "/sign-in", "/sign-out"

_OPEN = frozenset({SIGN_IN, SIGN_OUT, "/_stcore/health"})
_POLICY_VIOLATION = 1008  # RFC 6455, section 7.4.1

_ONCE_MORE = '<!doctype html><title>Sextant</title><meta http-equiv="refresh" content="0">'
"""Asks for the same page again: browsers keep the cookie from what another site links to."""


class Gate:
    """Lets in those who may come; made around the application that shows the pages."""

    def __init__(self, app: ASGIApp, api: ApiBeside) -> None:
        self._app = app
        self._api = api

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif self._api.owns(scope):
            await self._api(scope, receive, send)
        elif (refusal := _refusal(HTTPConnection(scope))) is not None:
            await refusal(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._app(scope, _while_signed_in(HTTPConnection(scope), receive), send)
        else:
            await self._app(scope, receive, send)


def _refusal(request: HTTPConnection) -> ASGIApp | None:
    """Return the answer to one who may not come in, None for others."""
    websocket = request.scope["type"] == "websocket"
    try:
        peer = request.client.host if request.client else None
        check_caller(access.settings(), request.headers, peer)
    except (Forbidden, ValueError) as error:
        close = WebSocketClose(_POLICY_VIOLATION, str(error)[:120])
        return close if websocket else PlainTextResponse(str(error), 403)
    if request.url.path in _OPEN or access.granted(request.cookies) is not Access.NONE:
        return None
    if websocket:
        return WebSocketClose(_POLICY_VIOLATION, "sign in first")
    return _to_sign_in(request)


def _to_sign_in(request: HTTPConnection) -> ASGIApp:
    """Return the way to the sign-in form for a browser that opens a page; others are told so."""
    if "text/html" not in request.headers.get("accept", ""):
        return PlainTextResponse(f"Sign in first: open {SIGN_IN} in this browser.", 401)
    if request.headers.get("sec-fetch-site") == "cross-site":
        return HTMLResponse(_ONCE_MORE)
    asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse(f"{SIGN_IN}?{urlencode({'next': asked})}", 303)


def _while_signed_in(request: HTTPConnection, receive: Receive) -> Receive:
    """Return what a websocket receives until its browser signs out or its time is over."""

    async def received() -> Message:
        message = await receive()
        if access.granted(request.cookies) is Access.NONE:
            return {"type": "websocket.disconnect", "code": _POLICY_VIOLATION}
        return message

    return received
