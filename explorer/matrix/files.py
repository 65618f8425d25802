"""A distance matrix as a file."""

from __future__ import annotations

import io
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from pyarrow import parquet

if TYPE_CHECKING:
    from explorer.matrix.matrix import Matrix


class MatrixFormat(StrEnum):
    """A kind of file."""

    PAIRS = "pairs.json"
    OFFSETS = "offsets.json"
    NPZ = "npz"
    PARQUET = "parquet"


def write_matrix(matrix: Matrix, wanted: MatrixFormat) -> bytes:
    """Return the matrix as the content of a file.

    Pairs and offsets are the JSON of the two formats of the API. The npz is what
    `scipy.sparse.load_npz` reads, with the ids beside it as text in `ids`. Parquet has a row for
    each cell: a, b, score.
    """
    match wanted:
        case MatrixFormat.PAIRS:
            return matrix.to_pairs().model_dump_json().encode()
        case MatrixFormat.OFFSETS:
            return matrix.to_offsets().model_dump_json().encode()
        case MatrixFormat.NPZ:
            return _npz(matrix)
        case MatrixFormat.PARQUET:
            return _parquet(matrix)


def _npz(matrix: Matrix) -> bytes:
    """Return the arrays of `scipy.sparse.save_npz` for a coo array, and the ids."""
    rows, columns, scores = matrix.cells
    file = io.BytesIO()
    np.savez_compressed(
        file,
        row=rows.astype(np.int32),
        col=columns.astype(np.int32),
        data=scores,
        shape=np.array([len(matrix), len(matrix)]),
        format=np.array(b"coo"),
        _is_array=np.array(True),
        ids=np.array([str(point) for point in matrix.neighbours.ids]),
    )
    return file.getvalue()


def _parquet(matrix: Matrix) -> bytes:
    rows, columns, scores = matrix.cells
    ids = matrix.neighbours.ids
    are_numbers = all(isinstance(point, int) for point in ids)
    names = pa.array(
        ids if are_numbers else [str(point) for point in ids],
        pa.uint64() if are_numbers else pa.string(),
    )
    table = pa.table(
        {"a": names.take(pa.array(rows)), "b": names.take(pa.array(columns)), "score": scores}
    )
    file = io.BytesIO()
    parquet.write_table(table, file)
    return file.getvalue()
