"""Where an import reads from: a table file, a matrix of vectors, or both side by side.

ImportProblem                    the user can mend it; the message says how
├── UnreadableSource             a file is missing, empty, cut short or not what its name says
└── UnfitPlan                    the plan does not go with the file or the collection
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from enum import StrEnum
from io import BytesIO
from pathlib import Path
from typing import IO


class ImportProblem(Exception):
    """Base of everything an import raises on purpose."""


class UnreadableSource(ImportProblem):
    """A file cannot be read."""


class UnfitPlan(ImportProblem):
    """What the plan asks for does not go together."""


class Format(StrEnum):
    """A kind of file, by its suffix."""

    CSV = "csv"
    TSV = "tsv"
    JSONL = "jsonl"
    PARQUET = "parquet"
    ARROW = "arrow"
    NPY = "npy"

    @property
    def is_text(self) -> bool:
        """Whether the file is made of encoded characters."""
        return self in (Format.CSV, Format.TSV, Format.JSONL)


_BY_SUFFIX = {
    ".csv": Format.CSV,
    ".tsv": Format.TSV,
    ".tab": Format.TSV,
    ".jsonl": Format.JSONL,
    ".ndjson": Format.JSONL,
    ".parquet": Format.PARQUET,
    ".pq": Format.PARQUET,
    ".arrow": Format.ARROW,
    ".feather": Format.ARROW,
    ".npy": Format.NPY,
}

SUFFIXES = tuple(_BY_SUFFIX)
"""File name endings that an import understands."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file: at a local path, which is streamed, or held as uploaded bytes.

    Attributes:
        name: what the user calls it; its ending tells the format.

    """

    name: str
    path: Path | None = None
    content: bytes = field(default=b"", repr=False)

    @property
    def format(self) -> Format:
        """The format, by the ending of the name."""
        return _BY_SUFFIX[Path(self.name).suffix.lower()]

    @property
    def size(self) -> int:
        """Bytes."""
        return self.path.stat().st_size if self.path else len(self.content)

    def open(self) -> IO[bytes]:
        """Open the file for reading from its start."""
        return self.path.open("rb") if self.path else BytesIO(self.content)

    def checked(self) -> SourceFile:
        """Return self; UnreadableSource when there is nothing to read or the ending is unknown."""
        if Path(self.name).suffix.lower() not in _BY_SUFFIX:
            known = ", ".join(SUFFIXES)
            raise UnreadableSource(f"{self.name}: unknown kind of file; the name must end {known}")
        if self.path and not self.path.is_file():
            raise UnreadableSource(f"{self.path}: there is no such file on this machine")
        if self.path and not os.access(self.path, os.R_OK):
            raise UnreadableSource(f"{self.path}: no permission to read this file")
        if self.size == 0:
            raise UnreadableSource(f"{self.name} is empty")
        return self


@dataclass(frozen=True, slots=True)
class Source:
    """What is imported: a table, a matrix whose rows are vectors (.npy), or a pair of them.

    In a pair, row i of the matrix is the vector of row i of the table.

    Attributes:
        encoding: of the table, where it is text.

    """

    table: SourceFile | None = None
    matrix: SourceFile | None = None
    encoding: str = "utf-8"

    @property
    def name(self) -> str:
        """The file's name, or both."""
        return " + ".join(file.name for file in (self.matrix, self.table) if file)


def from_paths(*paths: str | Path, encoding: str = "utf-8") -> Source:
    """Return the source that one or two local files are; they are read in place, as streams.

    Raises UnreadableSource unless there is one table, one .npy matrix, or one of each.
    """
    whole = [Path(path).expanduser() for path in paths]
    return _source([SourceFile(path.name, path) for path in whole], encoding)


def from_uploads(*uploads: tuple[str, bytes], encoding: str = "utf-8") -> Source:
    """Return the source that one or two uploaded files (name, content) are.

    Raises UnreadableSource unless there is one table, one .npy matrix, or one of each.
    """
    return _source([SourceFile(name, content=content) for name, content in uploads], encoding)


def _source(files: list[SourceFile], encoding: str) -> Source:
    matrices = [file for file in files if file.checked().format is Format.NPY]
    tables = [file for file in files if file not in matrices]
    if not files or len(matrices) > 1 or len(tables) > 1:
        names = ", ".join(file.name for file in files) or "nothing"
        raise UnreadableSource(
            f"Choose one table, one .npy file, or one of each as a pair; got {names}"
        )
    return Source(next(iter(tables), None), next(iter(matrices), None), encoding)
