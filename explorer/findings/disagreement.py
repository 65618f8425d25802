"""Label disagreement: points whose neighbours carry another label than they do."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from explorer.findings.finding import Finding, FindingKind, Label, evidence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from explorer.neighbours import Neighbours

MAX_LABELS = 1_000
"""A field with more different values than this is no label: the votes would fill the memory."""


class LabelError(ValueError):
    """A field cannot be used as a label; the message says why, and what to do."""


@dataclass(frozen=True, eq=False)
class Votes:
    """What the neighbours of each point say about its label.

    Attributes:
        classes: the labels, sorted.
        given: int32 (n,), the place of each point's own label in `classes`, -1 where it has none.
        probability: float32 (n, classes), the neighbours' vote; a row of zeros where no neighbour
            has a label.

    """

    classes: tuple[Label, ...]
    given: NDArray[np.int32]
    probability: NDArray[np.float32]

    @property
    def own(self) -> NDArray[np.float32]:
        """The probability of each point's own label, float32 (n,); NaN where it has none."""
        own = self.probability[np.arange(len(self.given)), self.given]
        return np.where(self.given >= 0, own, np.float32(np.nan))

    @property
    def suggested(self) -> NDArray[np.int64]:
        """The place in `classes` of the most likely label but its own, int64 (n,)."""
        others = self.probability.copy()
        labelled = np.flatnonzero(self.given >= 0)
        others[labelled, self.given[labelled]] = -1
        return np.asarray(others.argmax(axis=1), np.int64)

    @property
    def margin(self) -> NDArray[np.float32]:
        """How much likelier another label is than the point's own, float32 (n,); NaN without one.

        The normalised margin of Northcutt, Jiang and Chuang, "Confident learning: estimating
        uncertainty in dataset labels", 2021, turned so that doubt is large.
        """
        best = self.suggested
        return np.asarray(self.probability[np.arange(len(best)), best] - self.own, np.float32)

    @property
    def doubted(self) -> NDArray[np.bool_]:
        """Whom confident learning counts as mislabelled, bool (n,).

        A point whose most likely label is another one, and as likely as that label is on average
        for the points that carry it (Northcutt, Jiang and Chuang, 2021).
        """
        usual = np.array(
            [
                self.own[self.given == place].mean() if (self.given == place).any() else np.inf
                for place in range(len(self.classes))
            ]
        )
        best = self.suggested
        likely = self.probability[np.arange(len(best)), best]
        return np.asarray((self.given >= 0) & (likely > self.own) & (likely >= usual[best]))


def vote(neighbours: Neighbours, labels: Sequence[Label | None]) -> Votes:
    """Let each point's neighbours vote on its label; near ones count more.

    A neighbour at distance d has the weight exp(-(d / h)^2), where h is the median distance of the
    farthest neighbours. A point has no vote on itself, so the probabilities are out of sample.

    Args:
        neighbours: of n points.
        labels: of the same points, None where a point has none.

    Raises:
        LabelError: fewer than two different labels, or more than `MAX_LABELS`.

    """
    classes = _classes(labels)
    places = {(type(label), label): place for place, label in enumerate(classes)}
    given = np.array(
        [-1 if label is None else places[type(label), label] for label in labels], np.int32
    )
    probability = np.zeros((len(labels), len(classes)), np.float32)
    near = np.where(neighbours.filled, given[neighbours.indices], -1)
    rows, ranks = np.nonzero(near >= 0)
    np.add.at(probability, (rows, near[rows, ranks]), _weights(neighbours)[rows, ranks])
    sums = probability.sum(axis=1, keepdims=True)
    return Votes(classes, given, np.divide(probability, sums, out=probability, where=sums > 0))


def disagreements(
    neighbours: Neighbours, votes: Votes, field: str, limit: int, *, sure: bool = False
) -> tuple[Finding, ...]:
    """Return the points whose neighbours' vote goes against their own label, by their margin.

    Args:
        neighbours: that voted.
        votes: of them.
        field: where the labels come from.
        limit: how many are wanted at most.
        sure: only those whom confident learning counts as mislabelled.

    """
    best, margin = votes.suggested, votes.margin
    against = np.flatnonzero((margin > 0) & votes.doubted if sure else margin > 0)
    order = against[np.argsort(-margin[against], kind="stable")][:limit]
    return tuple(_finding(neighbours, votes, field, place, int(best[place])) for place in order)


def _finding(
    neighbours: Neighbours, votes: Votes, field: str, place: int, suggested: int
) -> Finding:
    label, suggestion = votes.classes[votes.given[place]], votes.classes[suggested]
    near = neighbours.indices[place][neighbours.filled[place]]
    agreeing = Counter(votes.given[near].tolist())[suggested]
    likely, own = (float(votes.probability[place, at]) for at in (suggested, votes.given[place]))
    return Finding(
        FindingKind.DISAGREEMENT,
        (neighbours.ids[place],),
        likely - own,
        f"It says {label!r}; {agreeing} of its {len(near)} neighbours say {suggestion!r} "
        f"({likely:.0%} against {own:.0%}).",
        evidence(neighbours, place),
        field,
        label,
        suggestion,
    )


def _classes(labels: Sequence[Label | None]) -> tuple[Label, ...]:
    found = {(type(label), label): label for label in labels if label is not None}
    if len(found) < 2:
        raise LabelError(
            "Labels can only disagree where there are two of them: "
            f"these {len(labels):,} points have {len(found)}. Choose another field."
        )
    if len(found) > MAX_LABELS:
        raise LabelError(
            f"This field has {len(found):,} different values, more than {MAX_LABELS:,}: "
            "that is a name, no label. Choose another field."
        )
    return tuple(sorted(found.values(), key=lambda label: (type(label).__name__, label)))


def _weights(neighbours: Neighbours) -> NDArray[np.float32]:
    """Return the weight of each neighbour's vote, float32 (n, k), up to a factor for each point."""
    distances = neighbours.distances
    farthest = distances[:, -1:]
    wide = farthest[np.isfinite(farthest) & (farthest > 0)]
    squares = np.square(distances / (np.median(wide) if len(wide) else 1))
    nearest = squares[:, :1]
    # the nearest weighs 1, so that votes on a point far from all others do not vanish
    less = np.where(neighbours.filled, squares, np.inf) - np.where(nearest < np.inf, nearest, 0)
    return np.asarray(np.exp(-less), np.float32)
