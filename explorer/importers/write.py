"""Writes the good rows of a batch through the client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from qdrant_client import models

from explorer.importers.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from engine.ids import PointId
    from explorer.client import Client
    from explorer.importers.batches import Batch
    from explorer.importers.plan import ImportPlan
    from explorer.importers.vectors import BatchVectors

GEO_FIELD = "location"
"""The payload field that a latitude and a longitude column make."""


def write_rows(
    client: Client,
    plan: ImportPlan,
    batch: Batch,
    kept: Mapping[PointId, int],
    vectors: Mapping[str, BatchVectors],
) -> None:
    """Write rows of a batch (`kept`: positions by id); one that lacks a named vector has none."""
    payloads = _payloads(batch, plan)
    ids, rows = list(kept), np.fromiter(kept.values(), np.int64, len(kept))
    whole = np.all([_in_rows(found)[rows] for found in vectors.values()], axis=0)
    if whole.any():
        client.upload_collection(
            plan.collection,
            vectors=_matrices(vectors, rows[whole]),
            payload=[payloads[row] for row in rows[whole]],
            ids=[ids[place] for place in np.nonzero(whole)[0]],
            batch_size=len(rows),
            wait=True,
        )
    partial = [
        models.PointStruct(
            id=ids[place], vector=_named(vectors, int(rows[place])), payload=payloads[rows[place]]
        )
        for place in np.nonzero(~whole)[0]
    ]
    if partial:
        client.upsert(plan.collection, partial, wait=True)


def _in_rows(found: BatchVectors) -> NDArray[np.bool_]:
    """Whether each vector is a row of a matrix, bool (n,): those are written column by column."""
    return found.present if isinstance(found.X, np.ndarray) else np.zeros(len(found.X), np.bool_)


def _matrices(vectors: Mapping[str, BatchVectors], rows: NDArray[np.int64]) -> Any:
    """Return float32 (n, size) for the unnamed vector, else such a matrix by name."""
    named = {name: found.X[rows] for name, found in vectors.items()}
    return named.get("", named)


def _named(vectors: Mapping[str, BatchVectors], row: int) -> dict[str, Any]:
    return {name: found[row] for name, found in vectors.items() if found.present[row]}


def _payloads(batch: Batch, plan: ImportPlan) -> list[dict[str, Any]]:
    payloads = batch.payloads({column.name: column.kind for column in plan.payload})
    for column in plan.payload:
        if column.field:
            for payload in payloads:
                if column.name in payload:
                    payload[column.field] = payload.pop(column.name)
    if plan.coordinates:
        places = batch.payloads(dict.fromkeys(plan.coordinates, Kind.FLOAT))
        for payload, place in zip(payloads, places, strict=True):
            if location := _location(*(place.get(name) for name in plan.coordinates)):
                payload[GEO_FIELD] = location
    return payloads


def _location(lat: Any, lon: Any) -> dict[str, float] | None:
    """Return a geo point, or None where a coordinate is missing or not on Earth."""
    if not isinstance(lat, (int, float)) or not isinstance(lon, (int, float)):
        return None
    if abs(lat) > 90 or abs(lon) > 180:
        return None
    return {"lat": float(lat), "lon": float(lon)}
