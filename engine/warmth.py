"""Compiled code, which takes long to load: once per process, in the background.

Whoever would use it does without until it is there.
"""

from __future__ import annotations

import threading
from importlib import import_module
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

_importing = threading.Lock()
"""Held while numba is imported: threads that import parts of it at the same time find some that are
not there yet."""


def for_its_types(loop: Any) -> Callable[..., Any]:
    """Return what numba made of a loop for the only types that it takes.

    Called by its name, a loop first looks at the types of all it is given, 4 µs of a walk's 60.
    """
    (types,) = loop.signatures
    return cast("Callable[..., Any]", loop.get_overload(types))


class Warmth(Generic[T]):
    """Compiled code before and after it is loaded.

    Attributes:
        loaded: None until then.

    Args:
        load: imports what is compiled on import, or read from a cache.
        name: of the thread that does so.

    """

    def __init__(self, load: Callable[[], T], name: str) -> None:
        self.loaded: T | None = None
        self._load, self._name = load, name
        self._lock = threading.Lock()

    def warm_up(self, *, wait: bool = False) -> None:
        """Load in a thread, unless that is done.

        Args:
            wait: return only when it is.

        """
        if self.loaded is not None:
            return
        thread = threading.Thread(target=self._once, name=self._name, daemon=True)
        thread.start()
        if wait:
            thread.join()

    def ready(self) -> T | None:
        """Return it if it is loaded."""
        return self.loaded

    def _once(self) -> None:
        with _importing:
            import_module("numba")
        with self._lock:
            if self.loaded is None:
                self.loaded = self._load()
