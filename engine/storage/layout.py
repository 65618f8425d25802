"""Which logs hold a collection: points, payload, and one group per named vector.

Every row stands in `points`; ragged data (payload, sparse, multi) has `offsets` with one element
more than there are rows, the first of them 0. Files of vectors are numbered in the order of the
vectors' names, so that a name never becomes part of a path.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from engine.ids import ID_DTYPE
from engine.schema import CollectionConfig, VectorKind, VectorSpec
from engine.storage.logs import LogSpec
from engine.vectors import stored_dtype

if TYPE_CHECKING:
    from collections.abc import Iterator

POINT_DTYPE = np.dtype([("id", ID_DTYPE), ("version", "<u8")])
"""One row: the point's id and the number of the operation that wrote it."""

OFFSET_DTYPE: np.dtype[Any] = np.dtype("<u8")

POINTS = LogSpec("points", POINT_DTYPE)
PAYLOAD_OFFSETS = LogSpec("payload-offsets", OFFSET_DTYPE, offsets_into="payload")
PAYLOAD_BYTES = LogSpec("payload", np.dtype("u1"))


def log_specs(config: CollectionConfig) -> list[LogSpec]:
    """Return every log of a collection."""
    specs = [POINTS, PAYLOAD_OFFSETS, PAYLOAD_BYTES]
    for name, stem in vector_files(config).items():
        specs += _vector_logs(stem, config.vectors[name])
    return specs


def vector_files(config: CollectionConfig) -> dict[str, str]:
    """Return, by vector name, the stem that its files share."""
    return {name: f"vector-{number}" for number, name in enumerate(sorted(config.vectors))}


def _vector_logs(stem: str, spec: VectorSpec) -> Iterator[LogSpec]:
    yield LogSpec(f"{stem}-present", np.dtype("?"))
    if spec.kind is not VectorKind.DENSE:
        flat = "values" if spec.kind is VectorKind.SPARSE else "data"
        yield LogSpec(f"{stem}-offsets", OFFSET_DTYPE, offsets_into=f"{stem}-{flat}")
    if spec.kind is VectorKind.SPARSE:
        yield LogSpec(f"{stem}-indices", np.dtype("<u4"))
        yield LogSpec(f"{stem}-values", np.dtype("<f4"))
    else:
        yield LogSpec(f"{stem}-data", stored_dtype(spec), (spec.size,))
