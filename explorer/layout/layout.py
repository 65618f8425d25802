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

FORMAT = 1


class LayoutError(Exception):
    """A layout cannot be made or read; the message says what to do."""


class Method(StrEnum):
    """How the coordinates came to be."""

    PCA = "pca"
    UMAP = "umap"
    PAYLOAD = "payload"
    SHIPPED = "shipped"
    FORCE = "force"


@dataclass(frozen=True, eq=False)
class Layout:
    """Coordinates of points in map units: nearly all lie within -1..1 on both axes.

    Attributes:
        ids: point ids, in the order of the rows of `xy`.
        xy: float32 (n, 2).
        placed: bool (n,); False where a point lacks the vector (or field) and stands apart, below.
        marks: uint64 (n,), a hash of what each point was placed by. A point whose mark has changed
            needs a new place.
        method: how the coordinates were made.
        parameters: the method's settings, seed included: the same points give the same layout.

    """

    ids: tuple[PointId, ...]
    xy: NDArray[np.float32]
    placed: NDArray[np.bool_]
    marks: NDArray[np.uint64]
    method: Method
    parameters: Mapping[str, str | int | float] = field(default_factory=dict)

    @cached_property
    def key(self) -> str:
        """16 hex digits that change with points, coordinates, method or settings."""
        header = json.dumps([FORMAT, self.method, dict(self.parameters)], sort_keys=True)
        digest = blake2b(header.encode(), digest_size=8)
        for column in (self._id_records, self.xy, self.placed, self.marks):
            digest.update(np.ascontiguousarray(column).tobytes())
        return digest.hexdigest()

    def save(self, path: Path) -> None:
        """Write the layout to `path`, replacing what stood there in one step."""
        header = {"format": FORMAT, "method": self.method, "parameters": dict(self.parameters)}
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(f".{os.getpid()}.tmp")
        with draft.open("wb") as file:
            np.savez(
                file,
                header=np.frombuffer(json.dumps(header).encode(), np.uint8),
                ids=self._id_records,
                xy=self.xy,
                placed=self.placed,
                marks=self.marks,
            )
        draft.replace(path)

    @classmethod
    def load(cls, path: Path) -> Layout:
        """Read a saved layout; LayoutError when the file is damaged or of a later format."""
        try:
            with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
                header = json.loads(file["header"].tobytes())
                columns = {name: file[name] for name in ("xy", "placed", "marks")}
                ids = tuple(decode_id(record) for record in file["ids"])
        except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile) as error:
            raise LayoutError(f"{path} is not a readable layout ({error}); delete it") from error
        if header.get("format") != FORMAT:
            raise LayoutError(f"{path} has format {header.get('format')}, not {FORMAT}; delete it")
        return cls(ids, **columns, method=Method(header["method"]), parameters=header["parameters"])

    @cached_property
    def _id_records(self) -> NDArray[np.void]:
        return encode_ids(self.ids)
