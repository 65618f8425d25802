"""One level of a prefetch tree: what it does with which points, and how many it passes on."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

from pydantic import Field

from explorer.conditions import Condition  # noqa: TC001 - links are read by these types
from explorer.pipeline.question import Question  # noqa: TC001 - as above

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.query.trace import Place

DEFAULT_LIMIT = 20
MAX_LIMIT = 10_000
"""How many points a stage may pass on."""

MAX_K = 1_000
ROOT: Place = ()


@dataclass(frozen=True, slots=True)
class Nearest:
    """Score points by one vector: a search where there are no sources, else a rescoring of them.

    Attributes:
        using: the named vector; `""` is the unnamed one.
        question: what is asked; None for what the whole pipeline asks.
        diversity: of maximal marginal relevance, 0 to 1; None for the nearest as they are.

    """

    using: str = ""
    question: Question | None = None
    diversity: float | None = None
    kind: Literal["nearest"] = "nearest"

    def __post_init__(self) -> None:
        """Raise ValueError for a diversity outside its range."""
        if self.diversity is not None and not 0 <= self.diversity <= 1:
            raise ValueError(f"the diversity is {self.diversity}, must be from 0 to 1")


@dataclass(frozen=True, slots=True)
class RankFusion:
    """Reciprocal rank fusion: a point's score is the sum of w / (rank + w·(k - 1)) over sources.

    Attributes:
        k: from 1; the larger, the less the first ranks stand out.
        weights: of the sources, in their order; missing ones are 1.

    """

    k: int = 2
    weights: tuple[float, ...] = ()
    kind: Literal["rrf"] = "rrf"

    def __post_init__(self) -> None:
        """Raise ValueError for a k outside its range or a negative weight."""
        if not 1 <= self.k <= MAX_K:
            raise ValueError(f"k is {self.k}, must be from 1 to {MAX_K:,}")
        if not all(math.isfinite(weight) and weight >= 0 for weight in self.weights):
            raise ValueError(f"the weights are {self.weights}, must be numbers from 0 on")

    def weighing(self, sources: int) -> tuple[float, ...]:
        """Return one weight a source."""
        return (*self.weights, *[1.0] * sources)[:sources]


@dataclass(frozen=True, slots=True)
class ScoreFusion:
    """Distribution-based score fusion: the sum of scores, each source's brought to one scale."""

    kind: Literal["dbsf"] = "dbsf"


@dataclass(frozen=True, slots=True)
class OrderBy:
    """Order points by a number or a date in their payload."""

    field: str
    descending: bool = False
    kind: Literal["order_by"] = "order_by"


@dataclass(frozen=True, slots=True)
class Boost:
    """Add to the scores of points that meet all the conditions."""

    conditions: tuple[Condition, ...] = ()
    weight: float = 0.1
    kind: Literal["boost"] = "boost"

    def __post_init__(self) -> None:
        """Raise ValueError for a weight that is not finite."""
        if not math.isfinite(self.weight):
            raise ValueError(f"the weight is {self.weight}, must be a finite number")


Operation: TypeAlias = Annotated[
    Nearest | RankFusion | ScoreFusion | OrderBy | Boost, Field(discriminator="kind")
]
"""What a stage does with its points."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One level of the tree.

    Attributes:
        operation: what it does.
        sources: where its points come from; none for all points of the collection.
        conditions: must hold for every point that reaches it, through whichever source.
        limit: how many points it passes on, 1 to `MAX_LIMIT`.
        threshold: the worst score that it lets pass, or None.

    """

    operation: Operation
    sources: tuple[Stage, ...] = ()
    conditions: tuple[Condition, ...] = ()
    limit: int = DEFAULT_LIMIT
    threshold: float | None = None

    def __post_init__(self) -> None:
        """Raise ValueError for a limit outside its range, or a threshold that is not finite."""
        if not 1 <= self.limit <= MAX_LIMIT:
            raise ValueError(f"the limit is {self.limit:,}, must be from 1 to {MAX_LIMIT:,}")
        if self.threshold is not None and not math.isfinite(self.threshold):
            raise ValueError(f"the threshold is {self.threshold}, must be a finite number")

    @property
    def title(self) -> str:
        """What it does, in a few words."""
        match self.operation:
            case Nearest(using=using, diversity=diversity):
                verb = "Rescore by" if self.sources else "Search"
                diverse = "" if diversity is None else ", diverse"
                return f"{verb} {using or 'vectors'}{diverse}"
            case RankFusion(k=k):
                return f"Fuse by rank, k = {k}"
            case ScoreFusion():
                return "Fuse by score"
            case OrderBy(field=field, descending=descending):
                return f"Order by {field or '…'}{', descending' if descending else ''}"
            case Boost(weight=weight):
                return f"Boost by {weight:g}"

    def at(self, place: Place) -> Stage | None:
        """Return the stage at a place below this one, or None where there is none."""
        if not place:
            return self
        first, *rest = place
        return self.sources[first].at(tuple(rest)) if first < len(self.sources) else None

    def walk(self, place: Place = ROOT) -> Iterator[tuple[Place, Stage]]:
        """Yield this stage and all below with their places, each before its sources."""
        yield place, self
        for number, source in enumerate(self.sources):
            yield from source.walk((*place, number))

    def replacing(self, place: Place, stage: Stage | None) -> Stage:
        """Return the tree with another stage at a place; None takes the one there away.

        The root cannot be taken away, and a place that is not there changes nothing.
        """
        if not place:
            return stage or self
        first, *rest = place
        if first >= len(self.sources):
            return self
        before, after = self.sources[:first], self.sources[first + 1 :]
        if not rest and stage is None:
            return replace(self, sources=(*before, *after), operation=_unweighed(self, first))
        changed = self.sources[first].replacing(tuple(rest), stage)
        return replace(self, sources=(*before, changed, *after))


def _unweighed(stage: Stage, source: int) -> Operation:
    """Return the operation without the weight of a source."""
    fusion = stage.operation
    if not isinstance(fusion, RankFusion):
        return fusion
    kept = (weight for number, weight in enumerate(fusion.weights) if number != source)
    return replace(fusion, weights=tuple(kept))
