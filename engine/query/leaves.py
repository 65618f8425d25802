"""The leaves of plans: what looks at all points of a collection, and what each proposes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from engine.query.access import Leaf
from engine.query.conditions import merged_filter
from engine.query.proposals import Proposed, concluded, concluded_together
from engine.query.request import ExampleQuery
from engine.query.search import allowed_rows, searched_rows
from engine.query.starts import is_zoned
from engine.workers import ALONE, WORKERS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from engine.payload.allowed import Allowed
    from engine.query.options import Options
    from engine.query.plan import Level, Plan
    from engine.query.search import Search
    from engine.query.trace import Place


_MANY = 8
"""Walks to a zone that are worth a thread; of shorter ones most is Python, which threads share."""


class Known(NamedTuple):
    """A leaf whose rows have been proposed already."""

    leaf: Leaf
    proposed: Proposed


Proposals: TypeAlias = dict["Place", Known]


def wanted(level: Level) -> int:
    """Return how many points the search of a level finds, before some are left out."""
    mmr = level.query.mmr if isinstance(level.query, ExampleQuery) else None
    if mmr is None:
        return level.limit + level.offset
    return level.limit if mmr.candidates is None else mmr.candidates


def allowed_points(plan: Plan, level: Level, options: Options) -> Allowed:
    """Return the points that a leaf may find."""
    condition = merged_filter(level.filters)
    return allowed_rows(plan.snapshot, condition, options, plan.excluded)


def leaf_of(plan: Plan, level: Level, search: Search, allowed: Allowed, options: Options) -> Leaf:
    """Return the leaf that searches for a level among points with the searched vector."""
    return Leaf(plan.snapshot, search, allowed, wanted(level), level.params, options.search)


def proposals(plan: Plan, options: Options) -> Proposals:
    """Return what the leaves of a plan propose, those that look at the same in one pass."""
    leaves = _leaves(plan, options)
    if len(leaves) > 1:
        return _together([leaves])[0]
    return {place: Known(leaf, concluded(leaf.proposal())) for place, leaf in leaves.items()}


def propose(plans: Sequence[Plan], options: Options) -> list[Proposals]:
    """Return what the leaves of several plans propose, those that look at the same in one pass.

    Raises what leaves raise, be it not of the first plan that is at fault.
    """
    return _together([_leaves(plan, options) for plan in plans])


def _leaves(plan: Plan, options: Options) -> dict[Place, Leaf]:
    return {
        level.place: _leaf(plan, level, search, options) for level, search in _searching(plan.root)
    }


def _leaf(plan: Plan, level: Level, search: Search, options: Options) -> Leaf:
    condition, excluded = merged_filter(level.filters), plan.excluded
    allowed = searched_rows(plan.snapshot, search.vectors, condition, options, excluded)
    return leaf_of(plan, level, search, allowed, options)


def _together(leaves: Sequence[dict[Place, Leaf]]) -> list[Proposals]:
    every = [leaf for of_plan in leaves for leaf in of_plan.values()]
    long = sum(is_zoned(leaf.search.strategy) for leaf in every)
    walkers = WORKERS if long >= _MANY else ALONE
    proposed = iter(concluded_together([leaf.proposal() for leaf in every], walkers))
    return [
        {place: Known(leaf, next(proposed)) for place, leaf in of_plan.items()}
        for of_plan in leaves
    ]


def _searching(level: Level) -> Iterator[tuple[Level, Search]]:
    """Yield the leaves below a level, or itself, that compare points with examples."""
    if not level.sources and level.search is not None:
        yield level, level.search
    for source in level.sources:
        yield from _searching(source)
