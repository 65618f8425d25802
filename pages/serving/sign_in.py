"""The form that asks a browser for the key, and the way out.

It is plain HTML that loads nothing: who has no key is served nothing else of the app.
"""

from __future__ import annotations

import asyncio
from html import escape
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from starlette.responses import HTMLResponse, RedirectResponse
from starlette.routing import Route

from engine.api.settings import Access
from pages import access
from pages.serving.gate import SIGN_IN, SIGN_OUT
from pages.serving.sessions import COOKIE, LIFE

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

_HERE = Path(__file__).parent
_FORM_BYTES = 20_000  # more than a key and a link have together
_PAUSE = 1.0  # seconds after a wrong key, lest somebody tries many
_HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:;"
    " form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "referrer-policy": "same-origin",  # the form's post needs its origin told
}


async def _form(request: Request) -> Response:
    """Show the form; whoever needs no key, or is in already, goes on."""
    wanted = _within(request.query_params.get("next", "/"))
    if access.granted(request.cookies) is not Access.NONE:
        return RedirectResponse(wanted, 303)
    return _page(wanted)


async def _sign_in(request: Request) -> Response:
    """Take the key and give the cookie."""
    given = await _fields(request)
    wanted, key = _within(given.get("next", "/")), given.get("key", "")
    granted = access.settings().access(key.strip())
    if granted is Access.NONE:
        await asyncio.sleep(_PAUSE)
        return _page(wanted, "This key is not the right one.", 401)
    response = RedirectResponse(wanted, 303)
    response.set_cookie(
        COOKIE,
        access.sessions.begin(granted),
        max_age=LIFE,
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
    return response


async def _sign_out(request: Request) -> Response:
    """End the session of this browser, in all its tabs."""
    access.sessions.end(request.cookies.get(COOKIE))
    response = _page("/", note="You are signed out.")
    response.delete_cookie(COOKIE)
    return response


async def _fields(request: Request) -> dict[str, str]:
    """Return the fields of a form, none of one that is too long."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _FORM_BYTES:
            return {}
    fields = parse_qs(body.decode(errors="replace"))
    return {name: values[0] for name, values in fields.items()}


def _within(path: str) -> str:
    """Return a path of this app: another one would lead to a foreign site."""
    foreign = not path.startswith("/") or path.startswith(("//", "/\\")) or not path.isprintable()
    return "/" if foreign else path


def _page(wanted: str, trouble: str = "", status: int = 200, note: str = "") -> Response:
    page = Template((_HERE / "sign_in.html").read_text(encoding="utf-8")).substitute(
        action=SIGN_IN,
        icon=(_HERE.parent / "icon.svg").read_text(encoding="utf-8"),
        next=escape(wanted),
        trouble=f'<p role="alert" id="trouble">{escape(trouble)}</p>' if trouble else "",
        note=f'<p role="status">{escape(note)}</p>' if note else "",
        invalid='aria-invalid="true" aria-describedby="trouble"' if trouble else "",
    )
    return HTMLResponse(page, status, _HEADERS)


ROUTES = [
    Route(SIGN_IN, _form),
    Route(SIGN_IN, _sign_in, methods=["POST"]),
    Route(SIGN_OUT, _sign_out),
]
"""The routes of those who have not come in."""
