"""What can be looked at: the client, its collections, and what each of them offers."""

from __future__ import annotations

import os
from copy import copy
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from platformdirs import user_data_path

from engine import Engine
from engine.schema import VectorKind, VectorSpec
from engine.settings import collection_config, plain
from explorer.client import change_count
from explorer.explanation import score_parts
from explorer.fields import PayloadField, payload_fields
from explorer.filling import unfinished
from explorer.hints import Hints, read_hints

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from qdrant_client import models

    from engine.ids import PointId
    from explorer.client import Client
    from explorer.draft import Convention, Draft
    from explorer.results import Part

FOLDER_VARIABLE = "SEXTANT_DATA"
"""The environment variable that names the data folder."""


def data_folder() -> Path:
    """Return the folder that `SEXTANT_DATA` names, else the user's own for application data."""
    named = os.environ.get(FOLDER_VARIABLE)
    return Path(named).expanduser() if named else user_data_path("sextant", appauthor=False)


@dataclass(frozen=True, slots=True)
class CollectionSummary:
    """What a collection holds.

    Attributes:
        name: as used in queries.
        points: how many there are.
        vectors: each named vector by its name; the unnamed one is `""`.
        hints: how it wants to be looked at.
        changes: a number that rises with each change, where the client tells (see `change_count`).
        unfinished: what it is being filled from, while that lasts or after it was cut short.

    """

    name: str
    points: int
    vectors: Mapping[str, VectorSpec] = field(hash=False)
    hints: Hints = field(hash=False)
    changes: int = 0
    unfinished: str | None = None

    @property
    def default_vector(self) -> str:
        """The vector to begin with: the hinted one, else the first dense one, else the first."""
        if self.hints.vector in self.vectors:
            return cast("str", self.hints.vector)
        dense = [v.name for v in self.vectors.values() if v.kind is VectorKind.DENSE]
        return next(iter(dense or self.vectors), "")


class Workspace:
    """The collections behind one client, embedded or remote."""

    def __init__(self, client: Client) -> None:
        """Look through `client`, which a `Workspace` does not close."""
        self.client = client

    @property
    def is_embedded(self) -> bool:
        """Whether the data is in this process: then scores are made in either convention."""
        return isinstance(self.client, Engine)

    def names(self) -> tuple[str, ...]:
        """Return the names of all collections, sorted."""
        return tuple(sorted(c.name for c in self.client.get_collections().collections))

    def summary(self, collection: str) -> CollectionSummary:
        """Return what a collection holds; raises what the client raises for an unknown one."""
        info = self.client.get_collection(collection)
        return CollectionSummary(
            name=collection,
            points=info.points_count or 0,
            vectors=vector_specs(info.config.params),
            hints=read_hints(info.config.metadata),
            changes=change_count(self.client, collection),
            unfinished=unfinished(info.config.metadata),
        )

    def summaries(self) -> tuple[CollectionSummary, ...]:
        """Return what every collection holds, by name."""
        return tuple(self.summary(name) for name in self.names())

    def fields(self, collection: str) -> tuple[PayloadField, ...]:
        """Return the payload fields of a collection, with their kinds and values."""
        return payload_fields(self.client, collection)

    def answer(self, draft: Draft) -> list[models.ScoredPoint]:
        """Return the hits of a draft's request, none where it asks nothing yet.

        Raises what the client raises for a request that the collection cannot answer.
        """
        request = draft.request()
        if request is None:
            return []
        client = self._speaking(draft.convention)
        return client.query_batch_points(draft.collection, requests=[request])[0].points

    def parts(
        self, draft: Draft, ids: Sequence[PointId], hints: Hints
    ) -> dict[PointId, tuple[Part, ...]]:
        """Return why these points score as they do, by id; empty where nothing can tell."""
        return score_parts(self._speaking(draft.convention), draft, ids, hints)

    def _speaking(self, convention: Convention) -> Client:
        """Return the client that scores by a convention; a remote one knows only its own."""
        if not isinstance(self.client, Engine) or self.client.options.convention == convention:
            return self.client
        engine = copy(self.client)  # another face of the same open collections
        engine.options = replace(engine.options, convention=convention)
        return engine


def vector_specs(
    params: models.CollectionParams | models.CreateCollection,
) -> Mapping[str, VectorSpec]:
    """Return the vectors of a collection, or of a request for one, by name."""
    echo = plain(params)
    return collection_config(
        {"vectors": echo.get("vectors"), "sparse_vectors": echo.get("sparse_vectors")}
    ).vectors
