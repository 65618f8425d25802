"""What sets clusters apart from the other points: words, values and numbers.

Words are weighted by c-TF-IDF (Grootendorst, "BERTopic: Neural topic modeling with a class-based
TF-IDF procedure", 2022): with tf the share of a word among the words of a cluster, f how often it
stands in all clusters together, and A the mean number of words in a cluster,

    weight = tf * ln(1 + A / f)

Values are ordered by the z-score of their log-odds in and outside of a cluster, with a weak prior
(Monroe, Colaresi and Quinn, "Fightin' Words", 2008): a rare value must be much more frequent than
elsewhere, a frequent one need not. Numbers are ordered by the share of pairs, one point inside and
one outside, in which the inside one is larger (McGraw and Wong, "A common language effect size
statistic", 1992; the Mann-Whitney statistic over the number of pairs).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from explorer.clusters.ground import members

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from explorer.clusters.evidence import Counts, Evidence, Numbers
    from explorer.fields import Scalar

MOST_WORDS = 10
MOST_VALUES = 6
MOST_NUMBERS = 4

LEAST_Z = 3.0
"""Values with a lower z-score are no evidence: 1 in 740 reaches it by chance."""

LEAST_LEAD = 0.05
"""By how much the share of points with a value must exceed that elsewhere to be evidence."""

LEAST_EFFECT = 0.2
"""How far from 1/2 the share of larger pairs must be for numbers to be evidence."""

_LEAST_POINTS = 2  # a word that only one point of a cluster has tells nothing of the cluster


@dataclass(frozen=True, slots=True)
class Word:
    """A word that sets a cluster apart.

    Attributes:
        weight: its c-TF-IDF.
        share: of the cluster's points, how many have it.
        elsewhere: of all other points, how many have it.

    """

    word: str
    weight: float
    share: float
    elsewhere: float


@dataclass(frozen=True, slots=True)
class Value:
    """A payload value that is more frequent in a cluster than elsewhere.

    Attributes:
        share: of the cluster's points, how many have it.
        elsewhere: of all other points, how many have it.
        z: of the difference of log-odds; larger is surer.

    """

    field: str
    value: Scalar
    share: float
    elsewhere: float
    z: float


@dataclass(frozen=True, slots=True)
class Range:
    """A number that lies higher or lower in a cluster than elsewhere.

    Attributes:
        low: the 10th percentile in the cluster.
        median: half of the cluster's numbers are lower.
        high: the 90th percentile in the cluster.
        elsewhere: the 10th, 50th and 90th percentile of all other points.
        larger: share of pairs, one point inside and one outside, in which the inside is larger;
            ties count half.
        is_date: whether the numbers are seconds since 1970, UTC.

    """

    field: str
    low: float
    median: float
    high: float
    elsewhere: tuple[float, float, float]
    larger: float
    is_date: bool = False


@dataclass(frozen=True, slots=True)
class Contrast:
    """What sets one cluster apart, the strongest first."""

    words: tuple[Word, ...] = ()
    values: tuple[Value, ...] = ()
    ranges: tuple[Range, ...] = ()


def contrasts(evidence: Evidence, labels: NDArray[np.int32], count: int) -> tuple[Contrast, ...]:
    """Return what sets each cluster 0..count-1 apart from all points that are not in it.

    Args:
        evidence: of the points.
        labels: int32 (n,), the cluster of each point; noise (-1) only counts as elsewhere.
        count: how many clusters there are.

    """
    words = _words(evidence.words, labels, count)
    values = [_values(counts, labels, count) for counts in evidence.values]
    ranges = [_ranges(numbers, labels, count) for numbers in evidence.numbers]
    return tuple(
        Contrast(
            words[c],
            _strongest([v for found in values for v in found[c]], MOST_VALUES),
            _strongest_ranges([r for found in ranges for r in found[c]]),
        )
        for c in range(count)
    )


def class_tf_idf(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the c-TF-IDF of words, float64 (clusters, words), from their counts, alike.

    A cluster without words has weights of 0.
    """
    lengths = counts.sum(axis=1, keepdims=True)
    everywhere = np.maximum(counts.sum(axis=0), 1e-12)
    rarity = np.log1p(lengths.mean() / everywhere)
    return np.asarray(counts / np.maximum(lengths, 1e-12) * rarity, np.float64)


