"""One bundled data set: its card and its files.

A set is a folder: a card (`card.json`), the payload (one JSON object a line; the line number is the
point's id), one file a vector in `vectors/`, and the map (`layout.npy`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeAlias
from zipfile import BadZipFile

import numpy as np
from pydantic import TypeAdapter
from pydantic.dataclasses import dataclass as validated
from qdrant_client import models

from explorer.hints import Hints  # noqa: TC001  pydantic reads it at run time

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

UNNAMED = "unnamed"
"""The file name, without its suffix, of a vector that has no name."""


class CatalogError(Exception):
    """Base of what goes wrong with a bundled set; the message says what to do."""


class SetDamaged(CatalogError):
    """A file of a set is missing, unreadable, or does not fit the card."""

    def __init__(self, path: Path, reason: object) -> None:
        super().__init__(
            f"The bundled file {path} is damaged: {reason}. Restore it from the repository."
        )


@dataclass(frozen=True, slots=True, eq=False)
class DenseColumn:
    """The dense vectors of a set: float32 (n, dim)."""

    data: NDArray[np.float32]

    def __len__(self) -> int:
        """Return the number of vectors."""
        return len(self.data)

    def batch(self, start: int, stop: int) -> list[list[float]]:
        """Return rows start..stop as a request carries them."""
        rows: list[list[float]] = self.data[start:stop].tolist()
        return rows


@dataclass(frozen=True, slots=True, eq=False)
class SparseColumn:
    """The sparse vectors of a set: row i holds indices and values offsets[i]..offsets[i + 1]."""

    offsets: NDArray[np.uint32]
    indices: NDArray[np.uint32]
    values: NDArray[np.float32]

    def __len__(self) -> int:
        """Return the number of vectors."""
        return len(self.offsets) - 1

    def batch(self, start: int, stop: int) -> list[models.SparseVector]:
        """Return rows start..stop as a request carries them."""
        bounds = self.offsets[start : stop + 1].tolist()
        return [
            models.SparseVector(
                indices=self.indices[first:last].tolist(), values=self.values[first:last].tolist()
            )
            for first, last in pairwise(bounds)
        ]


Column: TypeAlias = DenseColumn | SparseColumn


@validated(frozen=True, slots=True)
class Card:
    """What `card.json` says.

    Attributes:
        title: the set's name for readers.
        summary: what it is and what it teaches, in a sentence or two.
        points: how many there are; their ids are 0..points-1.
        source: where the data come from.
        licence: under what terms.
        collection: the request that makes the collection.
        indexes: the payload indexes to make.
        hints: how to look at it.

    """

    title: str
    summary: str
    points: int
    source: str
    licence: str
    collection: models.CreateCollection
    indexes: tuple[models.CreateFieldIndex, ...]
    hints: Hints


_CARD = TypeAdapter(Card)


@dataclass(frozen=True, slots=True)
class BundledSet:
    """A card and the folder it describes.

    Attributes:
        name: of the folder, and of the collection that the set becomes.

    """

    name: str
    folder: Path
    card: Card

    @classmethod
    def read(cls, folder: Path) -> BundledSet:
        """Read the card in `folder`; raises SetDamaged."""
        path = folder / "card.json"
        try:
            return cls(folder.name, folder, _CARD.validate_json(path.read_bytes()))
        except (OSError, ValueError) as error:
            raise SetDamaged(path, error) from error

    def payload(self) -> list[dict[str, Any]]:
        """Return the payload of each point; raises SetDamaged."""
        path = self.folder / "payload.jsonl"
        try:
            with path.open(encoding="utf-8") as lines:
                payload = [json.loads(line) for line in lines]
        except (OSError, ValueError) as error:
            raise SetDamaged(path, error) from error
        self._expect(path, len(payload), "lines")
        return payload

    def vectors(self) -> dict[str, Column]:
        """Return the vectors by name, `""` for the unnamed; raises SetDamaged."""
        return {name: self._dense(name, size) for name, size in self._sizes().items()} | {
            name: self._sparse(name) for name in self.card.collection.sparse_vectors or {}
        }

    def layout(self) -> NDArray[np.float32]:
        """Return the map coordinates of each point, float32 (points, 2); raises SetDamaged."""
        path = self.folder / "layout.npy"
        return self._table(path, columns=2).astype(np.float32, copy=False)

    def _sizes(self) -> dict[str, int]:
        dense = self.card.collection.vectors or {}
        named = {"": dense} if isinstance(dense, models.VectorParams) else dense
        return {name: parameters.size for name, parameters in named.items()}

    def _dense(self, name: str, size: int) -> DenseColumn:
        """Read vectors; numbers of one byte are multiplied by the scale of their dimension."""
        path = self.folder / "vectors" / f"{name or UNNAMED}.npy"
        table = self._table(path, columns=size)
        scale = path.with_suffix(".scale.npy")
        if scale.exists():
            return DenseColumn(table * _read(scale))
        return DenseColumn(table.astype(np.float32, copy=False))

    def _table(self, path: Path, columns: int) -> NDArray[Any]:
        table = _read(path)
        if table.ndim != 2 or table.shape[1] != columns:
            raise SetDamaged(
                path, f"its shape is {table.shape}, not ({self.card.points}, {columns})"
            )
        self._expect(path, len(table), "rows")
        if not np.isfinite(table).all():
            raise SetDamaged(path, "it holds numbers that are not finite")
        return table

    def _sparse(self, name: str) -> SparseColumn:
        path = self.folder / "vectors" / f"{name}.npz"
        try:
            with np.load(path, allow_pickle=False) as arrays:
                column = SparseColumn(arrays["offsets"], arrays["indices"], arrays["values"])
        except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
            raise SetDamaged(path, error) from error
        self._expect(path, len(column), "rows")
        return column

    def _expect(self, path: Path, found: int, what: str) -> None:
        if found != self.card.points:
            raise SetDamaged(path, f"it has {found} {what}, the card says {self.card.points}")


def _read(path: Path) -> NDArray[Any]:
    try:
        array: NDArray[Any] = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise SetDamaged(path, error) from error
    return array
