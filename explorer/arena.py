"""One question asked in several ways, side by side: what each way finds, and where they differ."""

from __future__ import annotations

from dataclasses import dataclass, replace
from time import perf_counter
from typing import TYPE_CHECKING, cast

from qdrant_client import models

from engine.errors import EngineError
from explorer.examples import Mode, Vector

if TYPE_CHECKING:
    from collections.abc import Iterable

    from engine.ids import PointId
    from explorer.draft import Draft
    from explorer.examples import Example
    from explorer.workspace import Workspace

STRATEGIES = {
    models.RecommendStrategy.AVERAGE_VECTOR: "Average vector",
    models.RecommendStrategy.BEST_SCORE: "Best score",
    models.RecommendStrategy.SUM_SCORES: "Sum of scores",
}
"""What the ways to recommend are called."""


@dataclass(frozen=True, slots=True)
class Rival:
    """A way to ask: what it is called, and the draft that asks so."""

    name: str
    draft: Draft


@dataclass(frozen=True, slots=True)
class Ranking:
    """What a rival found.

    Attributes:
        rival: who asked.
        hits: best first.
        seconds: from the question to the hits.
        trouble: why it could not be asked, or `""`.

    """

    rival: Rival
    hits: tuple[models.ScoredPoint, ...] = ()
    seconds: float = 0.0
    trouble: str = ""

    @property
    def ranks(self) -> dict[PointId, int]:
        """The rank of each point that was found, from 1."""
        return {cast("PointId", hit.id): rank for rank, hit in enumerate(self.hits, start=1)}

    def shared(self, other: Ranking) -> int:
        """Return how many points both found."""
        return len(self.ranks.keys() & other.ranks.keys())


def rivals(draft: Draft, vectors: Iterable[str]) -> tuple[Rival, ...]:
    """Return the ways to ask what a draft asks, itself among them; empty while it asks nothing.

    Recommend is asked by each strategy, targets and pairs by each mode that can use them, and a
    point's neighbours by each of the `vectors` that the collection has.
    """
    if draft.request() is None:
        return ()
    draft = first_page(draft)
    match draft.mode:
        case Mode.RECOMMEND:
            ways = _by_strategy(draft)
        case Mode.NEAREST:
            ways = _by_vector(draft, vectors)
        case _:
            ways = _by_mode(draft)
    return tuple(way for way in ways if way.draft.request() is not None)


def first_page(draft: Draft) -> Draft:
    """Return a draft as rivals ask it: from the best result on, whatever the next click adds."""
    return replace(draft, offset=0, pinned=None)


def contest(workspace: Workspace, ways: Iterable[Rival]) -> tuple[Ranking, ...]:
    """Ask in each way. One that cannot be answered tells why and leaves the others alone."""
    return tuple(_ranking(workspace, way) for way in ways)


def _ranking(workspace: Workspace, way: Rival) -> Ranking:
    started = perf_counter()
    try:
        hits = tuple(workspace.answer(way.draft))
    except EngineError as error:
        return Ranking(way, trouble=str(error))
    return Ranking(way, hits, perf_counter() - started)


def _by_strategy(draft: Draft) -> list[Rival]:
    return [Rival(name, replace(draft, strategy=way)) for way, name in STRATEGIES.items()]


def _by_vector(draft: Draft, vectors: Iterable[str]) -> list[Rival]:
    """Return a way for each vector; a raw vector is comparable with those of its own name only."""
    if isinstance(draft.examples.target, Vector):
        vectors = (draft.using,)
    return [Rival(name or "Vector", replace(draft, using=name)) for name in vectors]


def _by_mode(draft: Draft) -> list[Rival]:
    """Return the ways to ask by the target, by the pairs, and by both."""
    whole = [pair for pair in draft.examples.pairs if pair.complete]
    nearest = Rival("Nearest", replace(draft, mode=Mode.NEAREST))
    if not whole:
        return [nearest]
    sides = replace(
        draft.examples,
        positives=tuple(cast("Example", pair.positive) for pair in whole),
        negatives=tuple(cast("Example", pair.negative) for pair in whole),
    )
    best = models.RecommendStrategy.BEST_SCORE
    recommend = replace(draft, mode=Mode.RECOMMEND, examples=sides, strategy=best)
    return [
        Rival("Discover", replace(draft, mode=Mode.DISCOVER)),
        Rival("Context", replace(draft, mode=Mode.CONTEXT)),
        nearest,
        Rival("Recommend, best score", recommend),
    ]
