"""The examples of a query: points or vectors, each with the role it plays."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import zip_longest
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable


class Mode(StrEnum):
    """What is asked of the examples."""

    NEAREST = "nearest"
    RECOMMEND = "recommend"
    DISCOVER = "discover"
    CONTEXT = "context"


class Role(StrEnum):
    """The part that an example plays in a query."""

    TARGET = "target"
    POSITIVE = "positive"
    NEGATIVE = "negative"
    PAIR_POSITIVE = "pair_positive"
    PAIR_NEGATIVE = "pair_negative"


ROLES: dict[Mode, tuple[Role, ...]] = {
    Mode.NEAREST: (Role.TARGET,),
    Mode.RECOMMEND: (Role.POSITIVE, Role.NEGATIVE),
    Mode.DISCOVER: (Role.TARGET, Role.PAIR_POSITIVE, Role.PAIR_NEGATIVE),
    Mode.CONTEXT: (Role.PAIR_POSITIVE, Role.PAIR_NEGATIVE),
}
"""The roles of each mode, in the order in which clicks fill them."""


@dataclass(frozen=True, slots=True)
class Vector:
    """A raw vector used as an example.

    Attributes:
        values: finite numbers, each the shortest decimal of its float32: so they print shortly, and
            a permalink carries them exactly.
        label: what it stands for, such as the text that was encoded into it.

    """

    values: tuple[float, ...]
    label: str = ""

    def __post_init__(self) -> None:
        """Round to float32. Raises ValueError when empty or not finite."""
        with np.errstate(over="ignore"):
            rounded = np.asarray(self.values, dtype=np.float32)
        if rounded.size == 0:
            raise ValueError("a vector needs at least one number")
        if not np.isfinite(rounded).all():
            raise ValueError("a vector holds a number that is not finite in float32")
        shortest = tuple(float(str(number)) for number in rounded)
        object.__setattr__(self, "values", shortest)


Example: TypeAlias = int | str | Vector
"""A point by its id (an integer, or a UUID as text), or a raw vector."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One context pair; a side that is not chosen yet is None."""

    positive: Example | None = None
    negative: Example | None = None

    @property
    def complete(self) -> bool:
        """Whether both sides are there, so that the pair can be sent."""
        return self.positive is not None and self.negative is not None

    def without(self, example: Example) -> Pair:
        """Return the pair with that example's side open again."""
        return Pair(
            None if self.positive == example else self.positive,
            None if self.negative == example else self.negative,
        )


@dataclass(frozen=True, slots=True)
class Played:
    """An example with its role; `pair` counts context pairs from 0, None outside of pairs."""

    example: Example
    role: Role
    pair: int | None = None

    @property
    def pair_number(self) -> int | None:
        """The pair's number as people count, from 1."""
        return None if self.pair is None else self.pair + 1


