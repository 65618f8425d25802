"""Collection settings: what `create_collection` was given, and what `get_collection` says.

The request is kept as plain JSON (the echo) and is the only thing stored; everything else follows
from it. Cluster settings are given back as they came and change nothing here; what decides about
graphs is read by `engine.index.parameters`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError
from qdrant_client import models

from engine.arguments import unlike_its_model
from engine.counts import check_count
from engine.errors import InvalidRequest, NotSupported, WrongInput
from engine.schema import CollectionConfig, VectorKind, VectorSpec

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydantic import BaseModel

    from engine.index.state import IndexState

M = TypeVar("M", models.CreateCollection, models.UpdateCollection)

MAX_SIZE = 65_536
"""Most dimensions of a dense vector."""

_HNSW = {
    "m": 16,
    "ef_construct": 100,
    "full_scan_threshold": 10_000,
    "max_indexing_threads": 0,
    "on_disk": False,
}
_LEAST_HNSW = {"m": 0, "ef_construct": 4, "full_scan_threshold": 0, "max_indexing_threads": 0}
_OPTIMIZER = {
    "deleted_threshold": 0.2,
    "vacuum_min_vector_number": 1000,
    "default_segment_number": 0,
    "indexing_threshold": 10_000,
    "flush_interval_sec": 5,
}
_WAL = {"wal_capacity_mb": 32, "wal_segments_ahead": 0}
_PARAMS = {
    "shard_number": 1,
    "replication_factor": 1,
    "write_consistency_factor": 1,
    "on_disk_payload": True,
}
_ECHOED_PARAMS = (*_PARAMS, "vectors", "sparse_vectors", "sharding_method", "payload", "id_tracker")
_MERGED = ("hnsw_config", "optimizers_config", "params", "strict_mode_config")


def plain(model: BaseModel) -> dict[str, Any]:
    """Return a model as JSON without what is not set."""
    dumped: dict[str, Any] = model.model_dump(mode="json", exclude_none=True)
    return dumped


def requested(model: type[M], **values: Any) -> M:
    """Return a request made of what a caller gave.

    Raises InvalidRequest for a value that does not fit, is out of range, or that JSON cannot say.
    """
    try:
        request = model(**values)
        _check_ranges(request)
        json.dumps(plain(request), allow_nan=False)
    except ValidationError as error:
        raise unlike_its_model(error) from None
    except (ValueError, RecursionError) as error:
        raise InvalidRequest(model.__name__, f"cannot be kept as JSON: {error}") from None
    return request


def _check_ranges(request: models.CreateCollection | models.UpdateCollection) -> None:
    vectors = request.vectors or {}
    params = vectors.values() if isinstance(vectors, dict) else [vectors]
    for hnsw in (request.hnsw_config, *(each.hnsw_config for each in params)):
        for field, least in _LEAST_HNSW.items() if hnsw is not None else ():
            check_count(f"hnsw_config.{field}", getattr(hnsw, field), least)
    optimizers = request.optimizers_config or models.OptimizersConfigDiff()
    for field in ("indexing_threshold", "vacuum_min_vector_number"):
        check_count(f"optimizers_config.{field}", getattr(optimizers, field), 0)
    share = optimizers.deleted_threshold
    if share is not None and not 0 <= share <= 1:
        reason = f"value {share} invalid, must be from 0 to 1"
        raise InvalidRequest("optimizers_config.deleted_threshold", reason)


def collection_config(echo: Mapping[str, Any]) -> CollectionConfig:
    """Return the vectors that a creation request asks for.

    Raises:
        InvalidRequest: a vector's size is outside 1..65536.
        WrongInput: a dense and a sparse vector share a name.
        NotSupported: a datatype that is not stored here.

    """
    request = models.CreateCollection(**echo)
    vectors: dict[str, VectorSpec] = {}
    for spec in (*_dense_specs(request), *_sparse_specs(request)):
        if spec.name in vectors:
            raise WrongInput(f"Dense and sparse vector names must be unique: `{spec.name}` repeats")
        vectors[spec.name] = spec
    return CollectionConfig(vectors, echo)


def _dense_specs(request: models.CreateCollection) -> Iterator[VectorSpec]:
    given = request.vectors or {}
    for name, params in (given if isinstance(given, dict) else {"": given}).items():
        if not 1 <= params.size <= MAX_SIZE:
            reason = f"value {params.size} invalid, must be from 1 to {MAX_SIZE}"
            raise InvalidRequest("vectors.size", reason)
        kind = VectorKind.MULTI if params.multivector_config else VectorKind.DENSE
        datatype = params.datatype or models.Datatype.FLOAT32
        if datatype.value.startswith("turbo"):
            raise NotSupported(f"datatype {datatype.value}; use float32, float16 or uint8")
        yield VectorSpec(name, kind, params.size, params.distance, datatype)


def _sparse_specs(request: models.CreateCollection) -> Iterator[VectorSpec]:
    for name, params in (request.sparse_vectors or {}).items():
        idf = params.modifier == models.Modifier.IDF
        yield VectorSpec(name, VectorKind.SPARSE, 0, models.Distance.DOT, idf=idf)


def updated_echo(echo: Mapping[str, Any], change: models.UpdateCollection) -> dict[str, Any]:
    """Return the settings after `update_collection`: maps are merged, null metadata is removed.

    Raises WrongInput for a vector that the collection does not have.
    """
    after = dict(echo)
    for field, value in plain(change).items():
        if field in _MERGED:
            after[field] = after.get(field, {}) | value
        elif field == "quantization_config":
            after[field] = value
    after |= after.pop("params", {})
    if after.get("quantization_config") == models.Disabled.DISABLED.value:
        del after["quantization_config"]
    if change.metadata is not None:
        merged = after.get("metadata", {}) | change.metadata
        after["metadata"] = {key: value for key, value in merged.items() if value is not None}
    for name, params in (change.vectors or {}).items():
        after["vectors"] = _with_vector(after.get("vectors", {}), name, plain(params))
    for name, sparse in (change.sparse_vectors or {}).items():
        after["sparse_vectors"] = _with_sparse(after.get("sparse_vectors", {}), name, plain(sparse))
    return after


def with_vector(
    echo: Mapping[str, Any], name: str, config: models.VectorNameConfig
) -> dict[str, Any]:
    """Return the settings with a new named vector; the same once more changes nothing.

    Raises WrongInput when another vector has the name, or the collection's vector has none.
    """
    is_dense = isinstance(config, models.DenseVectorNameConfig)
    if not name or (is_dense and _is_unnamed(echo.get("vectors", {}))):
        raise WrongInput(
            "A collection has either one unnamed vector or named ones; make a collection with "
            "named vectors to add more"
        )
    params = _params(config)
    place = "vectors" if is_dense else "sparse_vectors"
    known = {**_named(echo, "vectors"), **_named(echo, "sparse_vectors")}
    if known.get(name, params) != params:
        raise WrongInput(f"Vector with name {name} already exists with other settings")
    return {**echo, place: {**_named(echo, place), name: params}}


def without_vector(echo: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return the settings without one named vector; raises WrongInput for an unknown name."""
    for place in ("vectors", "sparse_vectors"):
        named = _named(echo, place)
        if name in named:
            return {**echo, place: {key: value for key, value in named.items() if key != name}}
    raise WrongInput(f"Not existing vector name error: {name}")


