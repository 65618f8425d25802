"""Long inputs cut into chunks: one is committed while the next is read and encoded."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import uuid4

import numpy as np

from engine.errors import BadRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from concurrent.futures import Future

    from numpy.typing import NDArray
    from qdrant_client import models

    from engine.storage.block import Block

CHUNK = 16_384
"""Points that are encoded and committed together."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Columns:
    """Some points, by column; lengths are as the caller gave them."""

    ids: Sequence[object]
    vectors: Sequence[Any] | Mapping[str, NDArray[Any]] | NDArray[Any]
    payloads: Sequence[Mapping[str, Any] | None] | None


def store_in_turn(blocks: Iterable[Block], store: Callable[[Block], object]) -> None:
    """Store blocks one after the other, each while the next is made.

    Writing, summing up and flushing leave the interpreter to the encoding. Raises what `store` and
    `blocks` raise, the error of the earlier block first; blocks before that are stored.
    """
    with ThreadPoolExecutor(1, "upload") as writer:
        stored: Future[object] | None = None
        try:
            for block in blocks:
                if stored is not None:
                    stored.result()
                if len(block) < CHUNK:  # the last one: nothing is left to do beside it
                    store(block)
                else:
                    stored = writer.submit(store, block)
        finally:
            if stored is not None:
                stored.result()


def point_chunks(points: Iterable[models.PointStruct]) -> Iterator[list[models.PointStruct]]:
    """Yield points CHUNK at a time."""
    return _chunks(iter(points))


def column_chunks(
    vectors: Iterable[Any] | Mapping[str, NDArray[Any]] | NDArray[Any],
    payloads: Iterable[Mapping[str, Any] | None] | None,
    ids: Iterable[object] | None,
) -> Iterator[Columns]:
    """Yield columns CHUNK rows at a time; without `ids` every point gets a random UUID.

    Raises BadRequest when `payloads` or `ids` go on after the last vector.
    """
    payload_source = None if payloads is None else iter(payloads)
    id_source = None if ids is None else iter(ids)
    for part, rows in _vector_chunks(vectors):
        yield Columns(
            [str(uuid4()) for _ in range(rows)] if id_source is None else _take(id_source, rows),
            part,
            None if payload_source is None else _take(payload_source, rows),
        )
    for what, source in (("payloads", payload_source), ("ids", id_source)):
        if source is not None and _take(source, 1):
            raise BadRequest(f"there are more {what} than vectors; every point before was kept")


def _vector_chunks(
    vectors: Iterable[Any] | Mapping[str, NDArray[Any]] | NDArray[Any],
) -> Iterator[tuple[Sequence[Any] | Mapping[str, NDArray[Any]] | NDArray[Any], int]]:
    if isinstance(vectors, Mapping):
        rows = max((len(column) for column in vectors.values()), default=0)
        for start in range(0, rows, CHUNK):
            part = {name: column[start : start + CHUNK] for name, column in vectors.items()}
            yield part, min(CHUNK, rows - start)
    elif isinstance(vectors, np.ndarray):
        for start in range(0, len(vectors), CHUNK):
            chunk = vectors[start : start + CHUNK]
            yield chunk, len(chunk)
    else:
        for listed in _chunks(iter(vectors)):
            yield listed, len(listed)


def _chunks(source: Iterator[T]) -> Iterator[list[T]]:
    while chunk := _take(source, CHUNK):
        yield chunk


def _take(source: Iterator[T], count: int) -> list[T]:
    return list(islice(source, count))
