"""The plan of an import: a frozen value that a form fills in and `run_import` carries out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from qdrant_client.models import Datatype, Distance, PayloadSchemaType

from engine.schema import VectorKind
from explorer.export import HIDDEN, VECTOR_COLUMN
from explorer.hints import Hints, read_hints
from explorer.importers.kinds import Kind, list_length
from explorer.importers.source import UnfitPlan
from explorer.workspace import vector_specs

if TYPE_CHECKING:
    from qdrant_client.models import CreateCollection

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


NO_HINTS = Hints()

_VECTOR_KINDS = {
    Kind.VECTOR: VectorKind.DENSE,
    Kind.SPARSE: VectorKind.SPARSE,
    Kind.MULTI: VectorKind.MULTI,
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
        kind: of many rows each, or sparse, where it is not dense.
        idf: whether the rarity of a sparse vector's terms counts.
        datatype: what the numbers are rounded to; sparse vectors stay as they are.

    """

    name: str
    columns: tuple[str, ...]
    size: int
    distance: Distance = Distance.COSINE
    standardise: bool = False
    kind: VectorKind = VectorKind.DENSE
    idf: bool = False
    datatype: Datatype = Datatype.FLOAT32

    @property
    def from_numbers(self) -> bool:
        """Whether each dimension is a column of its own."""
        alone = self.kind is VectorKind.DENSE and self.size == 1
        return len(self.columns) > 1 or (len(self.columns) == 1 and alone)


@dataclass(frozen=True, slots=True)
class PayloadColumn:
    """One column that becomes a payload field; `indexed` makes the index that filters want.

    Attributes:
        field: what the field is called, where not as the column.

    """

    name: str
    kind: Kind
    indexed: bool = True
    field: str = ""

    @property
    def path(self) -> str:
        """The key path of the field."""
        return self.field or self.name

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
        hints: how a new collection wants to be looked at.

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
    hints: Hints = NO_HINTS


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

    Vectors: as the collection had them that the table was exported from; else the .npy rows and
    every column of vectors, though not of lists of lists; without any, all number columns
    standardised. Raises UnfitPlan when there is nothing to make a vector from.
    """
    found = possible_vectors(preview)
    if preview.origin is None:
        found = tuple(vector for vector in found if vector.kind is not VectorKind.MULTI)
    vectors = found or _standardised(preview)
    if not vectors:
        raise UnfitPlan(
            f"{preview.source.name} has no vector: {_ragged(preview)}give a column of number lists "
            "of one length, an .npy file beside the table, or at least two columns of numbers"
        )
    return planned(preview, collection, vectors)


def planned(preview: Preview, collection: str, vectors: tuple[VectorPlan, ...]) -> ImportPlan:
    """Return the plan to import a source with these vectors; all other columns become payload.

    The one dense vector of a table that nothing is known of has no name. Raises UnfitPlan without
    vectors.
    """
    if not vectors:
        raise UnfitPlan("Choose at least one vector")
    used = {name for vector in vectors if not vector.standardise for name in vector.columns}
    used |= {column.name for column in preview.columns if column.are_ids} & {preview.id_column}
    if preview.origin is None and len(vectors) == 1 and vectors[0].kind is VectorKind.DENSE:
        vectors = (replace(vectors[0], name=""),)
    return ImportPlan(
        source=preview.source,
        collection=collection,
        vectors=vectors,
        payload=tuple(
            PayloadColumn(
                column.name,
                column.kind,
                _worth_an_index(column, preview),
                _hidden_field(column, preview),
            )
            for column in preview.columns
            if column.name not in used and column.kind is not Kind.BINARY
        ),
        id_column=preview.id_column,
        coordinates=preview.coordinates,
        rows=preview.rows,
        hints=read_hints(preview.origin.metadata if preview.origin else None),
    )


def possible_vectors(preview: Preview) -> tuple[VectorPlan, ...]:
    """Return a plan for all that may be a vector: the .npy rows and columns of vectors."""
    found = () if preview.origin is None else _original(preview, preview.origin)
    found = found or tuple(
        VectorPlan(column.name, (column.name,), column.size, kind=_VECTOR_KINDS[column.kind])
        for column in preview.of_kind(*_VECTOR_KINDS)
        if not _hidden_field(column, preview)
    )
    return (VectorPlan("matrix", (), preview.matrix[1]), *found) if preview.matrix else found


def _original(preview: Preview, origin: CreateCollection) -> tuple[VectorPlan, ...]:
    """Return the vectors that the collection had and the table has too."""
    there = {column.name for column in preview.columns}
    return tuple(
        VectorPlan(
            spec.name,
            (column,),
            spec.size,
            spec.distance,
            kind=spec.kind,
            idf=spec.idf,
            datatype=spec.datatype,
        )
        for spec in vector_specs(origin).values()
        if (column := spec.name or VECTOR_COLUMN) in there
    )


def _hidden_field(column: Column, preview: Preview) -> str:
    """Return the payload field that an export renamed since a column has its name, else `""`."""
    field = column.name.removeprefix(HIDDEN)
    others = {other.name for other in preview.columns}
    return field if field != column.name and field in others else ""


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
