"""The plan of an import: a frozen value that a form fills in and `run_import` carries out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from qdrant_client.models import Distance, PayloadSchemaType

from explorer.importers.kinds import Kind, list_length
from explorer.importers.source import UnfitPlan

if TYPE_CHECKING:
    from explorer.importers.preview import Column, Preview
    from explorer.importers.source import Source

KEYWORD_SHARE = 0.5
"""A column with more different values than this share of its rows is not worth a facet."""

_SCHEMA = {
    Kind.INTEGER: PayloadSchemaType.INTEGER,
    Kind.FLOAT: PayloadSchemaType.FLOAT,
    Kind.BOOL: PayloadSchemaType.BOOL,
    Kind.DATETIME: PayloadSchemaType.DATETIME,
    Kind.UUID: PayloadSchemaType.UUID,
    Kind.KEYWORD: PayloadSchemaType.KEYWORD,
    Kind.TEXT: PayloadSchemaType.TEXT,
    Kind.GEO: PayloadSchemaType.GEO,
}


class Duplicates(StrEnum):
    """What happens to a row whose id stood in an earlier row."""

    REFUSE = "refuse"
    KEEP_FIRST = "keep first"
    KEEP_LAST = "keep last"


class BadRows(StrEnum):
    """What happens to a row that cannot be imported."""

    SKIP = "skip"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class VectorPlan:
    """One vector of the new collection and where its numbers come from.

    Attributes:
        name: `""` for the one unnamed vector.
        columns: one column that holds lists (or lists written as text), or several columns of one
            number each; none for the rows of the .npy file.
        size: dimensions.
        standardise: whether each number column becomes mean 0 and standard deviation 1; a missing
            number then is the mean.

    """

    name: str
    columns: tuple[str, ...]
    size: int
    distance: Distance = Distance.COSINE
    standardise: bool = False

    @property
    def from_numbers(self) -> bool:
        """Whether each dimension is a column of its own."""
        return len(self.columns) > 1 or (len(self.columns) == 1 and self.size == 1)


@dataclass(frozen=True, slots=True)
class PayloadColumn:
    """One column that becomes a payload field; `indexed` makes the index that filters want."""

    name: str
    kind: Kind
    indexed: bool = True

    @property
    def schema(self) -> PayloadSchemaType | None:
        """The payload index that fits this kind."""
        return _SCHEMA.get(self.kind)


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """Everything an import needs to know.

    Attributes:
        id_column: integers and UUIDs are ids as they are; any other text becomes the UUID of that
            name (RFC 9562, version 5). Without a column the row number, from 1, is the id.
        coordinates: columns of latitude and longitude that make one geo field `location`.
        rows: expected number of rows, for the progress.
        append: whether the points go into a collection that exists already.

    """

    source: Source
    collection: str
    vectors: tuple[VectorPlan, ...]
    payload: tuple[PayloadColumn, ...] = ()
    id_column: str | None = None
    coordinates: tuple[str, str] | None = None
    duplicates: Duplicates = Duplicates.REFUSE
    bad_rows: BadRows = BadRows.SKIP
    rows: int | None = None
    append: bool = False


def _ragged(preview: Preview) -> str:
    """Say which column has lists of numbers that differ in length, `""` for none."""
    for column in preview.columns:
        lengths = {list_length(row.get(column.name)) for row in preview.first} - {0}
        if len(lengths) > 1:
            few, many = min(lengths), max(lengths)
            return f"the lists in {column.name!r} have from {few} to {many} numbers; "
    return ""


def suggest_plan(preview: Preview, collection: str) -> ImportPlan:
    """Return the plan that a source's columns suggest.

    Vectors: the .npy rows and every vector column; without any, all number columns standardised.
    Raises UnfitPlan when there is nothing to make a vector from.
    """
    vectors = _named_vectors(preview) or _standardised(preview)
    if not vectors:
        raise UnfitPlan(
            f"{preview.source.name} has no vector: {_ragged(preview)}give a column of number lists "
            "of one length, an .npy file beside the table, or at least two columns of numbers"
        )
    used = {name for vector in vectors if not vector.standardise for name in vector.columns}
    used |= {column.name for column in preview.columns if column.are_ids} & {preview.id_column}
    return ImportPlan(
        source=preview.source,
        collection=collection,
        vectors=vectors,
        payload=tuple(
            PayloadColumn(column.name, column.kind, _worth_an_index(column, preview))
            for column in preview.columns
            if column.name not in used and column.kind is not Kind.BINARY
        ),
        id_column=preview.id_column,
        coordinates=preview.coordinates,
        rows=preview.rows,
    )


def _named_vectors(preview: Preview) -> tuple[VectorPlan, ...]:
    found = [
        VectorPlan(column.name, (column.name,), column.size)
        for column in preview.of_kind(Kind.VECTOR)
    ]
    if preview.matrix:
        found.insert(0, VectorPlan("matrix", (), preview.matrix[1]))
    if len(found) == 1:
        return (VectorPlan("", found[0].columns, found[0].size),)
    return tuple(found)


def _standardised(preview: Preview) -> tuple[VectorPlan, ...]:
    numbers = tuple(
        column.name
        for column in preview.of_kind(Kind.INTEGER, Kind.FLOAT)
        if column.name != preview.id_column
    )
    if len(numbers) < 2:
        return ()
    return (VectorPlan("", numbers, len(numbers), Distance.EUCLID, standardise=True),)


def _worth_an_index(column: Column, preview: Preview) -> bool:
    if column.kind is not Kind.KEYWORD:
        return column.kind in _SCHEMA
    return column.distinct <= max(KEYWORD_SHARE * min(preview.rows, 500), 20)