@dataclass(frozen=True, slots=True)
class Examples:
    """All chosen examples. Modes that share a role share its examples (see `ROLES`)."""

    target: Example | None = None
    positives: tuple[Example, ...] = ()
    negatives: tuple[Example, ...] = ()
    pairs: tuple[Pair, ...] = ()

    def played(self, mode: Mode) -> tuple[Played, ...]:
        """Return the examples of a mode, in the order of `ROLES`, pairs in turn."""
        if mode is Mode.RECOMMEND:
            return tuple(Played(e, Role.POSITIVE) for e in self.positives) + tuple(
                Played(e, Role.NEGATIVE) for e in self.negatives
            )
        target: tuple[Played, ...] = ()
        if self.target is not None and Role.TARGET in ROLES[mode]:
            target = (Played(self.target, Role.TARGET),)
        return target if mode is Mode.NEAREST else target + self._played_pairs()

    def role_of(self, example: Example, mode: Mode) -> Role | None:
        """Return the role that an example plays in a mode, or None."""
        return next((p.role for p in self.played(mode) if p.example == example), None)

    def next_role(self, mode: Mode) -> Role:
        """Return the first role of a mode that is still open.

        Recommend always takes a positive. Discover takes its target first. Then the first pair that
        lacks a side gets that side; when all pairs are complete a new one starts with a positive.
        """
        if mode is Mode.RECOMMEND:
            return Role.POSITIVE
        if mode is Mode.NEAREST or (mode is Mode.DISCOVER and self.target is None):
            return Role.TARGET
        open_pair = next((pair for pair in self.pairs if not pair.complete), Pair())
        return Role.PAIR_POSITIVE if open_pair.positive is None else Role.PAIR_NEGATIVE

    def adding(self, example: Example, role: Role) -> Examples:
        """Return the examples with one more. A target replaces the one before it."""
        match role:
            case Role.TARGET:
                return replace(self, target=example)
            case Role.POSITIVE:
                return replace(self, positives=(*self.positives, example))
            case Role.NEGATIVE:
                return replace(self, negatives=(*self.negatives, example))
            case _:
                return replace(self, pairs=_with_side(self.pairs, example, role))

    def removing(self, example: Example, mode: Mode) -> Examples:
        """Return the examples without this one in any role of the mode."""
        if mode is Mode.RECOMMEND:
            return replace(
                self,
                positives=tuple(e for e in self.positives if e != example),
                negatives=tuple(e for e in self.negatives if e != example),
            )
        roles = ROLES[mode]
        target = None if Role.TARGET in roles and self.target == example else self.target
        if Role.PAIR_POSITIVE not in roles:
            return replace(self, target=target)
        return replace(self, target=target, pairs=_without(self.pairs, example))

    def carried(self, before: Mode, after: Mode) -> Examples:
        """Return the examples with which `after` starts when the user comes from `before`.

        A mode that has examples keeps them. An empty one takes over what the mode before had: the
        target counts as the first positive, and the k-th positive and k-th negative make pair k.
        Nothing is taken away from the mode before, so switching back shows it as it was, save that
        a target leaves the pairs where both are asked: a point plays one role at a time.
        """
        if self.played(after) or not self.played(before):
            return self._apart() if after is Mode.DISCOVER else self
        likes, dislikes = self._sides(before)
        match after:
            case Mode.NEAREST:
                return replace(self, target=likes[0] if likes else None)
            case Mode.RECOMMEND:
                return replace(self, positives=likes, negatives=dislikes)
            case Mode.DISCOVER:
                return replace(
                    self, target=next(iter(likes), None), pairs=_pairs(likes[1:], dislikes)
                )
            case Mode.CONTEXT:
                return replace(self, pairs=_pairs(likes, dislikes))

    def keeping(self, wanted: Callable[[Example], bool]) -> Examples:
        """Return only the wanted examples, in all modes."""
        gone = [e for e in self._all() if not wanted(e)]
        kept = self
        for example in gone:
            for mode in (Mode.RECOMMEND, Mode.DISCOVER):
                kept = kept.removing(example, mode)
        return kept

    def _apart(self) -> Examples:
        """Return the examples with the target in no pair."""
        if self.target is None:
            return self
        return replace(self, pairs=_without(self.pairs, self.target))

    def _sides(self, mode: Mode) -> tuple[tuple[Example, ...], tuple[Example, ...]]:
        played = self.played(mode)
        negative = (Role.NEGATIVE, Role.PAIR_NEGATIVE)
        return (
            tuple(p.example for p in played if p.role not in negative),
            tuple(p.example for p in played if p.role in negative),
        )

    def _all(self) -> tuple[Example, ...]:
        return tuple(p.example for m in (Mode.RECOMMEND, Mode.DISCOVER) for p in self.played(m))

    def _played_pairs(self) -> tuple[Played, ...]:
        sides = (
            (side, role, index)
            for index, pair in enumerate(self.pairs)
            for side, role in (
                (pair.positive, Role.PAIR_POSITIVE),
                (pair.negative, Role.PAIR_NEGATIVE),
            )
        )
        return tuple(Played(side, role, index) for side, role, index in sides if side is not None)


NO_EXAMPLES = Examples()


def _with_side(pairs: tuple[Pair, ...], example: Example, role: Role) -> tuple[Pair, ...]:
    side = "positive" if role is Role.PAIR_POSITIVE else "negative"
    for index, pair in enumerate(pairs):
        if getattr(pair, side) is None:
            return (*pairs[:index], replace(pair, **{side: example}), *pairs[index + 1 :])
    return (*pairs, replace(Pair(), **{side: example}))


def _without(pairs: tuple[Pair, ...], example: Example) -> tuple[Pair, ...]:
    opened = (pair.without(example) for pair in pairs)
    return tuple(pair for pair in opened if pair != Pair())


def _pairs(positives: tuple[Example, ...], negatives: tuple[Example, ...]) -> tuple[Pair, ...]:
    return tuple(Pair(p, n) for p, n in zip_longest(positives, negatives))
