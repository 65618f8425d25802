"""Requests to an ASGI application in this process, without a server."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence


class Web:
    """A browser, or a program: where it calls from, by which name, and the cookies it was given."""

    def __init__(self, app: Any, base_url: str = "http://app", peer: str = "127.0.0.1") -> None:
        self.app = app
        self.base_url = base_url
        self.peer = peer
        self.cookies = httpx.Cookies()

    def fetch(
        self, path: str, method: str = "GET", data: dict[str, str] | None = None, **headers: str
    ) -> httpx.Response:
        """Answer one request; underscores in the names of headers are hyphens."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}

        async def answer() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app, client=(self.peer, 50_000))
            async with httpx.AsyncClient(
                transport=transport, base_url=self.base_url, cookies=self.cookies
            ) as client:
                return await client.request(method, path, headers=named, data=data)

        response = _apart(answer)
        self.cookies.extract_cookies(response)
        return response

    def talk(
        self, path: str, words: Sequence[str | Callable[[], Any]], **headers: str
    ) -> list[Any]:
        """Open a websocket, send the words, do the deeds between them; return what was answered.

        What is answered is text, and at the end the code that closed it if one did.
        """
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        host = self.base_url.split("//")[1]
        named = {"host": host, "cookie": cookies, **headers}
        scope = {
            "type": "websocket",
            "path": path,
            "query_string": b"",
            "headers": [(name.encode(), value.encode()) for name, value in named.items()],
            "client": (self.peer, 50_000),
            "subprotocols": [],
        }
        answered: list[Any] = []
        messages = iter([{"type": "websocket.connect"}, *words])

        async def receive() -> Any:
            for message in messages:
                if isinstance(message, str):
                    return {"type": "websocket.receive", "text": message}
                if isinstance(message, dict):
                    return message
                message()
            return {"type": "websocket.disconnect", "code": 1000}

        async def send(message: Any) -> None:
            if message["type"] != "websocket.accept":
                answered.append(message.get("text", message.get("code")))

        _apart(lambda: self.app(scope, receive, send))
        return answered


def fetch(app: Any, path: str, method: str = "GET", **headers: str) -> httpx.Response:
    """Answer one request of a program of this machine."""
    return Web(app).fetch(path, method, **headers)


def _apart(answer: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    """Run in a thread: a browser test may have left a loop running in ours."""
    with ThreadPoolExecutor(1) as apart:
        return apart.submit(lambda: asyncio.run(answer())).result()
