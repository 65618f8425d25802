"""A look into a file before it is imported: columns, their kinds, first rows, good guesses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.importers.batches import BadRow, Batch, ObjectBatch
from explorer.importers.ids import is_point_id
from explorer.importers.kinds import Kind, kind_of, multi_size, vector_size
from explorer.importers.readers import origin_of, read_batches, row_count
from explorer.importers.source import Format, UnreadableSource

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from qdrant_client import models

    from explorer.importers.source import Source, SourceFile

SAMPLE = 500
"""Rows that kinds are told from."""

SHOWN = 8
"""Rows of a preview."""

COUNTED_BYTES = 1 << 20
"""Up to this size the rows of a text file are counted; beyond, estimated from the beginning."""

_ID_NAMES = ("id", "_id", "point_id", "uuid")
_KEY_NAMES = ("key", "index", "number", "no")
VECTORS = (Kind.VECTOR, Kind.SPARSE, Kind.MULTI)
"""What may be a vector."""

_NO_IDS = (*VECTORS, Kind.GEO, Kind.BINARY, Kind.EMPTY)


@dataclass(frozen=True, slots=True)
class Column:
    """One column, as far as the sample tells.

    Attributes:
        size: numbers of each vector, or row of one, where the kind is VECTOR or MULTI; else 0.
        missing: share of the sample without a value, from 0 to 1.
        distinct: how many different values the sample has.
        is_unique: whether every row of the sample has a value of its own.
        are_ids: whether all values are integers or UUIDs, which are point ids as they are.

    """

    name: str
    kind: Kind
    size: int = 0
    missing: float = 0.0
    distinct: int = 0
    is_unique: bool = False
    are_ids: bool = False


@dataclass(frozen=True, slots=True)
class Preview:
    """What a source holds.

    Attributes:
        columns: of the table; none for a matrix alone.
        rows: number of rows: counted where the format tells it, else estimated.
        exact: whether `rows` was counted.
        first: the first rows, as plain values; vectors are not cut.
        matrix: (rows, dimensions) of the .npy file, where there is one.
        malformed: rows of the sample that could not be read.
        origin: the request for the collection that the table was exported from, where it says so.

    """

    source: Source
    columns: tuple[Column, ...]
    rows: int
    exact: bool
    first: tuple[dict[str, Any], ...]
    matrix: tuple[int, int] | None = None
    malformed: tuple[BadRow, ...] = ()
    origin: models.CreateCollection | None = None

    def of_kind(self, *kinds: Kind) -> tuple[Column, ...]:
        """Return the columns of these kinds."""
        return tuple(column for column in self.columns if column.kind in kinds)

    @property
    def id_column(self) -> str | None:
        """The column that is named as ids are, else one of integers or UUIDs that all differ."""
        for column in self.columns:
            if column.name.lower() in _ID_NAMES and column.kind not in _NO_IDS:
                return column.name
        for column in self.columns:
            likely = column.kind is Kind.UUID or column.name.lower() in _KEY_NAMES
            if likely and column.kind in (Kind.INTEGER, Kind.UUID) and column.is_unique:
                return column.name
        return None

    @property
    def coordinates(self) -> tuple[str, str] | None:
        """The columns that look like latitude and longitude in degrees."""
        names = {
            column.name.lower(): column.name for column in self.columns if column.kind.is_number
        }
        for lat, lon in (("lat", "lon"), ("latitude", "longitude"), ("lat", "lng")):
            if lat in names and lon in names:
                return names[lat], names[lon]
        return None


def inspect(source: Source) -> Preview:
    """Read the beginning of a source.

    Raises UnreadableSource when it is empty, damaged, or the parts of a pair differ in length.
    """
    shape = _shape(source.matrix) if source.matrix else None
    if source.table is None:
        return Preview(source, (), shape[0] if shape else 0, exact=True, first=(), matrix=shape)
    batch = _head(source.table, source.encoding)
    columns = tuple(_column(batch, name, source.table.format) for name in _names(batch))
    rows, exact = _rows(source.table, source.encoding)
    first = tuple(batch.payloads({column.name: column.kind for column in columns})[:SHOWN])
    origin = origin_of(source.table)
    preview = Preview(source, columns, rows, exact, first, shape, batch.malformed, origin)
    _check_pair(preview)
    return preview


def open_matrix(file: SourceFile) -> NDArray[np.generic]:
    """Return the matrix of an .npy file, mapped from disk where it has a path; never unpickled.

    Raises UnreadableSource unless it is a 2-D array of numbers.
    """
    try:
        stored = np.load(file.path or file.open(), "r" if file.path else None, allow_pickle=False)
    except OSError as error:
        raise UnreadableSource(f"{file.name} cannot be read: {error}") from error
    except (ValueError, EOFError) as error:  # NumPy's own words advise to unpickle
        raise UnreadableSource(
            f"{file.name} is not a whole NumPy array of numbers: it is damaged, cut short or "
            "another kind of file; save it with numpy.save(name, matrix.astype('float32'))"
        ) from error
    if not isinstance(stored, np.ndarray) or stored.ndim != 2 or stored.dtype.kind not in "fiu":
        found = (
            f"{stored.ndim}-D {stored.dtype}" if isinstance(stored, np.ndarray) else "an archive"
        )
        raise UnreadableSource(
            f"{file.name} holds {found}; a 2-D array of numbers is needed, one row per point"
        )
    return stored


def _shape(file: SourceFile) -> tuple[int, int]:
    rows, dimensions = open_matrix(file).shape
    if not rows or not dimensions:
        raise UnreadableSource(f"{file.name} has no numbers: its shape is ({rows}, {dimensions})")
    return rows, dimensions


def _head(file: SourceFile, encoding: str) -> Batch:
    for batch in read_batches(file, encoding):
        if len(batch.numbers):
            return batch.head(SAMPLE)
        if batch.malformed:
            bad = batch.malformed[0]
            raise UnreadableSource(f"{file.name}: no row can be read; row {bad.row}: {bad.reason}")
    raise UnreadableSource(f"{file.name} has no rows")


def _names(batch: Batch) -> Sequence[str]:
    if not isinstance(batch, ObjectBatch):
        return list(batch.table.schema.names)
    keys = (key for row in batch.objects for key in row)
    return list(dict.fromkeys(keys))


def _column(batch: Batch, name: str, file_format: Format) -> Column:
    sample = batch.values(name)
    present = [value for value in sample if value is not None]
    kind = kind_of(sample, from_text=file_format in (Format.CSV, Format.TSV))
    sized = {Kind.VECTOR: vector_size, Kind.MULTI: multi_size}.get(kind)
    size = sized(present) if sized else 0
    distinct = 0 if kind in VECTORS else len(set(map(repr, present)))
    missing = 1 - len(present) / len(sample)
    are_ids = kind not in VECTORS and all(map(is_point_id, present))
    return Column(name, kind, size or 0, missing, distinct, distinct == len(sample), are_ids)


def _rows(file: SourceFile, encoding: str) -> tuple[int, bool]:
    """Return the number of rows, and whether it was counted rather than estimated."""
    counted = row_count(file)
    if counted is None and file.size <= COUNTED_BYTES:
        counted = sum(
            len(batch.numbers) + len(batch.malformed) for batch in read_batches(file, encoding)
        )
    if counted is not None:
        return counted, True
    with file.open() as stream:
        beginning = stream.read(COUNTED_BYTES)
    lines = max(beginning.count(b"\n"), 1)
    return round(file.size * lines / len(beginning)), False


def _check_pair(preview: Preview) -> None:
    if preview.matrix and preview.exact and preview.matrix[0] != preview.rows:
        raise UnreadableSource(
            f"{preview.source.name}: the matrix has {preview.matrix[0]} rows and the table "
            f"{preview.rows}; row i of one must belong to row i of the other"
        )
