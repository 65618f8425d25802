"""A layout: where each point of a collection stands on the map. It saves itself without pickle."""

from __future__ import annotations

import json
import os
import zipfile
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np

from engine.ids import decode_id, encode_ids

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from engine.ids import PointId

FORMAT = 2


class LayoutError(Exception):
    """A layout cannot be made or read; the message says what to do."""


class Method(StrEnum):
    """How the coordinates came to be."""

    PCA = "pca"
    UMAP = "umap"
    PAYLOAD = "payload"
    SHIPPED = "shipped"
    FORCE = "force"


class Standing(StrEnum):
    """How a point came to its place."""

    LAID_OUT = "laid out"
    GUESSED = "placed among its nearest neighbours"
    APART = "apart: it lacks the vector or the field"


@dataclass(frozen=True, eq=False)
class Quality:
    """How far a layout can be trusted.

    Attributes:
        trustworthiness: from 0 to 1; near 1 where neighbours on the map are neighbours by their
            vectors too.
        distortion: float32 (n,), for each point the share of its nearest on the map that are not
            among its nearest by vector; NaN where that was not measured.

    """

    trustworthiness: float
    distortion: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Layout:
    """Coordinates of points in map units: nearly all lie within -1..1 on each axis.

    Attributes:
        ids: point ids, in the order of the rows of `places`.
        places: float32 (n, 2), or (n, 3) in space.
        placed: bool (n,); False where a point lacks the vector (or field) and stands apart, below.
        marks: uint64 (n,), a hash of what each point was placed by. A point whose mark has changed
            needs a new place.
        method: how the coordinates were made.
        parameters: the method's settings, seed included: the same points give the same layout.
        guessed: bool (n,); True where a point was not laid out itself but placed among its nearest
            neighbours. None where no point was.
        quality: how far it can be trusted, where that was measured.

    """

    ids: tuple[PointId, ...]
    places: NDArray[np.float32]
    placed: NDArray[np.bool_]
    marks: NDArray[np.uint64]
    method: Method
    parameters: Mapping[str, str | int | float] = field(default_factory=dict)
    guessed: NDArray[np.bool_] | None = None
    quality: Quality | None = None

    @property
    def dimensions(self) -> int:
        """2 on a plane, 3 in space."""
        return int(self.places.shape[1])

    @property
    def xy(self) -> NDArray[np.float32]:
        """The first two coordinates, float32 (n, 2): a layout in space seen from the front."""
        return self.places[:, :2]

    @cached_property
    def key(self) -> str:
        """16 hex digits that change with points, coordinates, method or settings."""
        header = json.dumps([FORMAT, self.method, dict(self.parameters)], sort_keys=True)
        digest = blake2b(header.encode(), digest_size=8)
        for column in self._columns().values():
            digest.update(np.ascontiguousarray(column).tobytes())
        return digest.hexdigest()

    def standings(self) -> list[Standing]:
        """Return how each point came to its place."""
        guessed = self._guessed()
        return [
            (Standing.GUESSED if is_guessed else Standing.LAID_OUT) if is_placed else Standing.APART
            for is_placed, is_guessed in zip(self.placed.tolist(), guessed.tolist(), strict=True)
        ]

    def save(self, path: Path) -> None:
        """Write the layout to `path`, replacing what stood there in one step."""
        header = {"format": FORMAT, "method": self.method, "parameters": dict(self.parameters)}
        if self.quality:
            header["trustworthiness"] = self.quality.trustworthiness
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(f".{os.getpid()}.tmp")
        with draft.open("wb") as file:
            encoded = np.frombuffer(json.dumps(header).encode(), np.uint8)
            np.savez(file, allow_pickle=False, header=encoded, **self._columns())
        draft.replace(path)

    @classmethod
    def load(cls, path: Path) -> Layout:
        """Read a saved layout; LayoutError when the file is damaged or of another format."""
        try:
            with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
                header = json.loads(file["header"].tobytes())
                columns = {name: file[name] for name in file.files if name != "header"}
        except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile) as error:
            raise LayoutError(f"{path} is not a readable layout ({error}); delete it") from error
        if header.get("format") != FORMAT:
            raise LayoutError(f"{path} has format {header.get('format')}, not {FORMAT}; delete it")
        distortion = columns.pop("distortion", None)
        ids = tuple(decode_id(record) for record in columns.pop("ids"))
        return cls(
            ids,
            **columns,
            method=Method(header["method"]),
            parameters=header["parameters"],
            quality=None if distortion is None else Quality(header["trustworthiness"], distortion),
        )

    def _columns(self) -> dict[str, NDArray[np.generic]]:
        columns: dict[str, NDArray[np.generic]] = {
            "ids": self._id_records,
            "places": self.places,
            "placed": self.placed,
            "marks": self.marks,
        }
        if self.guessed is not None:
            columns["guessed"] = self.guessed
        if self.quality is not None:
            columns["distortion"] = self.quality.distortion
        return columns

    def _guessed(self) -> NDArray[np.bool_]:
        return np.zeros(len(self.ids), np.bool_) if self.guessed is None else self.guessed

    @cached_property
    def _id_records(self) -> NDArray[np.void]:
        return encode_ids(self.ids)
