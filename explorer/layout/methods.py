"""The ways to lay out a table of vectors: PCA at once, UMAP epoch by epoch."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np

from explorer.layout.layout import Layout, Method
from explorer.layout.pca import pca
from explorer.layout.sample import drawn, of_matrix
from explorer.layout.scaling import to_map_units

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from explorer.jobs import Report, Stopped
    from explorer.layout.settings import Settings
    from explorer.layout.umap import Show
    from explorer.layout.vectors import VectorTable
    from explorer.neighbours import Neighbours


def pca_layout(table: VectorTable, seed: int = 0, dimensions: int = 2) -> Layout:
    """Return the PCA layout of a table of vectors."""
    places = to_map_units(_principal(table, seed, dimensions), table.present)
    settings = {"seed": seed, "dimensions": dimensions}
    return Layout(table.ids, places, table.present, table.marks(), Method.PCA, settings)


def umap_layout(
    table: VectorTable,
    settings: Settings,
    report: Report,
    stopped: Stopped,
    show: Show | None = None,
    matrix: Neighbours | None = None,
) -> Layout:
    """Return the UMAP layout of a table of vectors; a long job, unlike PCA.

    Above `settings.sample` points a sample is laid out, and the others are placed among their
    nearest neighbours of it. Sparse vectors are first reduced to 64 dimensions.

    Args:
        table: the vectors.
        settings: what shapes the layout.
        report: told what is done, and every epoch.
        stopped: asked every epoch.
        show: given the places of all points, in map units, as they move.
        matrix: lay out its points, by its distances, instead of a sample of all.

    Raises:
        LayoutError: points of the matrix have gone since.
        Cancelled: `stopped` said so.

    """
    from explorer.layout.umap import optimise  # noqa: PLC0415 - numba is slow to import

    start = _principal(table, settings.seed, settings.dimensions)
    if matrix is None:
        sample = drawn(table, settings, report, stopped)
    else:
        sample = of_matrix(table, matrix, settings, report, stopped)
    if sample is None:
        places, guessed, quality = to_map_units(start, table.present), None, None
    else:
        on_move = None if show is None else lambda moved: show(sample.around(moved))
        moved = optimise(start[sample.rows], sample.nearest, settings, report, stopped, on_move)
        places, guessed = sample.around(moved), sample.guessed
        quality = sample.quality(moved, settings.seed, report, stopped)
    return Layout(
        ids=table.ids,
        places=places,
        placed=table.present,
        marks=table.marks(),
        method=Method.UMAP,
        parameters=asdict(settings),
        guessed=guessed,
        quality=quality,
    )


def _principal(table: VectorTable, seed: int, dimensions: int) -> NDArray[np.float32]:
    """Return principal components (n, dimensions), zeros for points without the vector."""
    places = np.zeros((len(table.ids), dimensions), np.float32)
    everyone = table.present.all()
    places[table.present] = pca(table.X if everyone else table.X[table.present], seed, dimensions)
    return places
