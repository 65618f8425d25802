"""What both interfaces stand on: the engine, who may use it, and the threads that work on it."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from engine.api.errors import Forbidden, TimedOut, Unauthorized
from engine.api.settings import Access, Settings
from engine.engine import Engine

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class Service:
    """An engine, or what opens it, with the settings of the server.

    A read that takes too long is answered 408 and its thread left to finish for nobody; meanwhile
    others wait for one of the remaining threads, no longer than their own time limit.

    Attributes:
        settings: of the server.

    """

    def __init__(
        self, engine: Engine | Callable[[], Engine], settings: Settings | None = None
    ) -> None:
        self.settings = settings or Settings()
        self._engine = engine
        self._threads = ThreadPoolExecutor(self.settings.threads, thread_name_prefix="api")

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

    async def answer(self, work: Callable[[], T], seconds: float | None) -> T:
        """Return what `work` does in a thread; raises TimedOut after `seconds`, None for never."""
        future = asyncio.wrap_future(self._threads.submit(work))
        done, _ = await asyncio.wait({future}, timeout=seconds)
        if seconds is not None and not done:
            future.cancel()
            raise TimedOut(seconds)
        return future.result()

    def wait_for(self, work: Callable[[], T], seconds: float | None) -> T:
        """Return what `work` does in a thread, as `answer` does, to a caller that may block."""
        future = self._threads.submit(work)
        try:
            return future.result(seconds)
        except TimeoutError:
            if seconds is None or future.done():
                raise
            future.cancel()
            raise TimedOut(seconds) from None
