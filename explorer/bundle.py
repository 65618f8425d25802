"""One bundled data set: its card and its files.

A set is a folder: a card (`card.json`), the payload (one JSON object a line; the line number is the
point's id), one file a vector in `vectors/`, the map (`layout.npy`), and in `projections/` how a
vector was made from those of the sentence encoder, where it was.
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
from explorer.projection import Projection

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


@dataclass(frozen=True, slots=True, eq=False)
class MultiColumn:
    """The multivectors of a set: point i has the rows offsets[i]..offsets[i + 1], float32."""

    offsets: NDArray[np.uint32]
    data: NDArray[np.float32]

    def __len__(self) -> int:
        """Return the number of multivectors."""
        return len(self.offsets) - 1

    def batch(self, start: int, stop: int) -> list[list[list[float]]]:
        """Return those of points start..stop as a request carries them."""
        bounds = self.offsets[start : stop + 1].tolist()
        return [self.data[first:last].tolist() for first, last in pairwise(bounds)]


Column: TypeAlias = DenseColumn | SparseColumn | MultiColumn


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
        return {name: self._filled(name, wanted) for name, wanted in self.parameters().items()} | {
            name: self._sparse(name) for name in self.card.collection.sparse_vectors or {}
        }

    def parameters(self) -> dict[str, models.VectorParams]:
        """Return those of the dense vectors and multivectors by name, `""` for the unnamed."""
        vectors = self.card.collection.vectors or {}
        return {"": vectors} if isinstance(vectors, models.VectorParams) else vectors

    def layout(self) -> NDArray[np.float32]:
        """Return the map coordinates of each point, float32 (points, 2); raises SetDamaged."""
        path = self.folder / "layout.npy"
        table = _table(path, columns=2)
        self._expect(path, len(table), "rows")
        return table.astype(np.float32, copy=False)

    def projection(self, name: str) -> Projection:
        """Return what makes the vector `name` from sentence or token vectors; raises SetDamaged."""
        path = self.folder / "projections" / f"{name}.npy"
        return Projection(_table(path, columns=self.parameters()[name].size))

    def _filled(self, name: str, wanted: models.VectorParams) -> DenseColumn | MultiColumn:
        """Read vectors; those stored as int8 are multiplied by the scale of their dimension."""
        path = self.folder / "vectors" / f"{name or UNNAMED}.npy"
        data = _table(path, columns=wanted.size)
        if data.dtype == np.int8:
            data = data * _read(path.with_suffix(".scale.npy"))
        data = data.astype(np.float32, copy=False)
        if wanted.multivector_config is None:
            self._expect(path, len(data), "rows")
            return DenseColumn(data)
        return MultiColumn(self._offsets(path.with_suffix(".offsets.npy"), len(data)), data)

    def _offsets(self, path: Path, rows: int) -> NDArray[np.uint32]:
        """Read where the rows of each point begin; the last number is that of all rows."""
        offsets = _read(path)
        self._expect(path, offsets.size - 1, "points")
        if offsets[0] != 0 or offsets[-1] != rows or (np.diff(offsets.astype(np.int64)) < 1).any():
            raise SetDamaged(path, f"its numbers do not rise from 0 to {rows}")
        return offsets

    def _sparse(self, name: str) -> SparseColumn:
        path = self.folder / "vectors" / f"{name}.npz"
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
                column = SparseColumn(arrays["offsets"], arrays["indices"], arrays["values"])
        except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
            raise SetDamaged(path, error) from error
        self._expect(path, len(column), "rows")
        return column

    def _expect(self, path: Path, found: int, what: str) -> None:
        if found != self.card.points:
            raise SetDamaged(path, f"it has {found} {what}, the card says {self.card.points}")


def _table(path: Path, columns: int) -> NDArray[Any]:
    table = _read(path)
    if table.ndim != 2 or table.shape[1] != columns:
        raise SetDamaged(path, f"its shape is {table.shape}, not (rows, {columns})")
    if not np.isfinite(table).all():
        raise SetDamaged(path, "it holds numbers that are not finite")
    return table


def _read(path: Path) -> NDArray[Any]:
    try:
        array: NDArray[Any] = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise SetDamaged(path, error) from error
    return array
