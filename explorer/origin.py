"""What an exported table says of its collection, so that an import of it makes the same again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pydantic import ValidationError
from qdrant_client import models

from engine.errors import EngineError
from explorer.hints import read_hints
from explorer.workspace import vector_specs

if TYPE_CHECKING:
    from collections.abc import Mapping

_KEY = b"sextant.collection"
"""Where it stands in the metadata of a Parquet or Arrow schema."""


def described(info: models.CollectionInfo, *, whole: bool) -> dict[bytes, bytes]:
    """Return schema metadata: the request that makes a collection of these vectors and hints.

    Args:
        info: of the collection.
        whole: whether all its points are in the table; else hints that name points are left out.

    """
    hints = read_hints(info.config.metadata)
    if not whole:
        hints = replace(hints, starters=(), layout=None)
    request = models.CreateCollection(
        vectors=info.config.params.vectors,
        sparse_vectors=info.config.params.sparse_vectors,
        metadata=hints.metadata(),
    )
    return {_KEY: request.model_dump_json(exclude_none=True).encode()}


def read_origin(metadata: Mapping[bytes, bytes] | None) -> models.CreateCollection | None:
    """Return the request in schema metadata; None where there is none, or none that can be read."""
    try:
        request = models.CreateCollection.model_validate_json((metadata or {})[_KEY])
        vector_specs(request)
    except (KeyError, ValidationError, EngineError):
        return None
    return request
