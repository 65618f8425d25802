"""What a collection was created with: its vectors, and the settings `get_collection` echoes."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from qdrant_client import models

if TYPE_CHECKING:
    from collections.abc import Mapping


class VectorKind(StrEnum):
    """How many numbers a vector of this name has."""

    DENSE = "dense"
    SPARSE = "sparse"
    MULTI = "multi"


@dataclass(frozen=True, slots=True)
class VectorSpec:
    """One named vector; the unnamed one has the name `""`.

    Attributes:
        name: as given in `using`.
        kind: dense, sparse or multi (rows compared by max_sim).
        size: dimensions of a dense vector or of each row of a multivector; 0 for sparse.
        distance: sparse vectors always compare by Dot.
        datatype: what a stored element is rounded to.
        idf: queries on this sparse vector are weighted by inverse document frequency.

    """

    name: str
    kind: VectorKind
    size: int
    distance: models.Distance
    datatype: models.Datatype = models.Datatype.FLOAT32
    idf: bool = False

    @property
    def larger_is_better(self) -> bool:
        """Whether shown scores of nearest queries sort descending."""
        return self.distance in (models.Distance.COSINE, models.Distance.DOT)


@dataclass(frozen=True, slots=True, eq=False)
class CollectionConfig:
    """A collection's settings, as created.

    Attributes:
        vectors: every dense, sparse and multi vector by name.
        echo: the creation request as plain JSON, given back unchanged in collection info.

    """

    vectors: Mapping[str, VectorSpec]
    echo: Mapping[str, Any] = field(default_factory=dict)
