"""Facets: the distinct values of a field, with the number of points that have each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from qdrant_client import models

from engine.counts import check_count
from engine.errors import WrongInput
from engine.payload.key_path import canonical
from engine.trusted import trusted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.payload.coding import CodedValues, FacetValue
    from engine.payload.column import Mask
    from engine.snapshot import Snapshot

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
    check_count("facet_request.limit", limit, 1)
    snapshot.payload.columns([key], along=snapshot.indexes)
    found = [
        pair
        for data_type in _faceted_types(snapshot, key, strict=strict)
        for pair in _most_frequent(snapshot.payload.coded(key, data_type), mask, limit)
    ]
    found.sort(key=lambda pair: (-pair[1], type(pair[0]).__name__, pair[0]))
    return [
        trusted(models.FacetValueHit, value=value, count=count) for value, count in found[:limit]
    ]


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


def _most_frequent(coded: CodedValues, mask: Mask, limit: int) -> Iterator[tuple[FacetValue, int]]:
    """Yield, in no order, the `limit` most frequent values with their counts, and equal ones.

    Of more than `limit` whole numbers that are equally frequent the smallest do.
    """
    counts = coded.counts(mask)
    codes = np.flatnonzero(counts)
    if len(codes) > limit:
        least = np.partition(counts[codes], -limit)[-limit]
        tied = codes[counts[codes] == least]
        if isinstance(coded.values[0], int):  # which rise with their codes
            tied = tied[:limit]
        codes = np.concatenate([codes[counts[codes] > least], tied])
    for code, count in zip(codes.tolist(), counts[codes].tolist(), strict=True):
        yield coded.values[code], count
