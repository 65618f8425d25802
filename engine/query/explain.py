"""Why a point got its score: its similarity to every example, and parts that add up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeGuard

import numpy as np
from qdrant_client import models

from engine.errors import BadRequest
from engine.ids import parse_point_id
from engine.query.plan import make_plan
from engine.query.resolve import rows_with_vector
from engine.vectors.averages import average_weights
from engine.vectors.dense import DenseRows, dense_query, rounded

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from engine.ids import PointId
    from engine.query.options import Database, Options
    from engine.query.resolve import Examples, Side
    from engine.query.search import Search
    from engine.vectors import VectorRows

Role: TypeAlias = Literal["target", "positive", "negative", "pair", "average"]


@dataclass(frozen=True, slots=True)
class Likeness:
    """How close the point is to one example.

    Attributes:
        role: which kind of example.
        number: its place among those of its role, from 0.
        example: the id it was given as, None for a raw vector.
        similarity: larger is closer; Euclid: minus the squared distance, Manhattan: minus the
            distance.

    """

    role: Role
    number: int
    example: PointId | None
    similarity: float


@dataclass(frozen=True, slots=True)
class Part:
    """What one example, pair, or the average of all examples adds to the score.

    Examples that are averaged have parts of their own where the similarity is linear in them, that
    is for float32 vectors under Cosine and Dot; elsewhere there is one part, of the role average.
    """

    role: Role
    number: int
    contribution: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """One point's score, taken apart.

    Attributes:
        point: its id.
        score: as results show it.
        formula: how the strategy computes it.
        likenesses: to every example, in the order target, positives, negatives.
        parts: contributions; they sum to the score within 1e-5 of its parts' size.

    """

    point: PointId
    score: float
    formula: str
    likenesses: tuple[Likeness, ...]
    parts: tuple[Part, ...]


def explain_scores(
    name: str,
    request: models.QueryRequest,
    ids: Sequence[object],
    database: Database,
    options: Options,
) -> list[Explanation]:
    """Explain the scores that a query gives to some points, be they among its results or not.

    Raises:
        BadRequest: the query does not compare vectors.
        NotFound: a point does not exist or lacks the vector.
        RequestError: as `run_query`.

    """
    plan = make_plan(name, request, database, options)
    search = plan.root.search
    if search is None:
        raise BadRequest("Only scores of vector queries can be explained; give examples to compare")
    points = [parse_point_id(value) for value in ids]
    rows = rows_with_vector(plan.snapshot, points, search.vectors)
    return _explanations(points, rows, search, plan.root.examples)


def _explanations(
    points: Sequence[PointId], rows: NDArray[np.int64], search: Search, examples: Examples
) -> list[Explanation]:
    scored = search.similarities(rows)
    scores = search.shown(search.strategy.score(scored))
    parts = search.shown(search.strategy.parts(scored))
    likenesses = np.concatenate([scored.target, scored.positive, scored.negative])
    vectors, divisible = search.vectors, False
    if search.strategy.averages:  # one similarity, to the average, says nothing of each example
        given = [*examples.positive, *examples.negative]
        likenesses = vectors.similarities(given, rows)
        if _is_linear(vectors):
            parts, divisible = _shares(vectors, examples, rows), True
    sides = _parted(search, examples, divisible=divisible)
    return [
        Explanation(
            point,
            float(scores[place]),
            search.strategy.formula,
            tuple(_likenesses(examples, likenesses[:, place])),
            tuple(
                Part(role, number, share)
                for (role, number), share in zip(sides, parts[:, place].tolist(), strict=True)
            ),
        )
        for place, point in enumerate(points)
    ]


def _likenesses(examples: Examples, similarities: NDArray[np.float32]) -> Iterator[Likeness]:
    values, points = iter(similarities.tolist()), iter(examples.points)
    for role, side in _sides(examples):
        for number in range(len(side)):
            yield Likeness(role, number, next(points, None), next(values))


def _parted(search: Search, examples: Examples, *, divisible: bool) -> list[tuple[Role, int]]:
    """Return the role and the number of each part of a score."""
    if search.strategy.averages and not divisible:
        return [("average", 0)]
    if search.strategy.paired:
        labels: list[tuple[Role, int]] = [("target", 0)] * len(examples.target)
        return labels + [("pair", number) for number in range(len(examples.positive))]
    return [(role, number) for role, side in _sides(examples) for number in range(len(side))]


def _is_linear(vectors: VectorRows) -> TypeGuard[DenseRows]:
    """Tell whether the similarity to an average is the average of similarities, up to a factor."""
    return (
        isinstance(vectors, DenseRows)
        and vectors.data.dtype == np.float32
        and vectors.spec.distance in (models.Distance.COSINE, models.Distance.DOT)
    )


def _shares(vectors: DenseRows, examples: Examples, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return what each example adds to the similarity to their average, (examples, rows)."""
    given = np.stack(
        [dense_query(vectors.spec, each) for each in (*examples.positive, *examples.negative)]
    )
    weights = average_weights(len(examples.positive), len(examples.negative))
    weighted = weights[:, None] * given
    mean = weighted.sum(axis=0)
    length = float(np.linalg.norm(mean))
    compared = float(np.linalg.norm(rounded(vectors.spec, mean[None])))
    scale = np.float32(compared / length if length else 0.0)
    shares: NDArray[np.float32] = scale * weighted @ vectors.data[rows].T
    return shares


def _sides(examples: Examples) -> tuple[tuple[Role, Side], ...]:
    return (
        ("target", examples.target),
        ("positive", examples.positive),
        ("negative", examples.negative),
    )
