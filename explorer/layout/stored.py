"""Which layout a collection shows: the stored one, else the shipped one, else PCA now."""

from __future__ import annotations

import logging
from dataclasses import asdict, replace
from hashlib import blake2b
from typing import TYPE_CHECKING
from urllib.parse import quote

import numpy as np

from explorer import catalog
from explorer.hints import read_hints
from explorer.layout.layout import Layout, LayoutError, Method
from explorer.layout.neighbours import comparable, nearest_neighbours, nearest_of
from explorer.layout.pca import pca, reduced
from explorer.layout.scaling import to_map_units
from explorer.layout.vectors import VectorTable, read_vectors

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray
    from qdrant_client.models import Distance

    from explorer.client import Client
    from explorer.jobs import Report, Stopped
    from explorer.layout.settings import Settings

_log = logging.getLogger(__name__)

NEW_SHARE = 0.5
"""A stored layout that knows a smaller share of the points than this is not used."""

PLACING_NEIGHBOURS = 5
"""Known points that a new point is placed among."""


def layout_for(
    client: Client,
    collection: str,
    using: str,
    folder: Path | None,
    report: Report | None = None,
    stopped: Stopped | None = None,
) -> Layout:
    """Return the layout of a collection by its vector `using`; `""` is the unnamed one.

    A stored or shipped layout also serves after points came and went: known points keep their
    places and new ones are placed among their nearest known neighbours. `folder` is where layouts
    are stored; None stores and finds nothing.
    Raises LayoutError when there is no vector of that name, Cancelled when stopped.
    """
    table = read_vectors(client, collection, using, report, stopped)
    known = _stored(folder, collection, using) or _shipped(client, collection, using, table)
    return (known and _fitted(known, table)) or pca_layout(table)


def pca_layout(table: VectorTable, seed: int = 0) -> Layout:
    """Return the PCA layout of a table of vectors."""
    xy = to_map_units(_principal(table, seed), table.present)
    return Layout(table.ids, xy, table.present, table.marks(), Method.PCA, {"seed": seed})


def umap_layout(table: VectorTable, settings: Settings, report: Report, stopped: Stopped) -> Layout:
    """Return the UMAP layout of a table of vectors; a long job, unlike PCA.

    Sparse vectors are first reduced to 64 dimensions. Raises Cancelled when stopped.
    """
    from explorer.layout.umap import optimise  # noqa: PLC0415 - numba is slow to import

    rows = np.nonzero(table.present)[0]
    count = min(settings.neighbours, len(rows) - 1)
    xy = _principal(table, settings.seed)
    if count >= 1:
        X = reduced(table.X[rows], settings.seed)
        neighbours = nearest_neighbours(X, count, table.distance, report, stopped)
        xy[rows] = optimise(xy[rows], neighbours, settings, report, stopped)
    units = to_map_units(xy, table.present)
    return Layout(table.ids, units, table.present, table.marks(), Method.UMAP, asdict(settings))


def _principal(table: VectorTable, seed: int) -> NDArray[np.float32]:
    xy = np.zeros((len(table.ids), 2), np.float32)
    xy[table.present] = pca(table.X[table.present], seed)
    return xy


def _fitted(known: Layout, table: VectorTable) -> Layout | None:
    """Return `known` for exactly the points of the table; None when it knows too few of them."""
    marks = table.marks()
    if known.ids == table.ids and np.array_equal(known.marks, marks):
        return known
    if not known.ids:
        return None
    places = {point: place for place, point in enumerate(known.ids)}
    place = np.array([places.get(point, -1) for point in table.ids], np.int64)
    kept = (place >= 0) & known.placed[place] & (known.marks[place] == marks)
    if kept.sum() < NEW_SHARE * max(table.present.sum(), 1):
        return None
    xy = np.where(kept[:, None], known.xy[place], 0).astype(np.float32)
    new = table.present & ~kept
    if new.any():
        X = comparable(reduced(table.X), table.distance)
        xy[new] = _among(X[new], X[kept], xy[kept], table.distance)
    xy[~table.present] = to_map_units(xy, table.present)[~table.present]
    return replace(known, ids=table.ids, xy=xy, placed=table.present, marks=marks)


def _among(
    Q: NDArray[np.float32], X: NDArray[np.float32], xy: NDArray[np.float32], distance: Distance
) -> NDArray[np.float32]:
    """Return places for new rows Q: nearest known rows pull the most."""
    count = min(PLACING_NEIGHBOURS, len(X))
    rows, distances = nearest_of(Q, X, count, distance)
    weights = 1 / (distances + distances.mean() * 1e-3 + 1e-12)
    weights /= weights.sum(axis=1, keepdims=True)
    placed: NDArray[np.float32] = np.einsum("ij,ijk->ik", weights, xy[rows]).astype(np.float32)
    return placed


def _shipped(client: Client, collection: str, using: str, table: VectorTable) -> Layout | None:
    """Return the layout that a bundled set brings along for its first vector."""
    hints = read_hints(client.get_collection(collection).config.metadata)
    if collection not in catalog.ORDER or hints != catalog.find(collection).card.hints:
        return None
    if using != (hints.vector or ""):
        return None
    numbers, xy = catalog.layout(collection)
    shipped = dict(zip(numbers.tolist(), xy, strict=True))
    placed = np.array([point in shipped for point in table.ids], bool)
    nowhere = np.zeros(2, np.float32)
    coordinates = np.array([shipped.get(point, nowhere) for point in table.ids]).reshape(-1, 2)
    units = to_map_units(coordinates, placed)
    return Layout(table.ids, units, placed, table.marks(), Method.SHIPPED)


def lay_out_by_umap(
    client: Client,
    collection: str,
    using: str,
    settings: Settings,
    folder: Path,
    report: Report,
    stopped: Stopped,
) -> Layout:
    """Read the vectors, lay them out by UMAP and store the layout: the whole background job."""
    table = read_vectors(client, collection, using, report, stopped)
    layout = umap_layout(table, settings, report, stopped)
    store(layout, collection, using, folder)
    return layout


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
    try:
        return Layout.load(path)
    except LayoutError as error:
        _log.warning("%s", error)
        return None


def _path(folder: Path, collection: str, using: str) -> Path:
    return folder / f"{_stem(collection)}.{_digest(using)}.npz"


def _stem(collection: str) -> str:
    """Return a file name that starts readably and differs for every collection name."""
    return f"{quote(collection, safe='')[:60].replace('%', '_')}-{_digest(collection)}"


def _digest(name: str) -> str:
    return blake2b(name.encode(), digest_size=6).hexdigest()
