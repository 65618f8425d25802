"""How loops and their parts are compiled, and the types of what they take."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

from engine.index.graph import Links
from engine.index.quantised import CodedRows
from engine.index.scan import Part
from engine.index.scorer import Asked

Function = TypeVar("Function", bound=Callable[..., Any])

types: Any = numba.types
"""numba's own types, which mypy knows only in part."""


def read_only(dtype: Any, dimensions: int) -> Any:
    """Return the type of a contiguous array that is only read."""
    return types.Array(dtype, dimensions, "C", readonly=True)


CODED_ROWS = types.NamedTuple(
    [read_only(types.int8, 2), read_only(types.float32, 2), read_only(types.float32, 1)], CodedRows
)
ASKED = types.NamedTuple(
    [
        types.int64,
        types.int64,
        types.int64,
        types.int64,
        types.int64,
        types.int16[:, ::1],
        types.int16[::1],
        types.float32[:, ::1],
        types.float32[::1],
        types.float64,
    ],
    Asked,
)
PART = types.NamedTuple(
    [types.float32[:, ::1], types.int64[:, ::1], types.float32[:, ::1], types.int64[::1]], Part
)
LINKS = types.NamedTuple(
    [
        read_only(types.uint32, 2),
        read_only(types.uint32, 2),
        read_only(types.int32, 1),
        types.int64,
        types.int64,
    ],
    Links,
)


def part(function: Function) -> Function:
    """Compile a function that loops call, together with each loop that calls it."""
    return cast(Function, numba.njit(nogil=True, error_model="numpy")(function))


def summing(function: Function) -> Function:
    """Compile a part that adds up finite numbers in any order, so several at a time."""
    free = {"reassoc", "contract", "nsz", "nnan", "ninf"}
    return cast(Function, numba.njit(nogil=True, error_model="numpy", fastmath=free)(function))


@cache
def _state_of_sources() -> str:
    index = Path(__file__).parent.parent
    scoring, own = index.parent / "scoring", (index / "quantised.py", index / "scorer.py")
    others = *scoring.glob("*compiled.py"), scoring / "ranking.py", scoring / "strategy.py"
    sources = sorted([*index.glob("compiled/*.py"), *own, *others])
    return sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:12]


def loop(signature: Any) -> Callable[[Function], Function]:
    """Return a decorator that compiles now, or loads what this machine compiled before.

    numba looks only at the file of the function when it decides whether what it kept still holds,
    so the name under which it is kept tells the state of all files that parts come from.
    """

    def compile_now(function: Function) -> Function:
        function.__qualname__ = f"{function.__qualname__}_{_state_of_sources()}"
        jit: Any = partial(numba.njit, signature, nogil=True, error_model="numpy")
        try:
            return cast(Function, jit(cache=True)(function))
        except (RuntimeError, OSError):  # no place to write the cache to: compile in each process
            return cast(Function, jit()(function))

    return compile_now
