"""A collection, or chosen points of it, as a Parquet, JSON Lines or CSV file.

Each payload field is a column, `id` and every vector are columns beside them, so that an import of
the file gives the same points. A field that would hide one of those is named `payload.<field>`.
Parquet also says what the vectors are compared by and how the collection wants to be looked at.
"""

from __future__ import annotations

import csv
import json
import re
import tempfile
from contextlib import closing
from dataclasses import dataclass, field
from enum import StrEnum
from io import TextIOWrapper
from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING, Any, cast
from weakref import finalize

import pyarrow as pa
from pyarrow import parquet
from qdrant_client import models

from explorer import origin
from explorer.jobs import Cancelled
from explorer.layout import vector_names
from explorer.records import chosen_records, record_pages

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import IO

    from engine.ids import PointId
    from explorer.client import Client
    from explorer.jobs import Report, Stopped

ID = "id"
VECTOR_COLUMN = "vector"
"""The column of the unnamed vector; a named one has its own name."""

HIDDEN = "payload."
"""What stands before the name of a payload field that would hide another column."""


class ExportFormat(StrEnum):
    """A kind of file, by its suffix."""

    PARQUET = "parquet"
    JSONL = "jsonl"
    CSV = "csv"


@dataclass(frozen=True, slots=True)
class Export:
    """What goes into the file.

    Attributes:
        vectors: whether the vectors are columns too.
        ids: the points wanted, in this order; None for all of them.

    """

    collection: str
    format: ExportFormat = ExportFormat.PARQUET
    vectors: bool = True
    ids: tuple[PointId, ...] | None = None

    @property
    def file_name(self) -> str:
        """A name that every file system takes."""
        stem = re.sub(r"[^\w.-]+", "_", self.collection).strip("._") or "collection"
        return f"{stem}.{self.format}"


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Exported:
    """A file that waits to be downloaded; it goes with the last who knows of it."""

    export: Export
    path: Path
    points: int


def export_file(client: Client, export: Export, report: Report, stopped: Stopped) -> Exported:
    """Write the points to a temporary file; raises what `write_export` raises, and OSError."""
    folder = Path(tempfile.mkdtemp(prefix="sextant-"))
    path = folder / export.file_name
    try:
        with path.open("wb") as sink:
            points = write_export(client, export, sink, report, stopped)
    except BaseException:
        rmtree(folder)
        raise
    exported = Exported(export, path, points)
    finalize(exported, rmtree, folder, ignore_errors=True)
    return exported


def write_export(
    client: Client, export: Export, sink: IO[bytes], report: Report, stopped: Stopped
) -> int:
    """Write the points to `sink`, page by page, and return how many there were.

    The points are read twice where the file has fixed columns (Parquet, CSV). Raises Cancelled
    between two pages, and what the client raises for an unknown collection.
    """
    writers = {
        ExportFormat.PARQUET: _write_parquet,
        ExportFormat.JSONL: _write_jsonl,
        ExportFormat.CSV: _write_csv,
    }
    return writers[export.format](_Reader(client, export, report, stopped), sink)


@dataclass
class _Reader:
    """Reads the wanted points as rows, as often as a writer asks."""

    client: Client
    export: Export
    report: Report
    stopped: Stopped

    def pages(self, message: str) -> Iterator[list[dict[str, Any]]]:
        """Yield pages of rows, reporting on the way."""
        info = self.client.get_collection(self.export.collection)
        total = info.points_count if self.export.ids is None else len(self.export.ids)
        taken = {ID, *(name or VECTOR_COLUMN for name in vector_names(info))}
        done = 0
        for page in self._records():
            if self.stopped():
                raise Cancelled
            yield [_row(record, taken) for record in page]
            done += len(page)
            self.report(done, total, message)

    def origin(self) -> dict[bytes, bytes]:
        """Return what the file says of the collection."""
        info = self.client.get_collection(self.export.collection)
        return origin.described(info, whole=self.export.ids is None)

    def _records(self) -> Iterator[Sequence[models.Record]]:
        name, ids = self.export.collection, self.export.ids
        wanted: dict[str, Any] = {"with_payload": True, "with_vectors": self.export.vectors}
        if ids is None:
            yield from record_pages(self.client, name, **wanted)
        else:
            yield from chosen_records(self.client, name, ids, **wanted)


