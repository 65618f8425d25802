"""Which layout a collection shows: the stored one, else the shipped one, else PCA now."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING
from urllib.parse import quote

from explorer.layout.layout import Layout, Method
from explorer.layout.pca import pca
from explorer.layout.scaling import to_map_units
from explorer.layout.vectors import VectorTable, read_vectors

if TYPE_CHECKING:
    from pathlib import Path

    from qdrant_client import QdrantClient


def layout_for(client: QdrantClient, collection: str, using: str, folder: Path | None) -> Layout:
    """Return the layout of a collection by its vector `using`; `""` is the unnamed one.

    `folder` is where layouts are stored; None stores and finds nothing.
    Raises LayoutError when there is no vector of that name.
    """
    table = read_vectors(client, collection, using)
    stored = _stored(folder, collection, using)
    if stored is not None and stored.ids == table.ids and (stored.marks == table.marks()).all():
        return stored
    return pca_layout(table)


def pca_layout(table: VectorTable, seed: int = 0) -> Layout:
    """Return the PCA layout of a table of vectors."""
    xy = to_map_units(pca(table.X, seed), table.present)
    return Layout(table.ids, xy, table.present, table.marks(), Method.PCA, {"seed": seed})


def store(layout: Layout, collection: str, using: str, folder: Path) -> None:
    """Make `layout` the one that `layout_for` returns from now on."""
    layout.save(_path(folder, collection, using))


def forget(collection: str, folder: Path) -> None:
    """Remove the stored layouts of a collection."""
    for path in folder.glob(f"{_stem(collection)}.*.npz"):
        path.unlink(missing_ok=True)


def _stored(folder: Path | None, collection: str, using: str) -> Layout | None:
    if folder is None or not (path := _path(folder, collection, using)).exists():
        return None
    return Layout.load(path)


def _path(folder: Path, collection: str, using: str) -> Path:
    return folder / f"{_stem(collection)}.{_digest(using)}.npz"


def _stem(collection: str) -> str:
    """Return a file name that starts readably and differs for every collection name."""
    return f"{quote(collection, safe='')[:60].replace('%', '_')}-{_digest(collection)}"


def _digest(name: str) -> str:
    return blake2b(name.encode(), digest_size=6).hexdigest()
