"""What both interfaces stand on: the engine, who may use it, and the threads that work on it."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from engine.api.errors import Disconnected, Forbidden, TimedOut, Unauthorized
from engine.api.settings import Access, Settings
from engine.engine import Engine
from engine.patience import Waiting

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

T = TypeVar("T")

_LARGE = 500_000
"""Bytes from which a request waits for a thread of the few that are kept for large ones."""

_WATCHED_AFTER = 0.5
"""Seconds after which a reader is watched going away: most are answered long before."""


class Service:
    """An engine, or what opens it, with the settings of the server.

    Reads, updates and large requests have threads of their own, so that none of them can keep the
    others waiting. A read that takes too long is answered 408, and the work for it, or for a client
    that has gone away, ends at its next step.

    Attributes:
        settings: of the server.

    """

    def __init__(
        self, engine: Engine | Callable[[], Engine], settings: Settings | None = None
    ) -> None:
        self.settings = settings or Settings()
        self._engine = engine
        threads = self.settings.threads
        self._reads = ThreadPoolExecutor(threads, thread_name_prefix="api-read")
        self._updates = ThreadPoolExecutor(threads, thread_name_prefix="api-update")
        self._large = ThreadPoolExecutor(2, thread_name_prefix="api-large")

    def engine(self) -> Engine:
        """Return the engine; raises StorageError when it cannot be opened."""
        return self._engine if isinstance(self._engine, Engine) else self._engine()

    def admit(self, key: str | None, needed: Access) -> None:
        """Raise Unauthorized or Forbidden unless the bearer of a key may do what is needed."""
        access = self.settings.access(key)
        if access is Access.NONE:
            raise Unauthorized
        if access < needed:
            raise Forbidden("this API key only allows reading")

    async def update(self, work: Callable[[], T], size: int) -> T:
        """Return what `work` does in a thread; it has no time limit, so that it is certain.

        Args:
            work: done as a whole, even if the client goes away.
            size: of the request, bytes.

        """
        threads = self._large if size > _LARGE else self._updates
        return await asyncio.wrap_future(threads.submit(work))

    async def read(
        self,
        work: Callable[[], T],
        size: int,
        seconds: float | None,
        gone: Callable[[], Coroutine[Any, Any, None]],
    ) -> T:
        """Return what `work` does in a thread.

        Args:
            work: ends early once nobody waits for it.
            size: of the request, bytes.
            seconds: that the client will wait; never longer than the server's own limit.
            gone: returns when the client has gone away.

        Raises:
            TimedOut: it took too long.
            Disconnected: the client has gone away.

        """
        waiting, limit = Waiting(), self._limit(seconds)
        threads = self._large if size > _LARGE else self._reads
        future = asyncio.wrap_future(threads.submit(waiting.run, work))
        await asyncio.wait({future}, timeout=min(_WATCHED_AFTER, limit))
        has_left = not future.done() and await _leaves(gone, future, limit - _WATCHED_AFTER)
        if future.done():
            return future.result()
        waiting.give_up()
        future.cancel()
        raise Disconnected("the client disconnected") if has_left else TimedOut(limit)

    def wait_for(self, work: Callable[[], T], needed: Access, size: int) -> T:
        """Return what `work` does, as `read` and `update` do, to a caller that blocks."""
        if needed is Access.WRITE:
            return (self._large if size > _LARGE else self._updates).submit(work).result()
        waiting, limit = Waiting(), self._limit(None)
        future = (self._large if size > _LARGE else self._reads).submit(waiting.run, work)
        try:
            return future.result(limit)
        except TimeoutError:
            if future.done():
                raise
            waiting.give_up()
            future.cancel()
            raise TimedOut(limit) from None

    def _limit(self, seconds: float | None) -> float:
        most = self.settings.seconds
        return most if seconds is None else min(most, seconds)


async def _leaves(
    gone: Callable[[], Coroutine[Any, Any, None]], future: asyncio.Future[Any], seconds: float
) -> bool:
    """Return whether a client has gone away before its answer was there, or the time was over."""
    leaving = asyncio.ensure_future(gone())
    timeout = max(seconds, 0.0)
    first = asyncio.FIRST_COMPLETED
    done, _ = await asyncio.wait({future, leaving}, timeout=timeout, return_when=first)
    leaving.cancel()
    return leaving in done
