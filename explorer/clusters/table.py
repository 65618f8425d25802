"""Clusters as a table to download: which point is in which."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np

from explorer.clusters.ground import NOISE
from explorer.export import ExportFormat

if TYPE_CHECKING:
    import pyarrow as pa

    from explorer.clusters.portrait import Clusters


def assignments(clusters: Clusters, cluster: int | None = None) -> pa.Table:
    """Return a row for each point: id, number and name of its cluster, closeness to the centroid.

    `cluster` gives only the points of one. Noise has no number, name or closeness. Ids are text
    where some are UUIDs.
    """
    import pyarrow as pa  # noqa: PLC0415 - slow to import

    labels = clusters.labels
    rows = np.arange(len(labels)) if cluster is None else np.flatnonzero(labels == cluster)
    ids = clusters.sample.chosen(rows)
    if any(isinstance(point, str) for point in ids):
        ids = tuple(map(str, ids))
    called = {portrait.cluster: portrait.name for portrait in clusters.portraits}
    noise = labels[rows] == NOISE
    return pa.table(
        {
            "id": pa.array(ids, pa.uint64() if ids and isinstance(ids[0], int) else pa.string()),
            "cluster": pa.array(labels[rows], pa.int32(), mask=noise),
            "name": pa.array([called.get(label) for label in labels[rows].tolist()], pa.string()),
            "closeness": pa.array(clusters.centres.closeness[rows], pa.float32(), mask=noise),
        }
    )


def written(table: pa.Table, form: ExportFormat) -> bytes:
    """Return a table as a Parquet or CSV file; raises ValueError for another format."""
    from pyarrow import csv, parquet  # noqa: PLC0415 - slow to import

    writers = {ExportFormat.PARQUET: parquet.write_table, ExportFormat.CSV: csv.write_csv}
    if form not in writers:
        raise ValueError(f"clusters are written as Parquet or CSV, not as {form.value}")
    sink = BytesIO()
    writers[form](table, sink)
    return sink.getvalue()
