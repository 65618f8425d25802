"""What a user can do to a draft: each event is a frozen value with its effect.

A click gives a point the active role. The active role is the one that the user pinned, or else the
next one that is open (`Examples.next_role`), so that in Discover the first click is the target and
then the sides of pairs alternate. Clicking a point again takes it out; clicking it with another
role moves it. In Recommend a pinned role stays; in the modes with pairs it holds for one click, and
the alternation goes on.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from explorer.conditions import IdsIn
from explorer.draft import MAX_LIMIT, Convention, Draft
from explorer.examples import NO_EXAMPLES, ROLES, Example, Examples, Mode, Pair, Role, Vector

if TYPE_CHECKING:
    from qdrant_client import models

    from explorer.conditions import Condition
    from explorer.hints import Starter

MAX_SELECTED_EXAMPLES = 500
"""How many points of one selection become examples; the rest of a larger selection is left out."""


@dataclass(frozen=True, slots=True)
class PointClicked:
    """A point, or a raw vector, was pointed at; `role` None means the active role."""

    example: Example
    role: Role | None = None

    def on(self, draft: Draft) -> Draft:
        """Add, move or remove the example. A typed text gives way to the click."""
        draft = _able_to_play(replace(draft, text=""), self.role)
        played = draft.examples.role_of(self.example, draft.mode)
        role = _fitting(self.role or draft.pinned, draft.mode)
        if played is not None and role in (None, played):
            examples = draft.examples.removing(self.example, draft.mode)
        else:
            role = role or draft.active_role
            examples = draft.examples.removing(self.example, draft.mode).adding(self.example, role)
        pinned = draft.pinned if draft.mode is Mode.RECOMMEND else None
        return replace(draft, examples=examples, pinned=pinned)


@dataclass(frozen=True, slots=True)
class ExampleRemoved:
    """An example's chip was closed."""

    example: Example

    def on(self, draft: Draft) -> Draft:
        """Take the example out of the present mode."""
        return replace(draft, examples=draft.examples.removing(self.example, draft.mode))


@dataclass(frozen=True, slots=True)
class PairRemoved:
    """A whole context pair was closed; `pair` counts from 0."""

    pair: int

    def on(self, draft: Draft) -> Draft:
        """Take both sides out."""
        kept = tuple(p for index, p in enumerate(draft.examples.pairs) if index != self.pair)
        return replace(draft, examples=replace(draft.examples, pairs=kept))


@dataclass(frozen=True, slots=True)
class RoleChosen:
    """The role of the next clicks was chosen; None goes back to the role that is open."""

    role: Role | None

    def on(self, draft: Draft) -> Draft:
        """Pin the role, or its counterpart in the present mode."""
        return replace(draft, pinned=_fitting(self.role, draft.mode))


@dataclass(frozen=True, slots=True)
class ModeChosen:
    """Another question is asked of the examples."""

    mode: Mode

    def on(self, draft: Draft) -> Draft:
        """Switch; an empty mode starts with what the mode before it had (`Examples.carried`)."""
        if self.mode is draft.mode:
            return draft
        examples = draft.examples.carried(draft.mode, self.mode)
        return replace(draft, mode=self.mode, examples=examples, pinned=None, text="")


@dataclass(frozen=True, slots=True)
class SelectionUsed:
    """Points were drawn around. As examples at most `MAX_SELECTED_EXAMPLES` are taken."""

    ids: tuple[int | str, ...]
    as_: Literal["positive", "negative", "filter"]

    def on(self, draft: Draft) -> Draft:
        """Add them all as examples, or keep results within them instead of an earlier selection."""
        if not self.ids:
            return draft
        if self.as_ == "filter":
            others = tuple(c for c in draft.conditions if not isinstance(c, IdsIn))
            return replace(draft, conditions=(*others, IdsIn(self.ids)))
        return self._as_examples(draft, Role(self.as_))

    def _as_examples(self, draft: Draft, role: Role) -> Draft:
        if draft.mode is Mode.NEAREST:
            draft = ModeChosen(Mode.RECOMMEND).on(draft)
        fitting = _fitting(role, draft.mode) or role
        examples = draft.examples
        roles = {played.example: played.role for played in draft.played}
        for point in dict.fromkeys(self.ids[:MAX_SELECTED_EXAMPLES]):
            if point in roles and roles[point] is not fitting:
                examples = examples.removing(point, draft.mode)
            if roles.get(point) is not fitting:
                examples = examples.adding(point, fitting)
        return replace(draft, examples=examples, text="")


@dataclass(frozen=True, slots=True)
class StrategyChosen:
    """Recommend should combine its examples in another way."""

    strategy: models.RecommendStrategy

    def on(self, draft: Draft) -> Draft:
        """Set the strategy."""
        return replace(draft, strategy=self.strategy)


