"""Key paths: how a request names a place inside payloads.

The grammar is Qdrant's JSON path: `key(.key | [n] | [])*`. A raw key is made of letters, digits,
`_` and `-`; any other key stands in double quotes (`"a.b"`); `""` names the empty key. `[n]` is one
element of an array and `[]` every element. There is no implicit descent into arrays.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np

from engine.errors import FormatError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

Payload: TypeAlias = dict[str, object]
"""One point's payload: any JSON object."""

Reached: TypeAlias = "tuple[NDArray[np.int64], list[object]]"
"""Where values that a path reaches are, and the values."""


class Wildcard(Enum):
    """The one step that is neither a key nor a position."""

    EVERY = "[]"


EVERY: Final = Wildcard.EVERY
Step: TypeAlias = str | int | Wildcard

MAX_STEPS: Final = 256
"""Steps of the longest path; it bounds how deep anything descends into a payload."""

_MAX_INDEX_DIGITS = 19  # any array position that fits in 64 bits is far past what memory holds
_KEY = re.compile(r'"([^"]*)"|([\w-]+)')
_RAW_KEY = re.compile(r"[\w-]+")
_BRACKETS = re.compile(r"\[([0-9]*)\]")


@dataclass(frozen=True, slots=True)
class KeyPath:
    """A parsed path: keys (str), array positions (int) and `EVERY`, outermost first."""

    steps: tuple[Step, ...]

    def __str__(self) -> str:
        """Return the path in canonical writing: quotes only where they are needed."""
        return "".join(
            _written(step, first=position == 0) for position, step in enumerate(self.steps)
        )

    def __truediv__(self, inner: KeyPath) -> KeyPath:
        """Return the path that goes on with `inner`."""
        return KeyPath(self.steps + inner.steps)

    def beyond(self, steps: int) -> KeyPath:
        """Return what is left of the path behind its first steps."""
        return KeyPath(self.steps[steps:])

    def every_element(self) -> KeyPath:
        """Return the path of the array's elements; `a` and `a[]` both give `a[]`."""
        return self if self.steps[-1] is EVERY else KeyPath((*self.steps, EVERY))

    def nodes(self, payload: object) -> list[object]:
        """Return every value the path reaches in `payload`, in order; empty when there is none."""
        reached = [payload]
        for step in self.steps:
            reached = _advance(reached, step)
        return reached

    def nodes_of(self, values: Sequence[object]) -> Reached:
        """Return the position in `values` of each value reached, rising, and those reached."""
        if not self.steps:
            return np.arange(len(values)), list(values)
        if len(self.steps) == 1 and isinstance(key := self.steps[0], str):
            reached = [[v[key]] if type(v) is dict and key in v else [] for v in values]
        else:
            reached = [self.nodes(value) for value in values]
        lengths = np.fromiter(map(len, reached), np.int64, len(reached))
        return np.repeat(np.arange(len(reached)), lengths), list(chain.from_iterable(reached))


@lru_cache(maxsize=4096)
def parse_key_path(text: str) -> KeyPath:
    """Return the parsed path.

    Raises FormatError when `text` does not follow the grammar, or has more than MAX_STEPS steps.
    """
    steps: list[Step] = []
    position = _take_key(text, 0, steps)
    while position < len(text):
        if len(steps) == MAX_STEPS:
            raise FormatError(
                f"Invalid json path: '{text[:80]}...' has more than {MAX_STEPS} keys and brackets"
            )
        if text[position] == ".":
            position = _take_key(text, position + 1, steps)
        else:
            position = _take_brackets(text, position, steps)
    return KeyPath(tuple(steps))


@lru_cache(maxsize=4096)
def canonical(text: str) -> str:
    """Return a path in canonical writing; raises FormatError as `parse_key_path` does."""
    return str(parse_key_path(text))


def _take_key(text: str, position: int, steps: list[Step]) -> int:
    found = _KEY.match(text, position)
    if not found:
        raise _invalid(text)
    quoted, raw = found.groups()
    steps.append(quoted if raw is None else raw)
    return found.end()


def _take_brackets(text: str, position: int, steps: list[Step]) -> int:
    found = _BRACKETS.match(text, position)
    if not found or len(found[1]) > _MAX_INDEX_DIGITS:
        raise _invalid(text)
    steps.append(int(found[1]) if found[1] else EVERY)
    return found.end()


def _invalid(text: str) -> FormatError:
    shown = text if len(text) <= 80 else f"{text[:80]}..."
    return FormatError(
        f"Invalid json path: '{shown}'. Write keys joined by dots, `[]` for every element of an "
        'array, and double quotes around keys with other signs: color, items[].price, "a.b"'
    )


def _advance(reached: list[object], step: Step) -> list[object]:
    if isinstance(step, str):
        return [node[step] for node in reached if isinstance(node, dict) and step in node]
    arrays = [node for node in reached if isinstance(node, list)]
    if isinstance(step, int):
        return [array[step] for array in arrays if step < len(array)]
    return [element for array in arrays for element in array]


def _written(step: Step, *, first: bool) -> str:
    if isinstance(step, Wildcard):
        return step.value
    if isinstance(step, int):
        return f"[{step}]"
    key = step if _RAW_KEY.fullmatch(step) else f'"{step}"'
    return key if first else f".{key}"
