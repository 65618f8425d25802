"""Search: the points a query may find, their similarities, their scores, the best of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING

import numpy as np
from qdrant_client import models

from engine.payload.filters import allowed_points
from engine.query.candidates import Candidates, best
from engine.scoring.ranking import ranked
from engine.scoring.strategy import Similarities
from engine.vectors import DenseRows, SparseRows
from engine.vectors.averages import average

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from engine.payload.allowed import Allowed
    from engine.query.access import Leaf
    from engine.query.options import Options
    from engine.query.proposals import Proposed
    from engine.query.resolve import Examples
    from engine.schema import VectorSpec
    from engine.scoring.strategy import Scores, Strategy
    from engine.snapshot import Snapshot
    from engine.vectors import Vector, VectorRows


@dataclass(frozen=True, eq=False)
class Search:
    """A strategy, the vectors that points are compared with, and where.

    Attributes:
        strategy: how similarities become scores.
        vectors: all rows of the searched vector.
        target: one vector (given, or the average of the examples), or none.
        positive: as in the query.
        negative: as in the query.
        rows: of the target, or else of the positives, where those are points of this collection.

    """

    strategy: Strategy
    vectors: VectorRows
    target: tuple[Vector, ...]
    positive: tuple[Vector, ...]
    negative: tuple[Vector, ...]
    rows: tuple[int, ...] = ()

    def similarities(self, rows: NDArray[np.int64] | None) -> Similarities:
        """Return the similarities of rows (None: all of them) to every vector of the query."""
        if isinstance(self.vectors, DenseRows):
            found = self.vectors.compared(self.encoded, rows)
        else:
            found = self.vectors.similarities(self.examples, rows)
        first, second = len(self.target), len(self.target) + len(self.positive)
        return Similarities(found[:first], found[first:second], found[second:])

    @property
    def examples(self) -> list[Vector]:
        """The target, the positives, the negatives."""
        return [*self.target, *self.positive, *self.negative]

    @cached_property
    def encoded(self) -> NDArray[np.float32]:
        """The examples of a dense vector as they are compared, float32 (examples, size).

        Raises WrongInput for those of another dimension or kind.
        """
        if not isinstance(self.vectors, DenseRows):
            raise TypeError(f"only dense vectors are encoded, not {self.vectors.spec.kind.value}")
        return self.vectors.encoded(self.examples)

    @property
    def shows_distance(self) -> bool:
        """Whether results carry distances, smallest first."""
        return self.strategy.shows_distance and not self.vectors.spec.larger_is_better

    def shown(self, scores: Scores) -> Scores:
        """Return scores as results carry them: similarities become distances where they show."""
        return distances(self.vectors.spec, scores) if self.shows_distance else scores


def distances(spec: VectorSpec, similarities: Scores) -> Scores:
    """Return Euclid's or Manhattan's distances from the negated (squared) ones."""
    positive = np.abs(similarities)
    return np.sqrt(positive) if spec.distance == models.Distance.EUCLID else positive


def prepare(
    strategy: Strategy, examples: Examples, vectors: VectorRows, corpus: NDArray[np.bool_]
) -> Search:
    """Return the search for a query: examples are averaged and weighted by rarity as need be.

    Args:
        strategy: how points are scored.
        examples: of the query.
        vectors: the rows to search.
        corpus: bool (rows,), where document frequencies are counted for vectors that use IDF.

    Raises:
        WrongInput: examples of different kinds or dimensions where they are averaged.

    """
    target, positive, negative = examples.target, examples.positive, examples.negative
    if isinstance(vectors, SparseRows) and vectors.spec.idf:
        weigh = partial(vectors.weighted_by_rarity, corpus=corpus)
        target, positive, negative = (
            tuple(map(weigh, side)) for side in (target, positive, negative)
        )
    if strategy.averages:
        target, positive, negative = (average(positive, negative),), (), ()
    return Search(strategy, vectors, target, positive, negative, examples.rows)


def best_proposed(leaf: Leaf, proposed: Proposed) -> Candidates:
    """Return the best of what a leaf proposed, with shown scores."""
    return best_of(leaf.snapshot, leaf.search, proposed.rows, leaf.limit)


def rescore(snapshot: Snapshot, search: Search, rows: NDArray[np.int64], limit: int) -> Candidates:
    """Return the best `limit` of `rows`, distinct and ascending; those without the vector go."""
    return best_of(snapshot, search, rows[_compared(search)[rows]], limit)


def above_threshold(search: Search, found: Candidates, threshold: float | None) -> Candidates:
    """Return the leading candidates that are strictly better than the threshold.

    Better is what the vector's distance calls better, smaller for Euclid and Manhattan, even where
    the list is sorted by a strategy's score, largest first: so Qdrant does, and such a list is kept
    whole or dropped whole more often than not.
    """
    if threshold is None or not len(found):
        return found
    limit = single(threshold)
    larger = search.vectors.spec.larger_is_better
    fails = found.scores <= limit if larger else found.scores >= limit
    return found.cut(int(fails.argmax())) if fails.any() else found


def single(threshold: float) -> np.float32:
    """Return a threshold as a score, infinite where it is beyond 32 bits."""
    with np.errstate(over="ignore"):
        return np.float32(threshold)


def allowed_rows(
    snapshot: Snapshot,
    condition: models.Filter | None,
    options: Options,
    excluded: Sequence[int] = (),
) -> Allowed:
    """Return the rows that are live, match the filter, and are not excluded."""
    allowed = allowed_points(condition, snapshot, options.compat)
    return allowed.without(excluded) if excluded else allowed


def searched_rows(
    snapshot: Snapshot,
    vectors: VectorRows,
    condition: models.Filter | None,
    options: Options,
    excluded: Sequence[int] = (),
) -> Allowed:
    """Return those rows of `allowed_rows` that have the vector."""
    if condition is None:
        key = "live", vectors.spec.name
        allowed = snapshot.known.allowed(key, lambda: snapshot.live & vectors.present)
    else:
        allowed = comparable(snapshot, vectors, allowed_rows(snapshot, condition, options))
    return allowed.without(excluded) if excluded else allowed


def comparable(snapshot: Snapshot, vectors: VectorRows, allowed: Allowed) -> Allowed:
    """Return those of the rows that have the vector."""
    having = snapshot.known.allowed(("vector", vectors.spec.name), lambda: vectors.present)
    return allowed if having.is_all else allowed.within(having.mask)


def best_of(snapshot: Snapshot, search: Search, rows: NDArray[np.int64], limit: int) -> Candidates:
    """Return the best `limit` of `rows`, distinct and ascending, all with the vector."""
    if isinstance(search.vectors, DenseRows):
        sides = len(search.positive), len(search.negative)
        compared = search.strategy, search.vectors, search.encoded, *sides
        found = ranked(*compared, rows, snapshot.ids.words, limit)
        if found is not None:
            return Candidates(*found)
    similarities = search.similarities(None if len(rows) == snapshot.rows else rows)
    scores, shows_distance = search.strategy.score(similarities), search.shows_distance
    if shows_distance:
        scores = distances(search.vectors.spec, scores)
    return best(snapshot, rows, scores, limit, smallest=shows_distance)


def _compared(search: Search) -> NDArray[np.bool_]:
    """Return bool (rows,): has the vector, and, for a sparse nearest query, shares an index."""
    vectors = search.vectors
    if isinstance(vectors, SparseRows) and search.strategy.shows_distance:
        return vectors.present & vectors.shares_index(search.target[0])
    return vectors.present