@dataclass(frozen=True, slots=True)
class LimitChanged:
    """Another number of results is wanted."""

    limit: int

    def on(self, draft: Draft) -> Draft:
        """Set the limit, brought into 1 to `MAX_LIMIT`."""
        return replace(draft, limit=min(max(self.limit, 1), MAX_LIMIT))


@dataclass(frozen=True, slots=True)
class PageTurned:
    """Later or earlier results are wanted; `offset` counts results."""

    offset: int

    def on(self, draft: Draft) -> Draft:
        """Set the offset, at least 0."""
        return replace(draft, offset=max(self.offset, 0))


@dataclass(frozen=True, slots=True)
class ThresholdChanged:
    """The worst score to show was set, or None for all."""

    threshold: float | None

    def on(self, draft: Draft) -> Draft:
        """Set the threshold; one that is not finite takes it away."""
        finite = self.threshold is not None and math.isfinite(self.threshold)
        return replace(draft, threshold=self.threshold if finite else None)


@dataclass(frozen=True, slots=True)
class ConditionsChanged:
    """Other conditions must hold."""

    conditions: tuple[Condition, ...]

    def on(self, draft: Draft) -> Draft:
        """Put them in the place of those before, each once."""
        return replace(draft, conditions=tuple(dict.fromkeys(self.conditions)))


@dataclass(frozen=True, slots=True)
class TextChanged:
    """Something was typed into the search box."""

    text: str

    def on(self, draft: Draft) -> Draft:
        """Ask for the text; when it is emptied the examples ask again."""
        return replace(draft, text=self.text.strip())


@dataclass(frozen=True, slots=True)
class ConventionChosen:
    """Scores should follow the other reading of the formulas."""

    convention: Convention

    def on(self, draft: Draft) -> Draft:
        """Set the convention."""
        return replace(draft, convention=self.convention)


@dataclass(frozen=True, slots=True)
class Cleared:
    """The user starts anew."""

    def on(self, draft: Draft) -> Draft:
        """Drop the examples of all modes and the text; filters and settings stay."""
        return replace(draft, examples=NO_EXAMPLES, pinned=None, text="", offset=0)


@dataclass(frozen=True, slots=True)
class StarterOpened:
    """One of the example queries that a collection suggests was opened."""

    starter: Starter

    def on(self, draft: Draft) -> Draft:
        """Ask it in place of the present examples; filters and settings stay."""
        starter = self.starter
        if starter.mode not in set(Mode):
            return draft
        mode = Mode(starter.mode)
        is_nearest = mode is Mode.NEAREST
        examples = Examples(
            target=next(iter(starter.positives), None) if is_nearest else starter.target,
            positives=() if is_nearest else starter.positives,
            negatives=starter.negatives,
            pairs=tuple(Pair(positive, negative) for positive, negative in starter.pairs),
        )
        return replace(draft, mode=mode, examples=examples, pinned=None, text="")


@dataclass(frozen=True, slots=True)
class CollectionChosen:
    """Another collection is looked at."""

    collection: str
    using: str = ""

    def on(self, draft: Draft) -> Draft:
        """Drop all that belongs to the collection before: examples, filters, threshold, text."""
        if self.collection == draft.collection:
            return VectorChosen(self.using).on(draft)
        return Draft(
            collection=self.collection,
            using=self.using,
            mode=draft.mode,
            strategy=draft.strategy,
            limit=draft.limit,
            convention=draft.convention,
        )


@dataclass(frozen=True, slots=True)
class VectorChosen:
    """Another named vector is compared."""

    using: str

    def on(self, draft: Draft) -> Draft:
        """Keep points; drop raw vectors and the threshold, which belong to the vector before."""
        if self.using == draft.using:
            return draft
        examples = draft.examples.keeping(lambda example: not isinstance(example, Vector))
        return replace(draft, using=self.using, examples=examples, threshold=None)


_COUNTERPART = {
    Role.TARGET: (Role.POSITIVE, Role.PAIR_POSITIVE),
    Role.POSITIVE: (Role.PAIR_POSITIVE, Role.TARGET),
    Role.NEGATIVE: (Role.PAIR_NEGATIVE,),
    Role.PAIR_POSITIVE: (Role.POSITIVE, Role.TARGET),
    Role.PAIR_NEGATIVE: (Role.NEGATIVE,),
}


def _fitting(role: Role | None, mode: Mode) -> Role | None:
    """Return the role itself where the mode has it, else its nearest counterpart there."""
    if role is None:
        return None
    return next((r for r in (role, *_COUNTERPART[role]) if r in ROLES[mode]), None)


def _able_to_play(draft: Draft, role: Role | None) -> Draft:
    """Return the draft in a mode with that role: "less like this" needs Recommend."""
    if role is None or _fitting(role, draft.mode) is not None:
        return draft
    return ModeChosen(Mode.RECOMMEND).on(draft)
