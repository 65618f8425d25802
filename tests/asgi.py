"""Requests to an ASGI application in this process, without a server."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx


def fetch(app: Any, path: str, method: str = "GET", **headers: str) -> httpx.Response:
    """Answer one request, in a thread: a browser test may have left a loop running in ours."""

    async def answer() -> httpx.Response:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://app") as client:
            return await client.request(method, path, headers=headers)

    with ThreadPoolExecutor(1) as apart:
        return apart.submit(lambda: asyncio.run(answer())).result()
