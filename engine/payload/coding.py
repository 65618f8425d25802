"""Distinct values of a payload field and which rows have them, made once for each state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias
from uuid import UUID

import numpy as np
from qdrant_client import models

from engine.payload.column import Lane
from engine.payload.vocabulary import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from engine.payload.column import Mask

FacetValue: TypeAlias = bool | int | str


@dataclass(frozen=True, slots=True)
class CodedValues:
    """Values as numbers.

    Attributes:
        values: by code; some may be of no row.
        codes: lane of codes, each once in a row.

    """

    values: Sequence[FacetValue]
    codes: Lane

    def counts(self, mask: Mask) -> NDArray[np.int64]:
        """Return int64 (values,): how many rows in a mask, bool (rows,), have each value."""
        codes = self.codes.values
        if not mask.all():
            codes = codes[self.codes.rows_in(mask)]
        return np.bincount(codes, minlength=len(self.values))


def coded_values(
    lane: Lane, data_type: models.PayloadSchemaType, vocabulary: Vocabulary
) -> CodedValues:
    """Return the values of a lane of keywords, UUIDs, integers or booleans as numbers.

    Args:
        lane: as `indexed_values` gives it for the type.
        data_type: of the lane.
        vocabulary: of the column.

    """
    values, codes = _coded(lane.values, data_type, vocabulary)
    return CodedValues(values, Lane(lane.rows, codes).without_repeats())


def _coded(
    given: NDArray[np.generic], data_type: models.PayloadSchemaType, vocabulary: Vocabulary
) -> tuple[Sequence[FacetValue], NDArray[np.generic]]:
    """Return values, and for each of those given which of them it is."""
    if data_type is models.PayloadSchemaType.KEYWORD:
        return vocabulary.strings, given
    distinct, codes = np.unique(given, return_inverse=True)
    if data_type is not models.PayloadSchemaType.UUID:
        return distinct.tolist(), codes
    canonical = Vocabulary()
    merged = canonical.encode([str(UUID(vocabulary.strings[code])) for code in distinct.tolist()])
    return canonical.strings, merged[codes]
