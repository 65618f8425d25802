"""Payload indexes: what a key path is declared to hold.

Our columns need no index to be fast; an index says which values count (facets, ordering) and how
text is cut, and some requests are refused without one, as a server refuses them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, get_args

import numpy as np
from qdrant_client import models

from engine.errors import FormatError, shown
from engine.payload.column import Lane
from engine.payload.datetimes import NOT_A_MOMENT
from engine.payload.key_path import canonical
from engine.payload.tokens import tokenizer_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.payload.column import Column, Mask

_PARAMS: Final = get_args(models.PayloadSchemaParams)
_INT64_RANGE = float(1 << 63)


@dataclass(frozen=True, slots=True)
class PayloadIndex:
    """An index on one key path.

    Attributes:
        path: in canonical writing.
        data_type: which values it holds.
        params: as given, None when only the type was.

    """

    path: str
    data_type: models.PayloadSchemaType
    params: models.PayloadSchemaParams | None

    def info(self, points: int) -> models.PayloadIndexInfo:
        """Return the entry of `payload_schema`; `points` have a value in the index."""
        return models.PayloadIndexInfo(data_type=self.data_type, params=self.params, points=points)


def parse_index(
    path: str,
    schema: models.PayloadSchemaType | models.PayloadSchemaParams | str | None,
) -> PayloadIndex:
    """Return the index that `create_payload_index` asks for.

    Raises:
        FormatError: the path or the type is unknown.
        NotSupported: a text index wants stemming or another thing that is not there yet.

    """
    path = canonical(path)
    if isinstance(schema, _PARAMS):
        if isinstance(schema, models.TextIndexParams):
            tokenizer_of(schema)
        return PayloadIndex(path, models.PayloadSchemaType(schema.type.value), schema)
    try:
        return PayloadIndex(path, models.PayloadSchemaType(schema), None)
    except ValueError:
        known = ", ".join(sorted(models.PayloadSchemaType))
        raise FormatError(
            f"unknown type of payload index {shown(schema)} for `{path}`; use one of {known}"
        ) from None


def indexed_values(column: Column, data_type: models.PayloadSchemaType) -> Lane:
    """Return the values that an index of this type holds, with their rows.

    keyword and text: codes; integer: int64, whole floats too; float: float64 of all numbers; bool;
    geo: (n, 2); datetime: int64 microseconds; uuid: codes of the strings as written.
    """
    return _LANES[data_type](column)


def indexed_points(column: Column, data_type: models.PayloadSchemaType, live: Mask) -> int:
    """Return how many live points have at least one value in an index of this type."""
    lane = indexed_values(column, data_type)
    return int(np.count_nonzero(lane.present(column.rows) & live))


def _integers(column: Column) -> Lane:
    values = column.floats.values
    whole = (np.trunc(values) == values) & (np.abs(values) < _INT64_RANGE)
    floats = column.floats.where(whole)
    return column.integers.joined(Lane(floats.rows, floats.values.astype(np.int64)))


def _floats(column: Column) -> Lane:
    integers = column.integers
    return Lane(integers.rows, integers.values.astype(np.float64)).joined(column.floats)


def _moments(column: Column) -> Lane:
    moments = column.vocabulary.moments()[column.strings.values]
    return Lane(column.strings.rows, moments).where(moments != NOT_A_MOMENT)


def _uuids(column: Column) -> Lane:
    return column.strings.where(column.vocabulary.uuids()[column.strings.values])


_LANES: dict[models.PayloadSchemaType, Callable[[Column], Lane]] = {
    models.PayloadSchemaType.KEYWORD: lambda column: column.strings,
    models.PayloadSchemaType.TEXT: lambda column: column.strings,
    models.PayloadSchemaType.BOOL: lambda column: column.booleans,
    models.PayloadSchemaType.GEO: lambda column: column.geos,
    models.PayloadSchemaType.INTEGER: _integers,
    models.PayloadSchemaType.FLOAT: _floats,
    models.PayloadSchemaType.DATETIME: _moments,
    models.PayloadSchemaType.UUID: _uuids,
}
