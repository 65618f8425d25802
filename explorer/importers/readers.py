"""A table file as a stream of batches; it may be larger than memory."""

from __future__ import annotations

import csv
import itertools
import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import TextIOWrapper
from itertools import islice
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
import pyarrow as pa
import pyarrow.csv as arrow_csv
from pyarrow import parquet

from explorer.importers.batches import ArrowBatch, BadRow, Batch, ObjectBatch
from explorer.importers.kinds import MISSING
from explorer.importers.source import Format, SourceFile, UnreadableSource
from explorer.origin import read_origin

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray
    from qdrant_client import models

ROWS = 2_000
"""Rows of a batch, at most."""

BLOCK = 8 << 20
"""Bytes of a CSV file that are parsed at a time; no row may be longer."""

DELIMITERS = ",;\t|"

csv.field_size_limit(BLOCK)


def read_batches(file: SourceFile, encoding: str = "utf-8") -> Iterator[Batch]:
    """Yield the rows of a table file in order.

    Raises UnreadableSource when the file is damaged or not what its ending says.
    """
    readers = {
        Format.CSV: _csv_batches,
        Format.TSV: _csv_batches,
        Format.JSONL: _json_batches,
        Format.PARQUET: _parquet_batches,
        Format.ARROW: _arrow_batches,
    }
    with _problems_named(file, encoding):
        yield from readers[file.format](file, encoding)


def row_count(file: SourceFile) -> int | None:
    """Return the exact number of rows where the format tells it, else None."""
    if file.format is not Format.PARQUET:
        return None
    with _problems_named(file, ""), file.open() as stream:
        return int(parquet.ParquetFile(stream).metadata.num_rows)


def origin_of(file: SourceFile) -> models.CreateCollection | None:
    """Return the request for the collection that a Parquet file was exported from, if it says."""
    if file.format is not Format.PARQUET:
        return None
    with _problems_named(file, ""), file.open() as stream:
        return read_origin(parquet.read_schema(stream).metadata)


@contextmanager
def _problems_named(file: SourceFile, encoding: str) -> Iterator[None]:
    try:
        yield
    except UnicodeDecodeError as error:
        _not_encoded(file, encoding, str(error))
    except (pa.ArrowException, OSError, csv.Error) as error:
        if "UTF8" in str(error):
            _not_encoded(file, encoding, str(error))
        raise UnreadableSource(
            f"{file.name} cannot be read as {file.format}: it is damaged, cut short or another "
            f"kind of file ({error})"
        ) from error


def _not_encoded(file: SourceFile, encoding: str, reason: str) -> NoReturn:
    raise UnreadableSource(
        f"{file.name} is not written in {encoding}: choose another encoding ({reason})"
    )


@dataclass
class _Numbering:
    """Numbers rows when the reader drops malformed ones on the way."""

    malformed: list[BadRow] = field(default_factory=list)
    gaps: set[int] = field(default_factory=set)
    last: int = 0

    def skip(self, row: arrow_csv.InvalidRow) -> str:
        """Note a row that has too many or too few cells."""
        reason = f"{row.actual_columns} cells, {row.expected_columns} expected"
        self.malformed.append(BadRow(row.number - 1, reason))
        self.gaps.add(row.number - 1)
        return "skip"

    def take(self, count: int) -> tuple[NDArray[np.int64], tuple[BadRow, ...]]:
        """Return the numbers of the next `count` good rows and the bad ones up to there."""
        good = (row for row in itertools.count(self.last + 1) if row not in self.gaps)
        numbers = np.fromiter(islice(good, count), np.int64, count)
        self.last = int(numbers[-1]) if count else self.last
        noted, self.malformed = tuple(self.malformed), []
        return numbers, noted


def _csv_batches(file: SourceFile, encoding: str) -> Iterator[Batch]:
    names, delimiter = _csv_header(file, encoding)
    rows = _Numbering()
    with file.open() as stream:
        reader = arrow_csv.open_csv(
            stream,
            read_options=arrow_csv.ReadOptions(
                column_names=names,
                skip_rows=1,
                use_threads=False,  # only then are malformed rows numbered
                block_size=BLOCK,
                encoding=encoding,
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=delimiter, newlines_in_values=True, invalid_row_handler=rows.skip
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                null_values=list(MISSING),
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
            ),
        )
        for block in reader:
            for part in _parts(block):
                yield ArrowBatch(part, *rows.take(len(part)))
    if rows.malformed:
        nothing = pa.RecordBatch.from_pydict({name: pa.array([], pa.string()) for name in names})
        yield ArrowBatch(nothing, *rows.take(0))


def _csv_header(file: SourceFile, encoding: str) -> tuple[list[str], str]:
    """Return the column names and the delimiter of a CSV file."""
    with TextIOWrapper(file.open(), _without_mark(encoding), newline="") as text:
        line = text.readline()
    delimiter = "\t" if file.format is Format.TSV else max(DELIMITERS, key=line.count)
    names = [
        name.strip() or f"column {place}"
        for place, name in enumerate(next(csv.reader([line], delimiter=delimiter), []), start=1)
    ]
    repeated = {name for name in names if names.count(name) > 1}
    if repeated:
        twice = ", ".join(sorted(repeated))
        raise UnreadableSource(f"{file.name}: the header names a column twice: {twice}; rename one")
    return names, delimiter


def _without_mark(encoding: str) -> str:
    return "utf-8-sig" if encoding == "utf-8" else encoding


def _json_batches(file: SourceFile, encoding: str) -> Iterator[Batch]:
    with TextIOWrapper(file.open(), _without_mark(encoding)) as text:
        lines = enumerate(text, start=1)
        while chunk := list(islice(lines, ROWS)):
            yield _object_batch((number, line) for number, line in chunk if line.strip())


def _object_batch(lines: Iterable[tuple[int, str]]) -> ObjectBatch:
    objects, numbers, malformed = [], [], []
    for number, line in lines:
        try:
            objects.append(_object(line))
            numbers.append(number)
        except (ValueError, RecursionError) as error:
            malformed.append(BadRow(number, f"not a JSON object: {error}"))
    return ObjectBatch(objects, np.array(numbers, np.int64), tuple(malformed))


def _object(line: str) -> dict[str, Any]:
    value = json.loads(line, parse_constant=_no_constant)
    if not isinstance(value, dict):
        raise ValueError(f"a {type(value).__name__} stands there")
    return value


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _parquet_batches(file: SourceFile, _encoding: str) -> Iterator[Batch]:
    with file.open() as stream:
        batches = parquet.ParquetFile(stream).iter_batches(ROWS)
        yield from _numbered(batches)


def _arrow_batches(file: SourceFile, _encoding: str) -> Iterator[Batch]:
    with file.open() as stream:
        try:
            reader = pa.ipc.open_file(stream)
        except pa.ArrowInvalid:
            stream.seek(0)
            yield from _numbered(pa.ipc.open_stream(stream))
            return
        yield from _numbered(reader.get_batch(i) for i in range(reader.num_record_batches))


def _numbered(batches: Iterable[pa.RecordBatch]) -> Iterator[Batch]:
    first = 1
    for batch in batches:
        for part in _parts(batch):
            yield ArrowBatch(part, np.arange(first, first + len(part)))
            first += len(part)


def _parts(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    return (batch.slice(start, ROWS) for start in range(0, len(batch), ROWS))