def log_odds_z(
    inside: NDArray[np.float64],
    size_inside: NDArray[np.float64],
    outside: NDArray[np.float64],
    size_outside: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return z-scores of log-odds inside minus outside; broadcasts.

    Each count is of `size` points. The prior is one point spread as all points are.
    """
    prior = (inside + outside + 0.5) / (size_inside + size_outside + 1)
    yes, other_yes = inside + prior, outside + prior
    no, other_no = size_inside - inside + 1 - prior, size_outside - outside + 1 - prior
    difference = np.log(yes / no) - np.log(other_yes / other_no)
    return np.asarray(difference / np.sqrt(1 / yes + 1 / other_yes), np.float64)


def _words(counts: Counts, labels: NDArray[np.int32], count: int) -> list[tuple[Word, ...]]:
    if not counts.names:
        return [()] * count
    sums = (members(labels, count) @ counts.cells).toarray().astype(np.float64)
    having, elsewhere, sizes, others = _having(counts, labels, count)
    weights = np.where(having >= _LEAST_POINTS, class_tf_idf(sums), 0)
    weights = np.where(having / sizes > elsewhere / others, weights, 0)
    found = []
    for c, best in enumerate(np.argsort(-weights, axis=1, kind="stable")[:, :MOST_WORDS]):
        shares = having[c] / sizes[c], elsewhere[c] / others[c]
        found.append(
            tuple(
                Word(str(counts.names[w]), float(weights[c, w]), *(float(s[w]) for s in shares))
                for w in best
                if weights[c, w] > 0
            )
        )
    return found


def _values(counts: Counts, labels: NDArray[np.int32], count: int) -> list[list[Value]]:
    if not counts.names:
        return [[] for _ in range(count)]
    having, elsewhere, sizes, others = _having(counts, labels, count)
    scores = log_odds_z(having, sizes, elsewhere, others)
    leads = having / sizes - elsewhere / others >= LEAST_LEAD
    return [
        [
            Value(
                counts.field,
                counts.names[v],
                float(having[c, v] / sizes[c, 0]),
                float(elsewhere[c, v] / others[c, 0]),
                float(scores[c, v]),
            )
            for v in np.flatnonzero((scores[c] >= LEAST_Z) & leads[c])
        ]
        for c in range(count)
    ]


def _having(
    counts: Counts, labels: NDArray[np.int32], count: int
) -> tuple[NDArray[np.float64], ...]:
    """Return how many points in each cluster, and how many others, have each name; of how many.

    Float64: (clusters, names) twice, (clusters, 1) twice; at least 1 point each, to divide by.
    """
    present = counts.cells.sign()
    inside = (members(labels, count) @ present).toarray().astype(np.float64)
    total = np.asarray(present.sum(axis=0), np.float64).ravel()
    sizes = np.bincount(labels[labels >= 0], minlength=count)[:, None].astype(np.float64)
    return inside, total - inside, np.maximum(sizes, 1), np.maximum(len(labels) - sizes, 1)


def _ranges(numbers: Numbers, labels: NDArray[np.int32], count: int) -> list[list[Range]]:
    from scipy.stats import rankdata  # noqa: PLC0415 - slow to import

    known = np.isfinite(numbers.values)
    values, clusters = numbers.values[known], labels[known]
    ranks = rankdata(values)
    found: list[list[Range]] = []
    for c in range(count):
        inside = clusters == c
        size, others = int(inside.sum()), int((~inside).sum())
        if not size or not others:
            found.append([])
            continue
        larger = (ranks[inside].sum() - size * (size + 1) / 2) / (size * others)
        low, median, high = (float(q) for q in np.percentile(values[inside], (10, 50, 90)))
        lower, middle, upper = (float(q) for q in np.percentile(values[~inside], (10, 50, 90)))
        other = (lower, middle, upper)
        found.append(
            [Range(numbers.field, low, median, high, other, float(larger), numbers.is_date)]
        )
    return found


def _strongest(values: list[Value], most: int) -> tuple[Value, ...]:
    return tuple(sorted(values, key=lambda v: -v.z)[:most])


def _strongest_ranges(ranges: list[Range]) -> tuple[Range, ...]:
    telling = [found for found in ranges if abs(found.larger - 0.5) >= LEAST_EFFECT]
    return tuple(sorted(telling, key=lambda r: -abs(r.larger - 0.5))[:MOST_NUMBERS])
