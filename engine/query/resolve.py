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


Side: TypeAlias = tuple[Vector, ...]


class Examples(NamedTuple):
    """The examples of a query as vectors: the ones given, or those stored for the ids given.

    Attributes:
        target: one, or none.
        positive: as in the query.
        negative: as in the query.
        points: the id of each, in this order, None for one that was given as a vector; empty where
            all were.
        rows: of the target, or else of the positives, where those are points of the searched
            collection.
        excluded: rows that must not be found, since they were given as examples.

    """

    target: Side
    positive: Side
    negative: Side
    points: tuple[PointId | None, ...] = ()
    rows: tuple[int, ...] = ()
    excluded: tuple[int, ...] = ()


NO_EXAMPLES = Examples((), (), ())
_IDS = int, str, UUID, np.integer


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
    values = [*query.target, *query.positive, *query.negative]
    points = {n: parse_point_id(value) for n, value in enumerate(values) if isinstance(value, _IDS)}
    if not points:
        return _parted(query, parse_vectors(values))
    stored, ids = vector_rows(source, name), [*points.values()]
    rows = dict(zip(points, rows_with_vector(source, ids, stored).tolist(), strict=True))
    vectors = [
        stored.get(rows[place]) if place in rows else parse_vector(value)
        for place, value in enumerate(values)
    ]
    examples = _parted(query, vectors, tuple(map(points.get, range(len(values)))))
    if not exclude:  # points of another collection may be found in this one
        return examples
    leading = range(len(query.target) or len(query.positive))
    known = tuple([rows[place] for place in leading if place in rows])
    excluded = tuple(dict.fromkeys(rows.values()))
    return examples._replace(rows=known if len(known) == len(leading) else (), excluded=excluded)


def _parted(
    query: ExampleQuery, vectors: Sequence[Vector], points: tuple[PointId | None, ...] = ()
) -> Examples:
    first, second = len(query.target), len(query.target) + len(query.positive)
    sides = tuple(vectors[:first]), tuple(vectors[first:second]), tuple(vectors[second:])
    return Examples(*sides, points)


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
