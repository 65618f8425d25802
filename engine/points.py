"""Points as callers give them become a block of columns, checked and encoded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from qdrant_client import models

from engine.arguments import is_listing
from engine.errors import BadRequest, InvalidRequest, NotSupported, WrongInput, shown
from engine.ids import ID_DTYPE, PointId, encode_ids, parse_point_id
from engine.schema import CollectionConfig, VectorKind, VectorSpec
from engine.storage.block import Block, absent_vectors
from engine.storage.payloads import PayloadRows
from engine.storage.ragged import offsets_of
from engine.vectors import (
    DenseRows,
    MultiRows,
    SparseRows,
    VectorRows,
    encode_dense,
    encode_multi,
    encode_sparse,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

Values: TypeAlias = Any
"""One vector as given: numbers, rows of numbers, or a models.SparseVector."""

Column: TypeAlias = "Sequence[Values] | NDArray[Any]"
"""One vector per point; an array (n, size) is encoded at once."""


def encoded_ids(ids: Iterable[object]) -> NDArray[np.void]:
    """Return ids as ID_DTYPE records (n,); raises FormatError for what is not an id."""
    given = ids.tolist() if isinstance(ids, np.ndarray) else list(ids)
    if set(map(type, given)) <= {int}:
        try:
            numbers = np.array(given, np.uint64)
        except OverflowError:
            numbers = None  # below names the one that is out of range
        if numbers is not None:
            records = np.zeros(len(given), ID_DTYPE)
            records["low"] = numbers
            return records
    return encode_ids(parse_point_id(point) for point in given)


def points_block(config: CollectionConfig, points: Sequence[models.PointStruct]) -> Block:
    """Return PointStructs as a block; raises WrongInput for what is none."""
    for kind in set(map(type, points)):
        if not issubclass(kind, (models.PointStruct, models.Record)):
            raise WrongInput(f"points must be models.PointStruct, one of them is a {kind.__name__}")
    return Block(
        encoded_ids([point.id for point in points]),
        PayloadRows.encoded(point.payload for point in points),
        vectors_by_name(config, [point.vector for point in points]),
    )


def batch_block(config: CollectionConfig, batch: models.Batch) -> Block:
    """Return a column-wise batch as a block; raises BadRequest when columns differ in length."""
    return columns_block(config, batch.ids, batch.vectors, batch.payloads)


def columns_block(
    config: CollectionConfig,
    ids: Iterable[object],
    vectors: Column | Mapping[str, Column],
    payloads: Sequence[Mapping[str, Any] | None] | None,
) -> Block:
    """Return columns as a block.

    Args:
        config: the collection's.
        ids: of each point.
        vectors: one column, or one by vector name; a column of dicts holds named vectors by point.
        payloads: of each point; None for none at all.

    Raises:
        BadRequest: columns differ in length.

    """
    records = encoded_ids(ids)
    rows = len(records)
    columns = vectors if isinstance(vectors, Mapping) else {"": vectors}
    for name, column in columns.items():
        _check_length(f"vectors `{name}`", len(column), rows)
    if payloads is not None:
        _check_length("payloads", len(payloads), rows)
    if isinstance(vectors, (Mapping, np.ndarray)):
        stored = _columns_by_name(config, columns, rows)
    else:
        stored = vectors_by_name(config, vectors)
    payload = PayloadRows.empty(rows) if payloads is None else PayloadRows.encoded(payloads)
    return Block(records, payload, stored)


def vectors_by_name(config: CollectionConfig, given: Sequence[Values]) -> dict[str, VectorRows]:
    """Return the vectors of points, each one vector or a dict by name; absent ones are marked so.

    Raises:
        WrongInput: an unknown name, another dimension or kind, or an element that is not finite.
        InvalidRequest: an empty vector.
        NotSupported: text or an image, which only a server with a model embeds.

    """
    if config.vectors and set(map(type, given)) == {list}:
        return _columns_by_name(config, {"": given}, len(given))
    columns: dict[str, list[Values]] = {}
    for place, vector in enumerate(given):
        for name, values in _named(config, vector).items():
            if name not in columns:
                columns[name] = [None] * len(given)
            columns[name][place] = values
    return _columns_by_name(config, columns, len(given))


def merged_vectors(
    config: CollectionConfig, points: Sequence[models.PointVectors]
) -> tuple[list[PointId], dict[str, VectorRows]]:
    """Return distinct ids and their new vectors; of a vector that is given twice, the last."""
    merged: dict[PointId, dict[str, Values]] = {}
    for point in points:
        vectors = merged.setdefault(parse_point_id(point.id), {})
        vectors.update(_named(config, point.vector))
    return list(merged), vectors_by_name(config, list(merged.values()))


def _columns_by_name(
    config: CollectionConfig, columns: Mapping[str, Column], rows: int
) -> dict[str, VectorRows]:
    for name in columns:
        if name not in config.vectors:
            raise WrongInput(f"Not existing vector name error: {name}")
    return {
        name: encode_column(spec, columns[name]) if name in columns else absent_vectors(spec, rows)
        for name, spec in config.vectors.items()
    }


def encode_column(spec: VectorSpec, column: Column) -> VectorRows:
    """Return one vector of each point as stored; None where a point lacks it."""
    if isinstance(column, np.ndarray) and spec.kind is VectorKind.DENSE:
        if column.ndim != 2:
            raise WrongInput(f"an array of vectors has shape (n, size), this one {column.shape}")
        return _dense_rows(spec, column)
    if _are_lists_of_numbers(spec, column):
        return _dense_rows(spec, column)
    present = np.array([values is not None for values in column], np.bool_)
    given = [_checked(spec, values) for values in column if values is not None]
    if not given:
        return absent_vectors(spec, len(column))
    stored = _ENCODERS[spec.kind](spec, given)
    if present.all():
        return stored
    return _spread(stored, present)


def _are_lists_of_numbers(spec: VectorSpec, column: Column) -> bool:
    """Return whether each vector is a list that fits and begins with a number, as nearly always."""
    return (
        spec.kind is VectorKind.DENSE
        and set(map(type, column)) == {list}
        and set(map(len, column)) == {spec.size}
        and set(map(type, map(itemgetter(0), column))) <= {int, float}
    )


def _spread(stored: VectorRows, present: NDArray[np.bool_]) -> VectorRows:
    """Return the rows of `stored` at the places where `present`, the others empty."""
    places = np.flatnonzero(present)
    if isinstance(stored, DenseRows):
        data = np.zeros((len(present), stored.spec.size), stored.data.dtype)
        data[places] = stored.data
        return DenseRows(stored.spec, data, present)
    lengths = np.zeros(len(present), np.uint64)
    lengths[places] = np.diff(stored.offsets)
    offsets = offsets_of(lengths)
    if isinstance(stored, SparseRows):
        return SparseRows(stored.spec, offsets, stored.indices, stored.values, present)
    return MultiRows(stored.spec, stored.data, offsets, present)


def _dense_rows(spec: VectorSpec, vectors: Column) -> DenseRows:
    return DenseRows(spec, encode_dense(spec, vectors), np.ones(len(vectors), np.bool_))


def _dense(spec: VectorSpec, given: Sequence[Values]) -> VectorRows:
    for length in set(map(len, given)) - {spec.size}:
        raise WrongInput(f"Vector dimension error: expected dim: {spec.size}, got {length}")
    return _dense_rows(spec, given)


def _sparse(spec: VectorSpec, given: Sequence[models.SparseVector]) -> VectorRows:
    encoded = [encode_sparse(spec, vector.indices, vector.values) for vector in given]
    offsets = offsets_of([len(indices) for indices, _ in encoded])
    indices = np.concatenate([indices for indices, _ in encoded])
    values = np.concatenate([values for _, values in encoded])
    return SparseRows(spec, offsets, indices, values, np.ones(len(given), np.bool_))


def _multi(spec: VectorSpec, given: Sequence[Values]) -> VectorRows:
    encoded = [encode_multi(spec, vectors) for vectors in given]
    offsets = offsets_of([len(vectors) for vectors in encoded])
    return MultiRows(spec, np.concatenate(encoded), offsets, np.ones(len(given), np.bool_))


_ENCODERS = {VectorKind.DENSE: _dense, VectorKind.SPARSE: _sparse, VectorKind.MULTI: _multi}


def _named(config: CollectionConfig, vector: Values) -> Mapping[str, Values]:
    if isinstance(vector, Mapping):
        return vector
    if not config.vectors and isinstance(vector, Sequence) and not vector:
        return {}
    return {"": vector}


def _checked(spec: VectorSpec, values: Values) -> Values:
    """Return `values` when they can be a vector of this kind."""
    if isinstance(values, (models.Document, models.Image, models.InferenceObject)):
        raise NotSupported("vectors from text, images or objects; encode them and give the numbers")
    if isinstance(values, models.SparseVector) != (spec.kind is VectorKind.SPARSE):
        raise WrongInput("Conversion between sparse and regular vectors failed")
    if isinstance(values, models.SparseVector):
        return values
    if not is_listing(values) or not hasattr(values, "__getitem__"):
        raise WrongInput(f"Vector must be a list of numbers, not {shown(values)}")
    if len(values) == 0:
        raise InvalidRequest("vector", "vector must not be empty")
    if spec.kind is VectorKind.DENSE and isinstance(values[0], (Sequence, np.ndarray)):
        raise WrongInput("Conversion between multi and regular vectors failed")
    return values


def _check_length(what: str, got: int, expected: int) -> None:
    if got != expected:
        raise BadRequest(f"number of {what} ({got}) does not match number of ids ({expected})")
