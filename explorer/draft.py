"""The query that is being built: a frozen value that knows how to ask, and what it still lacks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol, TypeAlias

from qdrant_client import models

from engine.scoring import strategy
from explorer.conditions import filter_of
from explorer.examples import NO_EXAMPLES, Example, Examples, Mode, Pair, Played, Role, Vector

if TYPE_CHECKING:
    from explorer.conditions import Condition

Convention: TypeAlias = strategy.Convention
"""Whose formulas score: the server's, or those that its documentation prints."""

DEFAULT_LIMIT = 24
MAX_LIMIT = 1000
DEFAULT_STRATEGY = models.RecommendStrategy.AVERAGE_VECTOR


class Event(Protocol):
    """Something that the user did; see `explorer.events`."""

    def on(self, draft: Draft) -> Draft:
        """Return the draft after it. Never raises: an event that fits no longer changes nothing."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A query as far as it is built. Equal drafts ask for the same, so a draft is a cache key.

    Attributes:
        collection: which collection is asked.
        using: which named vector; `""` is the unnamed one.
        mode: what is asked of the examples.
        examples: the chosen points and vectors, of all modes.
        pinned: the role that the user chose for the next clicks; None follows `active_role`.
        strategy: how recommend combines its examples.
        limit: the number of results, 1 to `MAX_LIMIT`.
        offset: how many of the best results are skipped.
        threshold: the worst score that is still shown, or None.
        conditions: all must hold for a point to be found.
        text: what is typed into the search box. While it is set it is what is asked.
        convention: whose formulas score.

    """

    collection: str
    using: str = ""
    mode: Mode = Mode.NEAREST
    examples: Examples = NO_EXAMPLES
    pinned: Role | None = None
    strategy: models.RecommendStrategy = DEFAULT_STRATEGY
    limit: int = DEFAULT_LIMIT
    offset: int = 0
    threshold: float | None = None
    conditions: tuple[Condition, ...] = ()
    text: str = ""
    convention: Convention = "qdrant"

    @property
    def active_role(self) -> Role:
        """The role that a plain click gives to a point."""
        return self.pinned or self.examples.next_role(self.mode)

    @property
    def played(self) -> tuple[Played, ...]:
        """The examples of the present mode with their roles, incomplete pairs included."""
        return self.examples.played(self.mode)

    def apply(self, event: Event) -> Draft:
        """Return the draft after an event. A change of the question leads back to page one."""
        after = event.on(self)
        turned = after.offset != self.offset
        return after if turned or after == self else replace(after, offset=0)

    def filter(self) -> models.Filter | None:
        """Return the filter that asks for all conditions, or None."""
        return filter_of(self.conditions)

    def request(self) -> models.QueryRequest | None:
        """Return the request, or None when there is nothing to ask of the examples yet.

        Incomplete pairs are left out. None too while a text is typed: `explorer.text` asks then.
        """
        query = None if self.text else self._query()
        return None if query is None else self.asking(query)

    def asking(self, query: models.Query | list[float] | int | str) -> models.QueryRequest:
        """Return a request for `query` with this draft's vector, filter, limit and threshold."""
        return models.QueryRequest(
            query=query,
            using=self.using or None,
            filter=self.filter(),
            score_threshold=self.threshold,
            limit=self.limit,
            offset=self.offset or None,
            with_payload=True,
        )

    def missing(self) -> str:
        """Return what to click next to make the query whole, or `""` when nothing is missing.

        Discover and context can be asked while a further pair is still half chosen.
        """
        if self.text:
            return ""
        if self.mode is Mode.NEAREST:
            return (
                "" if self.examples.target is not None else "Click a point to find what is near it."
            )
        if self.mode is Mode.RECOMMEND:
            return self._missing_for_recommend()
        return self._missing_for_pairs()

    def _missing_for_recommend(self) -> str:
        if not self.played:
            return "Click points that you want more of."
        if self._averages_nothing():
            return (
                "The average of negatives alone points nowhere: click a positive, "
                "or choose the strategy best_score or sum_scores."
            )
        return ""

    def _missing_for_pairs(self) -> str:
        if self.mode is Mode.DISCOVER and self.examples.target is None:
            return "Click the target: what the results should be near."
        for number, pair in enumerate(self.examples.pairs, start=1):
            if not pair.complete:
                side = "positive" if pair.positive is None else "negative"
                return f"Pair {number} lacks its {side} side: click a point for it."
        if self.mode is Mode.CONTEXT and not self.examples.pairs:
            return "Click a pair: first a positive, then a negative."
        return ""

    def _averages_nothing(self) -> bool:
        averages = self.strategy is models.RecommendStrategy.AVERAGE_VECTOR
        return averages and not self.examples.positives

    def _query(self) -> models.Query | list[float] | int | str | None:
        match self.mode:
            case Mode.NEAREST:
                return None if self.examples.target is None else _value(self.examples.target)
            case Mode.RECOMMEND:
                return self._recommend()
            case Mode.DISCOVER:
                return self._discover()
            case Mode.CONTEXT:
                pairs = _context(self.examples.pairs)
                return models.ContextQuery(context=pairs) if pairs else None

    def _recommend(self) -> models.RecommendQuery | None:
        if not self.played or self._averages_nothing():
            return None
        examples = self.examples
        return models.RecommendQuery(
            recommend=models.RecommendInput(
                positive=[_value(e) for e in examples.positives] or None,
                negative=[_value(e) for e in examples.negatives] or None,
                strategy=None if self.strategy is DEFAULT_STRATEGY else self.strategy,
            )
        )

    def _discover(self) -> models.DiscoverQuery | None:
        if self.examples.target is None:
            return None
        return models.DiscoverQuery(
            discover=models.DiscoverInput(
                target=_value(self.examples.target), context=_context(self.examples.pairs)
            )
        )


def _context(pairs: tuple[Pair, ...]) -> list[models.ContextPair]:
    return [
        models.ContextPair(positive=_value(pair.positive), negative=_value(pair.negative))
        for pair in pairs
        if pair.positive is not None and pair.negative is not None
    ]


def _value(example: Example) -> int | str | list[float]:
    return list(example.values) if isinstance(example, Vector) else example
