"""Which layout a collection shows: the stored one, else the shipped one, else PCA now."""

from __future__ import annotations

import logging
from dataclasses import replace
from hashlib import blake2b
from typing import TYPE_CHECKING
from urllib.parse import quote

import numpy as np

from explorer import catalog
from explorer.hints import read_hints
from explorer.layout.coordinates import coordinates_layout
from explorer.layout.layout import Layout, LayoutError, Method
from explorer.layout.methods import pca_layout, umap_layout
from explorer.layout.pca import reduced
from explorer.layout.placement import placement
from explorer.layout.quality import measured
from explorer.layout.scaling import to_map_units
from explorer.layout.settings import LAID_OUT
from explorer.layout.vectors import VectorTable, read_vectors

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from explorer.client import Client
    from explorer.jobs import Report, Stopped
    from explorer.layout.recipe import Recipe
    from explorer.layout.umap import Show
    from explorer.neighbours import Neighbours

_log = logging.getLogger(__name__)

NEW_SHARE = 0.5
"""A stored layout that knows a smaller share of the points than this is not used."""

MADE = "made"
"""The folder, among the stored layouts, of what was made: another look at it is free."""

MOST_MADE = 12
"""Layouts of a collection that are kept there."""


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


def _fitted(known: Layout, table: VectorTable) -> Layout | None:
    """Return `known` for exactly the points of the table; None when it knows too few of them."""
    marks = table.marks()
    if known.ids == table.ids and np.array_equal(known.marks, marks):
        return known
    if not known.ids:
        return None
    by_id = {point: place for place, point in enumerate(known.ids)}
    place = np.array([by_id.get(point, -1) for point in table.ids], np.int64)
    kept = (place >= 0) & known.placed[place] & (known.marks[place] == marks)
    if kept.sum() < NEW_SHARE * max(table.present.sum(), 1):
        return None
    guessed = _known_guesses(known)[place] & kept
    places = np.where(kept[:, None], known.places[place], 0).astype(np.float32)
    new = table.present & ~kept
    if new.any():
        X = reduced(table.X)
        pulls = placement(X, np.flatnonzero(new), np.flatnonzero(kept), table.distance)
        places[new] = pulls.among(places[kept])
        guessed[new] = True
    places[~table.present] = to_map_units(places, table.present)[~table.present]
    quality = known.quality and replace(
        known.quality, distortion=np.where(kept, known.quality.distortion[place], np.nan)
    )
    return replace(
        known,
        ids=table.ids,
        places=places,
        placed=table.present,
        marks=marks,
        guessed=guessed if guessed.any() else None,
        quality=quality,
    )


def _known_guesses(known: Layout) -> NDArray[np.bool_]:
    return np.zeros(len(known.ids), np.bool_) if known.guessed is None else known.guessed


def _shipped(client: Client, collection: str, using: str, table: VectorTable) -> Layout | None:
    """Return the layout that a bundled set brings along for its first vector.

    The collection's hints name the set, whatever the collection is called.
    """
    hints = read_hints(client.get_collection(collection).config.metadata)
    if hints.layout not in catalog.ORDER or using != (hints.vector or ""):
        return None
    numbers, xy = catalog.layout(hints.layout)
    shipped = dict(zip(numbers.tolist(), xy, strict=True))
    rows = [row for row, point in enumerate(table.ids) if point in shipped]
    ids = tuple(table.ids[row] for row in rows)
    placed = table.present[rows]
    coordinates = np.array([shipped[point] for point in ids], np.float32).reshape(-1, 2)
    units = to_map_units(coordinates, placed)
    return Layout(ids, units, placed, table.marks()[rows], Method.SHIPPED)


def lay_out(
    client: Client,
    collection: str,
    recipe: Recipe,
    folder: Path,
    report: Report,
    stopped: Stopped,
    show: Show | None = None,
    matrix: Neighbours | None = None,
) -> Layout:
    """Make a layout and store it as the one that `layout_for` returns: the whole background job.

    What was made before of the same vectors by the same recipe is found again at once.

    Args:
        client: where the points are.
        collection: its name.
        recipe: vector, method and settings.
        folder: where layouts are stored.
        report: told what is done.
        stopped: asked between steps.
        show: given the places as they move; UMAP only.
        matrix: lay out these points by their distances, see `umap_layout`.

    Raises:
        LayoutError: there is no such vector or field, or points of the matrix have gone.
        Cancelled: `stopped` said so.

    """
    table = read_vectors(client, collection, recipe.using, report, stopped)
    made = folder / MADE / f"{_stem(collection)}.{_content(table, recipe, matrix)}.npz"
    layout = _read(made)
    if layout is None or layout.ids != table.ids:
        layout = _made(client, collection, recipe, table, report, stopped, show, matrix)
        if recipe.method is not Method.PAYLOAD:  # whose payload may change while vectors stay
            layout.save(made)
            _prune(made.parent, collection)
    store(layout, collection, recipe.using, folder)
    return layout


def _made(
    client: Client,
    collection: str,
    recipe: Recipe,
    table: VectorTable,
    report: Report,
    stopped: Stopped,
    show: Show | None,
    matrix: Neighbours | None,
) -> Layout:
    settings = recipe.settings
    if recipe.method is Method.UMAP:
        return umap_layout(table, settings, report, stopped, show, matrix)
    if recipe.method is Method.PAYLOAD:
        layout = coordinates_layout(client, collection, recipe.fields, table)
    else:
        layout = pca_layout(table, settings.seed, settings.dimensions)
    both = np.flatnonzero(layout.placed & table.present)
    if not 0 < len(both) <= LAID_OUT:
        return layout
    X, places = reduced(table.X[both]), layout.places[both]
    quality = measured(X, places, table.distance, report, stopped, settings.seed)
    if quality is None:
        return layout
    distortion = np.full(len(table.ids), np.nan, np.float32)
    distortion[both] = quality.distortion
    return replace(layout, quality=replace(quality, distortion=distortion))


def _content(table: VectorTable, recipe: Recipe, matrix: Neighbours | None) -> str:
    """Return 16 hex digits that change with the vectors, the recipe or the matrix."""
    digest = blake2b(repr((recipe, table.distance)).encode(), digest_size=8)
    digest.update(table.marks().tobytes())
    if matrix is not None:
        digest.update(repr(matrix.ids).encode())
        digest.update(matrix.indices.tobytes())
        digest.update(matrix.scores.tobytes())
    return digest.hexdigest()


def _prune(folder: Path, collection: str) -> None:
    """Remove all but the latest layouts that were made of a collection."""
    made = sorted(folder.glob(f"{_stem(collection)}.*.npz"), key=lambda path: path.stat().st_mtime)
    for path in made[:-MOST_MADE]:
        path.unlink(missing_ok=True)


def store(layout: Layout, collection: str, using: str, folder: Path) -> None:
    """Make `layout` the one that `layout_for` returns from now on."""
    layout.save(_path(folder, collection, using))


def forget(collection: str, folder: Path) -> None:
    """Remove all layouts of a collection."""
    name = f"{_stem(collection)}.*.npz"
    for path in (*folder.glob(name), *(folder / MADE).glob(name)):
        path.unlink(missing_ok=True)


def _stored(folder: Path | None, collection: str, using: str) -> Layout | None:
    return None if folder is None else _read(_path(folder, collection, using))


def _read(path: Path) -> Layout | None:
    """Return a layout, or None where there is none that can be read."""
    if not path.exists():
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
