"""Snapshots made of payload dicts alone, for tests of what reads payloads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from qdrant_client import models

from engine.ids import encode_ids
from engine.payload.indexes import parse_index
from engine.payload.view import PayloadView
from engine.schema import CollectionConfig, VectorKind, VectorSpec
from engine.snapshot import Snapshot
from engine.storage.id_rows import IdRows
from engine.vectors import DenseRows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from engine.ids import PointId
    from engine.payload.key_path import Payload


def payload_view(payloads: Sequence[Payload]) -> PayloadView:
    """Return a view of a fixed list."""
    return PayloadView(lambda rows: [payloads[row] for row in rows], len(payloads))


def snapshot_of(
    payloads: Sequence[Payload],
    *,
    ids: Iterable[PointId] | None = None,
    indexes: Mapping[str, models.PayloadSchemaParams | models.PayloadSchemaType | str]
    | None = None,
    with_vector: Sequence[bool] | None = None,
) -> Snapshot:
    """Return a snapshot whose row i has `payloads[i]`, and id i unless `ids` are given."""
    rows = len(payloads)
    live = np.ones(rows, np.bool_)
    spec = VectorSpec("v", VectorKind.DENSE, 1, models.Distance.DOT)
    present = live if with_vector is None else np.array(with_vector)
    vectors = DenseRows(spec, np.ones((rows, 1), np.float32), present)
    return Snapshot(
        name="c",
        config=CollectionConfig({"v": spec}),
        rows=rows,
        live=live,
        ids=IdRows(encode_ids(range(rows) if ids is None else ids), live),
        versions=np.zeros(rows, np.uint64),
        vectors={"v": vectors},
        payload=payload_view(payloads),
        indexes={
            index.path: index.info(points=0)
            for index in (parse_index(field, schema) for field, schema in (indexes or {}).items())
        },
    )
