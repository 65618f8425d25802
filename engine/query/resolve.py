"""Ids and raw vectors of a query become example vectors; the only place where that happens."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias
from uuid import UUID

import numpy as np

from engine.errors import NotFound, WrongInput
from engine.ids import PointId, parse_point_id
from engine.vectors import Vector, parse_vector, parse_vectors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from engine.query.options import Database
    from engine.query.request import ExampleQuery, Request
    from engine.snapshot import Snapshot
    from engine.vectors import VectorRows


class Example(NamedTuple):
    """One example of a query.

    Attributes:
        vector: the stored vector of a point, or the one given.
        point: the id it was given as, None for a raw vector.
        row: of that point, in the collection in which it was looked up.

    """

    vector: Vector
    point: PointId | None = None
    row: int | None = None


Side: TypeAlias = tuple[Example, ...]


class Examples(NamedTuple):
    """The resolved examples of a query.

    Attributes:
        target: one, or none.
        positive: as in the query.
        negative: as in the query.
        excluded: ids that must not be found, since they were given as examples.

    """

    target: Side
    positive: Side
    negative: Side
    excluded: tuple[PointId, ...]


NO_EXAMPLES = Examples((), (), (), ())


def vector_rows(snapshot: Snapshot, name: str) -> VectorRows:
    """Return all rows of one named vector; raises WrongInput when the collection has no such."""
    rows = snapshot.vectors.get(name)
    if rows is None:
        raise WrongInput(f"Not existing vector name error: {name}")
    return rows


def lookup_source(request: Request, snapshot: Snapshot, database: Database) -> tuple[Snapshot, str]:
    """Return the collection and the vector name from which the request's ids are looked up.

    Raises NotFound when `lookup_from` names no collection, even if no id is used.
    """
    using = request.using or ""
    lookup = request.lookup_from
    if lookup is None:
        return snapshot, using
    try:
        source = database.snapshot(lookup.collection)
    except NotFound:
        raise NotFound(f"Collection {lookup.collection} not found") from None
    if source.name == snapshot.name:
        source = snapshot  # there may be a later state by now, where rows have other numbers
    return source, lookup.vector or using


def resolve(query: ExampleQuery, source: Snapshot, name: str, *, exclude: bool) -> Examples:
    """Return the query's examples with each id replaced by its stored vector.

    Args:
        query: what was asked.
        source: the collection in which ids are looked up.
        name: the vector that is looked up.
        exclude: whether points given as examples are kept out of the results.

    Raises:
        FormatError: neither a vector nor an id.
        WrongInput: no such vector name, or a vector that is not finite.
        NotFound: no such point, or the point lacks the vector.

    """
    examples = _examples([*query.target, *query.positive, *query.negative], source, name)
    first, second = len(query.target), len(query.target) + len(query.positive)
    sides = examples[:first], examples[first:second], examples[second:]
    excluded = dict.fromkeys(each.point for each in examples if each.point is not None)
    return Examples(*sides, tuple(excluded) if exclude else ())


def rows_with_vector(
    snapshot: Snapshot, points: Sequence[PointId], vectors: VectorRows
) -> NDArray[np.int64]:
    """Return the row of each point; raises NotFound where it, or its vector, is missing."""
    rows = snapshot.ids.rows_of(points)
    for point, row in zip(points, rows, strict=True):
        if row < 0:
            raise NotFound(f"No point with id {point} found")
        if not vectors.present[row]:
            raise NotFound(f'Vector with name "{vectors.spec.name}" for point not found')
    return rows


def _examples(values: Sequence[object], source: Snapshot, name: str) -> Side:
    """Return each value as an example; all ids are looked up at once."""
    points = {
        place: parse_point_id(value)
        for place, value in enumerate(values)
        if isinstance(value, (int, str, UUID, np.integer))
    }
    stored: dict[int, Example] = {}
    if points:
        vectors = vector_rows(source, name)
        rows = rows_with_vector(source, list(points.values()), vectors).tolist()
        for (place, point), row in zip(points.items(), rows, strict=True):
            stored[place] = Example(vectors.get(row), point, row)
    if not stored:
        return tuple([Example(vector) for vector in parse_vectors(values)])
    return tuple(
        stored[place] if place in stored else Example(parse_vector(value))
        for place, value in enumerate(values)
    )
