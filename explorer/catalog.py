"""The data sets that come with the application, and how one becomes a collection."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from qdrant_client import models

from explorer import filling
from explorer.bundle import BundledSet, CatalogError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from numpy.typing import NDArray

    from explorer.bundle import Column
    from explorer.client import Client

FOLDER = Path(__file__).resolve().parents[1] / "datasets"
"""Where the bundled sets lie."""

ORDER = ("emoji", "digits", "airports", "cars", "docstrings")
"""The bundled sets, the one to show first at the front."""

_BATCH = 512

Progress: TypeAlias = "Callable[[int, int], object]"
"""Called with the points written so far and the points in all."""


class UnknownSet(CatalogError):
    """No bundled set has this name."""


class AlreadyLoaded(CatalogError):
    """There is a collection of this name."""


class LoadCancelled(CatalogError):
    """The load was cancelled; nothing of it is left."""


@cache
def bundled() -> tuple[BundledSet, ...]:
    """Return the bundled sets, read once in a process; raises SetDamaged for a card that is."""
    return tuple(BundledSet.read(FOLDER / name) for name in ORDER)


def find(name: str) -> BundledSet:
    """Return the bundled set of this name; raises UnknownSet."""
    for bundle in bundled():
        if bundle.name == name:
            return bundle
    raise UnknownSet(f"There is no bundled set {name!r}; there are {', '.join(ORDER)}.")


def layout(name: str) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return the shipped map of a set: ids (n,) and coordinates (n, 2).

    Raises UnknownSet, and SetDamaged if the file is not whole.
    """
    coordinates = find(name).layout()
    return np.arange(len(coordinates)), coordinates


def load(
    client: Client,
    name: str,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> None:
    """Make the collection `name` from the bundled set of that name, with indexes and hints.

    All or nothing: whatever fails, and if `cancelled()` says so between two batches, the collection
    is removed again and the error goes on. Every file is read before anything is written.

    Raises UnknownSet, SetDamaged, AlreadyLoaded if there is a collection of this name (it stays as
    it is), LoadCancelled, and what the client raises.
    """
    bundle = find(name)
    if client.collection_exists(name):
        raise AlreadyLoaded(
            f"There is already a collection {name!r}. Delete or rename it to load the set anew."
        )
    batches = _batches(bundle.vectors(), bundle.payload())
    _create(client, bundle)
    try:
        _fill(client, bundle, batches, progress, cancelled)
        filling.finish(client, name, bundle.card.title)
    except BaseException:
        client.delete_collection(name)
        raise


def _create(client: Client, bundle: BundledSet) -> None:
    wanted = bundle.card.collection
    hints = replace(bundle.card.hints, about=bundle.card.summary)
    client.create_collection(
        bundle.name,
        vectors_config=wanted.vectors,
        sparse_vectors_config=wanted.sparse_vectors,
        metadata={**hints.metadata(), **filling.begun(bundle.card.title)},
    )


def _fill(
    client: Client,
    bundle: BundledSet,
    batches: Iterator[models.Batch],
    progress: Progress | None,
    cancelled: Callable[[], bool] | None,
) -> None:
    for index in bundle.card.indexes:
        client.create_payload_index(
            bundle.name, index.field_name, field_schema=index.field_schema, wait=True
        )
    written = 0
    for batch in batches:
        if cancelled is not None and cancelled():
            raise LoadCancelled(f"Loading {bundle.name!r} was cancelled; nothing of it is left.")
        client.upsert(bundle.name, batch, wait=True)
        written += len(batch.ids)
        if progress is not None:
            progress(written, bundle.card.points)


def _batches(
    vectors: Mapping[str, Column], payload: list[dict[str, Any]]
) -> Iterator[models.Batch]:
    bounds = [*range(0, len(payload), _BATCH), len(payload)]
    for start, stop in pairwise(bounds):
        yield models.Batch(
            ids=list(range(start, stop)),
            vectors=_vectors(vectors, start, stop),
            payloads=payload[start:stop],
        )


def _vectors(columns: Mapping[str, Column], start: int, stop: int) -> Any:
    """Return rows start..stop as `models.Batch` wants them: bare if the vector has no name."""
    batch = {name: column.batch(start, stop) for name, column in columns.items()}
    return batch.get("", batch)
