"""Runs a plan: the sources of each level first, then what the level does with their points."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np

from engine.errors import NotSupported
from engine.patience import check_patience
from engine.payload.ordering import Ordering
from engine.query.candidates import (
    Candidates,
    first_by_id,
    first_by_value,
    sorted_by_value,
    union,
    unscored,
)
from engine.query.formula import Formula, formula_scores
from engine.query.fusion import RankFusion, ScoreFusion, fuse
from engine.query.leaves import allowed_points, leaf_of, proposals, wanted
from engine.query.mmr import diversify
from engine.query.proposals import concluded
from engine.query.request import ExampleQuery, LaterQuery, SampleQuery, ScrollQuery
from engine.query.search import above_threshold, best_proposed, comparable, rescore, single

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.payload.allowed import Allowed
    from engine.query.leaves import Proposals
    from engine.query.options import Options
    from engine.query.plan import Level, Plan
    from engine.query.search import Search
    from engine.query.trace import Tracer

    Sources: TypeAlias = Sequence[Candidates]


def find(
    plan: Plan, options: Options, tracer: Tracer, known: Proposals | None = None
) -> Candidates:
    """Return what the root of a plan finds, limit and offset applied.

    Args:
        plan: what is run.
        options: of the engine.
        tracer: gets the stages.
        known: what leaves of the plan have proposed already.

    Raises WrongInput for vectors and payloads that do not fit the query.

    """
    if known is None:
        known = {} if tracer.is_watched else proposals(plan, options)
    return _Execution(plan, options, tracer, known).found(plan.root)


class _Execution(NamedTuple):
    """One run of a plan.

    Attributes:
        plan: what is run.
        options: of the engine.
        tracer: gets the stages.
        known: what leaves have proposed already.

    """

    plan: Plan
    options: Options
    tracer: Tracer
    known: Proposals

    def found(self, level: Level) -> Candidates:
        check_patience()
        sources = [self.found(source) for source in level.sources]
        if level.search is not None:
            return self._searched(level, level.search, sources)
        match level.query:
            case Ordering():
                return self._ordered(level, level.query, sources)
            case RankFusion() | ScoreFusion():
                return self._fused(level, level.query, sources)
            case Formula():
                return self._computed(level, level.query, sources)
            case SampleQuery():
                return self._sampled(level, sources)
            case ScrollQuery():
                return self._scrolled(level)
            case LaterQuery():
                raise NotSupported(level.query.part)
            case ExampleQuery():
                raise TypeError("a level that has examples has a search")

    def _searched(self, level: Level, search: Search, sources: Sources) -> Candidates:
        """Score by examples, cut by the threshold, and diversify where that is asked for."""
        mmr = level.query.mmr if isinstance(level.query, ExampleQuery) else None
        found = self._scored(level, search, sources)
        if level.threshold is not None:
            with self.tracer.stage("threshold", len(found), place=level.place) as stage:
                found = above_threshold(search, found, level.threshold)
                stage.keeps(self.plan.snapshot, found)
        if mmr is not None:
            with self.tracer.stage("mmr", len(found), place=level.place) as stage:
                found = diversify(mmr, search, found, level.limit)
                stage.keeps(self.plan.snapshot, found)
        return found.cut(level.limit, level.offset)

    def _scored(self, level: Level, search: Search, sources: Sources) -> Candidates:
        snapshot, note = self.plan.snapshot, search.strategy.name
        if level.sources:
            with self.tracer.stage("rescore", sources, note=note, place=level.place) as stage:
                found = rescore(snapshot, search, union(sources), wanted(level))
                stage.keeps(snapshot, found)
            return found
        if level.place in self.known:
            return best_proposed(*self.known[level.place])
        allowed = self._allowed(level)
        with self.tracer.stage("search", allowed, note=note, place=level.place) as stage:
            allowed = comparable(snapshot, search.vectors, allowed)
            leaf = leaf_of(self.plan, level, search, allowed, self.options)
            proposed = concluded(leaf.proposal())
            found = best_proposed(leaf, proposed)
            stage.method, stage.reason = proposed.access.method, proposed.access.reason
            stage.keeps(snapshot, found)
        return found

    def _ordered(self, level: Level, ordering: Ordering, sources: Sources) -> Candidates:
        snapshot, strict = self.plan.snapshot, self.options.strict_indexes
        wanted, key, place = level.limit + level.offset, ordering.key, level.place
        if level.sources:
            rows = union(sources)
            with self.tracer.stage("order_by", len(rows), note=key, place=place) as stage:
                found = sorted_by_value(snapshot, ordering, rows, wanted, strict=strict)
                stage.keeps(snapshot, found)
        else:
            allowed = self._allowed(level)
            with self.tracer.stage("order_by", allowed, note=key, place=place) as stage:
                found = first_by_value(snapshot, ordering, allowed.mask, wanted, strict=strict)
                stage.keeps(snapshot, found)
        return found.cut(level.limit, level.offset)

    def _fused(
        self, level: Level, fusion: RankFusion | ScoreFusion, sources: Sources
    ) -> Candidates:
        with self.tracer.stage("fusion", sources, note=fusion.name, place=level.place) as stage:
            found = fuse(self.plan.snapshot, fusion, sources)
            stage.keeps(self.plan.snapshot, found)
        return self._cut(level, found)

    def _computed(self, level: Level, formula: Formula, sources: Sources) -> Candidates:
        with self.tracer.stage("formula", sources, place=level.place) as stage:
            found = formula_scores(formula, self.plan.snapshot, sources, self.options)
            stage.keeps(self.plan.snapshot, found)
        return self._cut(level, found)

    def _sampled(self, level: Level, sources: Sources) -> Candidates:
        """Draw points; among all of them an offset means nothing, and Qdrant ignores it."""
        rows = union(sources) if level.sources else self._allowed(level).rows
        offset = level.offset if level.sources else 0
        with self.tracer.stage("sample", len(rows), place=level.place) as stage:
            wanted = min(level.limit + offset, len(rows))
            found = unscored(np.random.default_rng().choice(rows, wanted, replace=False))
            stage.keeps(self.plan.snapshot, found)
        return found.cut(level.limit, offset)

    def _scrolled(self, level: Level) -> Candidates:
        allowed = self._allowed(level)
        with self.tracer.stage("scroll", allowed, place=level.place) as stage:
            rows = first_by_id(self.plan.snapshot, allowed, level.limit + level.offset)
            found = unscored(rows).cut(level.limit, level.offset)
            stage.keeps(self.plan.snapshot, found)
        return found

    def _cut(self, level: Level, found: Candidates) -> Candidates:
        """Return what a fusion or a formula found, down to its threshold and within its limits.

        As Qdrant does, up to the first that is below, even where points come in another order.
        """
        if level.threshold is not None:
            with self.tracer.stage("threshold", len(found), place=level.place) as stage:
                fails = found.scores < single(level.threshold)
                found = found.cut(int(fails.argmax())) if fails.any() else found
                stage.keeps(self.plan.snapshot, found)
        return found.cut(level.limit, level.offset)

    def _allowed(self, level: Level) -> Allowed:
        """Return the points that a leaf may find."""
        snapshot = self.plan.snapshot
        with self.tracer.stage("filter", snapshot.rows, place=level.place) as stage:
            allowed = allowed_points(self.plan, level, self.options)
            stage.keeps_allowed(snapshot, allowed)
        return allowed
