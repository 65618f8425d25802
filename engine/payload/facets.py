"""Facets: the distinct values of a field, with the number of points that have each."""

from __future__ import annotations

import heapq
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeAlias
from uuid import UUID

import numpy as np
from qdrant_client import models

from engine.errors import InvalidRequest, WrongInput
from engine.payload.indexes import indexed_values
from engine.payload.key_path import canonical
from engine.payload.vocabulary import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from engine.payload.column import Column, Lane, Mask, Rows
    from engine.snapshot import Snapshot

FacetValue: TypeAlias = bool | int | str
Codes: TypeAlias = "NDArray[np.integer[Any]]"

_TYPES = models.PayloadSchemaType
_FACETED = (_TYPES.KEYWORD, _TYPES.INTEGER, _TYPES.BOOL, _TYPES.UUID)
_UNINDEXED = (_TYPES.BOOL, _TYPES.INTEGER, _TYPES.KEYWORD)


def facet(
    snapshot: Snapshot, key: str, mask: Mask, limit: int = 10, *, strict: bool = True
) -> list[models.FacetValueHit]:
    """Return the `limit` most frequent values of `key`: by count falling, then by value.

    Each point counts once per value.

    Args:
        snapshot: the collection.
        key: key path of the field.
        mask: bool (rows,), which points count, as `filter_mask` gives it.
        limit: most hits to return, at least 1.
        strict: refuse a field without a keyword, integer, bool or uuid index, as a server does;
            otherwise such a field gives its strings, whole numbers and booleans.

    Raises:
        FormatError: the path cannot be parsed.
        InvalidRequest: `limit` is below 1.
        WrongInput: `strict`, and there is no such index.

    """
    if limit < 1:
        raise InvalidRequest("facet_request.limit", f"value {limit} invalid, must be 1 or larger")
    column = snapshot.payload.columns([key], along=snapshot.indexes)[key]
    counts = chain.from_iterable(
        _counts(column, data_type, mask)
        for data_type in _faceted_types(snapshot, key, strict=strict)
    )
    most = heapq.nsmallest(limit, counts, key=lambda pair: (-pair[1], _order(pair[0])))
    return [models.FacetValueHit(value=value, count=count) for value, count in most]


def _faceted_types(
    snapshot: Snapshot, key: str, *, strict: bool
) -> tuple[models.PayloadSchemaType, ...]:
    index = snapshot.indexes.get(canonical(key))
    if index is not None and index.data_type in _FACETED:
        return (index.data_type,)
    if strict:
        raise WrongInput(
            f"No appropriate index for faceting: `{key}`. "
            "Please create one to facet on this field. "
            "Check https://qdrant.tech/documentation/concepts/indexing/#payload-index "
            "to see which payload schemas support Match conditions"
        )
    return _UNINDEXED


def _counts(
    column: Column, data_type: models.PayloadSchemaType, mask: Mask
) -> Iterator[tuple[FacetValue, int]]:
    """Yield each value and the number of rows in `mask` that have it."""
    lane = indexed_values(column, data_type)
    lane = lane.where(mask[lane.rows])
    values, codes = _coded(lane, data_type, column.vocabulary)
    counts = np.bincount(_once_per_row(lane.rows, codes, len(values)), minlength=len(values))
    for code in np.flatnonzero(counts).tolist():
        yield values[code], int(counts[code])


def _coded(
    lane: Lane, data_type: models.PayloadSchemaType, vocabulary: Vocabulary
) -> tuple[Sequence[FacetValue], Codes]:
    """Return values, and for each element of the lane which of them it is."""
    if data_type is _TYPES.KEYWORD:
        return vocabulary.strings, lane.values
    distinct, codes = np.unique(lane.values, return_inverse=True)
    if data_type is not _TYPES.UUID:
        return distinct.tolist(), codes
    canonical = Vocabulary()
    merged = canonical.encode([str(UUID(vocabulary.strings[code])) for code in distinct])
    return canonical.strings, merged[codes]


def _once_per_row(rows: Rows, codes: Codes, values: int) -> Codes:
    """Return `codes` without those that a row repeats."""
    if bool((rows[1:] > rows[:-1]).all()):
        return codes
    pairs = np.sort(rows * values + codes)
    return pairs[np.diff(pairs, prepend=-1) > 0] % values


def _order(value: FacetValue) -> tuple[str, FacetValue]:
    return type(value).__name__, value
