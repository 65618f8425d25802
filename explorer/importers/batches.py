"""Batches: consecutive rows of a table, whatever the format it was read from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from explorer.importers.kinds import Kind, parse_text, plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that was not imported; the first row of data is row 1."""

    row: int
    reason: str


@dataclass(frozen=True, slots=True)
class ArrowBatch:
    """A batch of columns: Parquet, Arrow, or text cells of a CSV file.

    Attributes:
        numbers: int64 (n,), the rows' numbers in the file.
        malformed: rows before the last of these that could not be read at all.

    """

    table: pa.RecordBatch
    numbers: NDArray[np.int64]
    malformed: tuple[BadRow, ...] = ()

    def head(self, count: int) -> ArrowBatch:
        """Return the first rows, at most `count`."""
        return ArrowBatch(self.table[:count], self.numbers[:count], self.malformed)

    def column(self, name: str) -> pa.Array:
        """Return one column as it is stored."""
        return self.table.column(name)

    def values(self, name: str) -> list[Any]:
        """Return the values of one column; None where a row has none."""
        return list(self.table.column(name).to_pylist())

    def payloads(self, kinds: Mapping[str, Kind]) -> list[dict[str, Any]]:
        """Return the rows as payload; a cell that is not of its column's kind stays text."""
        payloads: list[dict[str, Any]] = [{} for _ in self.numbers]
        for name, kind in kinds.items():
            for payload, cell in zip(payloads, self.values(name), strict=True):
                value = _value(kind, cell)
                if value is not None:
                    payload[name] = value
        return payloads


@dataclass(frozen=True, slots=True)
class ObjectBatch:
    """A batch of JSON objects; attributes as those of `ArrowBatch`."""

    objects: Sequence[dict[str, Any]]
    numbers: NDArray[np.int64]
    malformed: tuple[BadRow, ...] = ()

    def head(self, count: int) -> ObjectBatch:
        """Return the first rows, at most `count`."""
        return ObjectBatch(self.objects[:count], self.numbers[:count], self.malformed)

    def column(self, name: str) -> list[Any]:
        """Return the values of one key."""
        return self.values(name)

    def values(self, name: str) -> list[Any]:
        """Return the values of one key; None where a row has none."""
        return [row.get(name) for row in self.objects]

    def payloads(self, kinds: Mapping[str, Kind]) -> list[dict[str, Any]]:
        """Return the objects as they are, without the other keys; null stays null."""
        return [{key: row[key] for key in row if key in kinds} for row in self.objects]


Batch: TypeAlias = ArrowBatch | ObjectBatch
"""Some consecutive rows of a table."""


def _value(kind: Kind, cell: Any) -> Any:
    if not isinstance(cell, str):
        return plain(cell)
    try:
        return parse_text(kind, cell)
    except ValueError:
        return cell
