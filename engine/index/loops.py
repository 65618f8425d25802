"""The compiled loops of `engine.index.compiled`, loaded in the background."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Loops:
    """Functions of `engine.index.compiled` by name; their docstrings stand there."""

    walk: Callable[..., tuple[int, int]]
    scan: Callable[..., int]
    code_vectors: Callable[..., bool]
    code_rows: Callable[..., tuple[float, float]]
    lead: Callable[..., int]
    join: Callable[..., None]


class _Warmth:
    """The loops, once they are compiled."""

    loops: Loops | None = None
    lock = threading.Lock()


def ready() -> Loops | None:
    """Return the loops if they are compiled."""
    return _Warmth.loops


def warm_up(*, wait: bool = False) -> None:
    """Compile the loops in a background thread, once per process.

    Args:
        wait: return only when they are ready.

    """
    thread = threading.Thread(target=_compile, name="graph warm-up", daemon=True)
    thread.start()
    if wait:
        thread.join()


def _compile() -> None:
    with _Warmth.lock:
        if _Warmth.loops is None:
            walking, scanning, asking, coding, joining, inverted = (
                cast(Any, import_module(f"engine.index.compiled.{name}"))
                for name in ("walking", "scanning", "asking", "coding", "joining", "inverted")
            )
            _Warmth.loops = Loops(
                walking.walk,
                scanning.scan,
                asking.code_vectors,
                coding.code_rows,
                inverted.lead,
                joining.join,
            )
