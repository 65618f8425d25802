"""The compiled loops of `engine.index.compiled`, loaded in the background."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from engine.warmth import Warmth, for_its_types

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Loops:
    """Functions of `engine.index.compiled` by name; their docstrings stand there."""

    walk: Callable[..., tuple[int, int]]
    scan: Callable[..., None]
    scan_together: Callable[..., None]
    merge: Callable[..., None]
    code_vectors: Callable[..., bool]
    code_rows: Callable[..., tuple[float, float]]
    lead: Callable[..., int]
    join: Callable[..., None]


def _load() -> Loops:
    from_module = {
        "walking": ("walk",),
        "scanning": ("scan", "merge"),
        "sharing": ("scan_together",),
        "asking": ("code_vectors",),
        "coding": ("code_rows",),
        "inverted": ("lead",),
        "joining": ("join",),
    }
    found = {
        name: for_its_types(getattr(import_module(f"engine.index.compiled.{module}"), name))
        for module, names in from_module.items()
        for name in names
    }
    return Loops(**found)


LOOPS = Warmth(_load, "graph warm-up")
"""The loops; searches are plain scans until they are there."""

warm_up, ready = LOOPS.warm_up, LOOPS.ready