@dataclass
class _Columns:
    """The columns of a file, in order of appearance, and the type that fits all their values."""

    types: dict[str, pa.DataType] = field(default_factory=dict)
    mixed: set[str] = field(default_factory=set)

    def extend(self, rows: list[dict[str, Any]]) -> None:
        """Widen the columns to hold these rows; what no one type holds becomes JSON text."""
        for name in dict.fromkeys(key for row in rows for key in row):
            if name not in self.mixed:
                self._widen(name, [row.get(name) for row in rows])

    def _widen(self, name: str, values: list[Any]) -> None:
        known = pa.schema({name: self.types.get(name, pa.null())})
        try:
            here = pa.schema({name: pa.array(values).type})
            wider = pa.unify_schemas([known, here], promote_options="permissive")
            self.types[name] = wider.field(name).type
        except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
            self._mix(name)
        if _has_empty_struct(self.types[name]):
            self._mix(name)

    def _mix(self, name: str) -> None:
        self.mixed.add(name)
        self.types[name] = pa.string()

    def table(self, rows: list[dict[str, Any]]) -> pa.Table:
        """Return rows as columns of these types."""
        return pa.table(
            {
                name: pa.array(
                    [_cell(row.get(name)) if name in self.mixed else row.get(name) for row in rows],
                    wanted,
                )
                for name, wanted in self.types.items()
            }
        )


def _has_empty_struct(kind: pa.DataType) -> bool:
    """Whether a type is or holds a struct without fields, which Parquet cannot store."""
    inner = [kind.field(place).type for place in range(kind.num_fields)]
    return (pa.types.is_struct(kind) and not inner) or any(map(_has_empty_struct, inner))


def _write_parquet(reader: _Reader, sink: IO[bytes]) -> int:
    columns = _columns(reader)
    schema = pa.schema(columns.types, reader.origin())
    count = 0
    with closing(parquet.ParquetWriter(sink, schema)) as writer:
        for rows in reader.pages("Writing"):
            writer.write_table(columns.table(rows).cast(schema))
            count += len(rows)
    return count


def _write_csv(reader: _Reader, sink: IO[bytes]) -> int:
    names = list(_columns(reader).types)
    count = 0
    text = TextIOWrapper(sink, "utf-8", newline="")
    writer = csv.writer(text)
    writer.writerow(names)
    for rows in reader.pages("Writing"):
        writer.writerows([_cell(row.get(name)) for name in names] for row in rows)
        count += len(rows)
    text.detach()
    return count


def _write_jsonl(reader: _Reader, sink: IO[bytes]) -> int:
    count = 0
    for rows in reader.pages("Writing"):
        sink.writelines(f"{_json(row)}\n".encode() for row in rows)
        count += len(rows)
    return count


def _columns(reader: _Reader) -> _Columns:
    columns = _Columns({ID: pa.null()})
    for rows in reader.pages("Reading the fields"):
        columns.extend(rows)
    return columns


def _row(record: models.Record, taken: set[str]) -> dict[str, Any]:
    """Return one point as a row; `taken` are the columns that no payload field may have."""
    fields = {
        f"{HIDDEN}{key}" if key in taken else key: value
        for key, value in (record.payload or {}).items()
    }
    return {ID: cast("PointId", record.id), **fields, **_vectors(record)}


def _vectors(record: models.Record) -> dict[str, Any]:
    vector: Any = record.vector
    if vector is None:
        return {}
    named = vector if isinstance(vector, dict) else {VECTOR_COLUMN: vector}
    return {
        name or VECTOR_COLUMN: value.model_dump()
        if isinstance(value, models.SparseVector)
        else value
        for name, value in named.items()
    }


def _cell(value: Any) -> Any:
    """Return a value as a text cell: JSON, but a string as it is, and nothing for null."""
    return value if value is None or isinstance(value, str) else _json(value)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
