"""Rows become what responses carry: ids, payloads and vectors, fetched for the survivors only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from qdrant_client import models

from engine.arguments import KINDS
from engine.payload.selector import everything, payload_selection
from engine.query.resolve import vector_rows
from engine.trusted import filled, trusted

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from engine.query.candidates import Candidates
    from engine.snapshot import Snapshot

WithPayload: TypeAlias = "models.WithPayloadInterface | None"
WithVectors: TypeAlias = bool | Sequence[str] | None
ShownVector: TypeAlias = Any
"""A list for an unnamed vector, else a dict by name: models.VectorStructOutput."""

_GIVEN = frozenset(models.ScoredPoint.model_fields) - {"shard_key"}


def scored_points(
    snapshot: Snapshot,
    found: Candidates,
    with_payload: WithPayload,
    with_vectors: WithVectors,
    *,
    versions: bool = True,
) -> list[models.ScoredPoint]:
    """Return candidates as ScoredPoints, in their order.

    Args:
        snapshot: the searched state.
        found: rows and scores.
        with_payload: which payload, None for none.
        with_vectors: which vectors, None for none.
        versions: whether points carry their version, else 0, as results that nothing scored do.

    Raises:
        WrongInput: `with_vectors` names a vector that the collection does not have.

    """
    rows = found.rows.tolist()
    numbers = snapshot.versions[found.rows].tolist() if versions else [0] * len(rows)
    parts = zip(
        snapshot.ids.ids(found.rows),
        numbers,
        found.scores.tolist(),
        shown_payloads(snapshot, rows, with_payload),
        shown_vectors(snapshot, rows, with_vectors),
        _listed(found.order_values, len(rows)),
        strict=True,
    )
    values = [
        {
            "id": point,
            "version": version,
            "score": score,
            "payload": payload,
            "vector": vector,
            "shard_key": None,
            "order_value": value,
        }
        for point, version, score, payload, vector, value in parts
    ]
    return filled(models.ScoredPoint, values, _GIVEN)


def records(
    snapshot: Snapshot,
    rows: NDArray[np.int64],
    with_payload: WithPayload,
    with_vectors: WithVectors,
    order_values: NDArray[Any] | None = None,
) -> list[models.Record]:
    """Return rows as Records, in their order; raises WrongInput as `scored_points` does."""
    numbers: list[int] = rows.tolist()
    parts = zip(
        snapshot.ids.ids(rows),
        shown_payloads(snapshot, numbers, with_payload),
        shown_vectors(snapshot, numbers, with_vectors),
        _listed(order_values, len(numbers)),
        strict=True,
    )
    return [
        trusted(models.Record, id=point, payload=payload, vector=vector, order_value=value)
        for point, payload, vector, value in parts
    ]


def _listed(order_values: NDArray[Any] | None, count: int) -> Sequence[Any]:
    return [None] * count if order_values is None else order_values.tolist()


def shown_payloads(
    snapshot: Snapshot, rows: Sequence[int], wanted: WithPayload
) -> Sequence[dict[str, Any] | None]:
    """Return the wanted part of each row's payload; None for each when nothing is wanted."""
    if wanted is None or wanted is False:
        return [None] * len(rows)
    selection, payloads = payload_selection(wanted), snapshot.payload.get(rows)
    if selection is everything:
        return payloads
    return [selection(payload) for payload in payloads]


def shown_vectors(
    snapshot: Snapshot, rows: Sequence[int], wanted: WithVectors
) -> Sequence[ShownVector | None]:
    """Return the wanted vectors of each row; None for each when nothing is wanted.

    Raises InvalidRequest for what is none of these, WrongInput when a name is unknown.
    """
    if wanted is None or wanted is False:
        return [None] * len(rows)
    if wanted is not True:
        KINDS["WithVectors"].check("with_vectors", wanted)
    names = list(snapshot.vectors) if wanted is True else list(wanted)
    sources = {name: vector_rows(snapshot, name) for name in names}
    if list(sources) == [""]:
        unnamed = sources[""]
        return [unnamed.to_model(row) if unnamed.present[row] else {} for row in rows]
    return [
        {name: source.to_model(row) for name, source in sources.items() if source.present[row]}
        for row in rows
    ]
