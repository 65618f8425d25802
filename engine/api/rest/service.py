"""The engine behind a server, and the threads that work on it."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from engine.api.errors import TimedOut
from engine.engine import Engine

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.api.settings import Settings

T = TypeVar("T")


class Service:
    """An engine, or what opens it, with the settings of the server.

    Attributes:
        settings: of the server.

    """

    def __init__(self, engine: Engine | Callable[[], Engine], settings: Settings) -> None:
        self.settings = settings
        self._engine = engine
        self._threads = ThreadPoolExecutor(settings.threads, thread_name_prefix="rest")

    def engine(self) -> Engine:
        """Return the engine; raises StorageError when it cannot be opened."""
        return self._engine if isinstance(self._engine, Engine) else self._engine()

    async def run(self, work: Callable[[], T], seconds: float | None) -> T:
        """Return what `work` does in a thread.

        Raises TimedOut after `seconds`; the thread is then left to finish for nobody.
        """
        future = asyncio.get_running_loop().run_in_executor(self._threads, work)
        done, _ = await asyncio.wait({future}, timeout=seconds)
        if seconds is not None and not done:
            future.cancel()
            raise TimedOut(seconds)
        return future.result()