def hnsw_settings(echo: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return a dense vector's graph settings: its own, over the collection's and the defaults."""
    vectors = echo.get("vectors", {})
    params = vectors if _is_unnamed(vectors) else vectors.get(name, {})
    return {**_HNSW, **echo.get("hnsw_config", {}), **params.get("hnsw_config", {})}


def optimizer_settings(echo: Mapping[str, Any]) -> dict[str, Any]:
    """Return when files are rewritten and graphs are built: as created, over the defaults."""
    return {**_OPTIMIZER, **echo.get("optimizers_config", {})}


def _is_unnamed(vectors: Mapping[str, Any]) -> bool:
    return isinstance(vectors.get("size"), int)


def _named(echo: Mapping[str, Any], place: str) -> Mapping[str, Any]:
    vectors: Mapping[str, Any] = echo.get(place, {})
    return {} if _is_unnamed(vectors) else vectors


def _params(config: models.VectorNameConfig) -> dict[str, Any]:
    """Return what `create_collection` would be given for the vector."""
    if isinstance(config, models.DenseVectorNameConfig):
        return plain(models.VectorParams(**plain(config.dense)))
    given = plain(config.sparse)
    if "datatype" in given:
        given["index"] = {"datatype": given.pop("datatype")}
    return plain(models.SparseVectorParams(**given))


def _with_vector(
    vectors: Mapping[str, Any], name: str, params: Mapping[str, Any]
) -> dict[str, Any]:
    if _is_unnamed(vectors) and not name:
        return {**vectors, **params}
    return _with_sparse(vectors, name, params)


def _with_sparse(
    vectors: Mapping[str, Any], name: str, params: Mapping[str, Any]
) -> dict[str, Any]:
    if name not in vectors:
        raise WrongInput(f"Not existing vector name error: {name}")
    return {**vectors, name: {**vectors[name], **params}}


def _status(index: IndexState) -> models.CollectionStatus:
    if index.error is not None:
        return models.CollectionStatus.RED
    if index.building is not None:
        return models.CollectionStatus.YELLOW
    return models.CollectionStatus.GREY if index.paused else models.CollectionStatus.GREEN


def collection_info(
    echo: Mapping[str, Any],
    points: int,
    payload_schema: dict[str, models.PayloadIndexInfo],
    index: IndexState,
) -> models.CollectionInfo:
    """Return what `get_collection` answers: settings as created, over the server's defaults.

    The status is yellow while graphs are built, grey when that was cancelled, red when it failed;
    the optimizer's says why.
    """
    params = {key: echo[key] for key in _ECHOED_PARAMS if key in echo}
    optimizer = optimizer_settings(echo)
    if optimizer.get("max_optimization_threads") == models.MaxOptimizationThreadsSetting.AUTO.value:
        del optimizer["max_optimization_threads"]
    config = models.CollectionConfig(
        params=models.CollectionParams(**{**_PARAMS, **params}),
        hnsw_config=models.HnswConfig(**{**_HNSW, **echo.get("hnsw_config", {})}),
        optimizer_config=models.OptimizersConfig(**optimizer),
        wal_config=models.WalConfig(**{**_WAL, **echo.get("wal_config", {})}),
        quantization_config=echo.get("quantization_config"),
        strict_mode_config=echo.get("strict_mode_config"),
        metadata=echo.get("metadata"),
    )
    return models.CollectionInfo(
        status=_status(index),
        optimizer_status=models.OptimizersStatusOneOf.OK
        if index.error is None
        else models.OptimizersStatusOneOf1(error=index.error),
        indexed_vectors_count=index.indexed,
        points_count=points,
        segments_count=1,
        config=config,
        payload_schema=payload_schema,
    )
