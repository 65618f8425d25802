"""gRPC messages become the arguments of the REST interface's operations after the engine.

The converters that qdrant-client ships do the work. A field of a message that is not set is None in
the model, so that both interfaces have the same defaults. Converted filters hold empty lists for
clauses that are not set, which ask for nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from qdrant_client import grpc as messages
from qdrant_client import models
from qdrant_client.conversions.conversion import GrpcToRest, grpc_to_payload

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

Message: TypeAlias = Any
"""A message of any type: protobuf has no types for what they share."""

Arguments: TypeAlias = tuple[Any, ...]
"""Name of the collection if there is one, then what else the operation takes."""

_FIELD_TYPES = {
    messages.FieldType.FieldTypeKeyword: models.PayloadSchemaType.KEYWORD,
    messages.FieldType.FieldTypeInteger: models.PayloadSchemaType.INTEGER,
    messages.FieldType.FieldTypeFloat: models.PayloadSchemaType.FLOAT,
    messages.FieldType.FieldTypeGeo: models.PayloadSchemaType.GEO,
    messages.FieldType.FieldTypeText: models.PayloadSchemaType.TEXT,
    messages.FieldType.FieldTypeBool: models.PayloadSchemaType.BOOL,
    messages.FieldType.FieldTypeDatetime: models.PayloadSchemaType.DATETIME,
    messages.FieldType.FieldTypeUuid: models.PayloadSchemaType.UUID,
}


def given(message: Message, field: str, convert: Callable[[Any], T] | None = None) -> T | Any:
    """Return a field's value, converted; None when it is not set."""
    if not message.HasField(field):
        return None
    value = getattr(message, field)
    return value if convert is None else convert(value)


# ------------------------------------------------------------------ of a collection alone


def nothing(_message: Message) -> Arguments:
    """Return no arguments."""
    return ()


def collection(message: Any) -> Arguments:
    """Return the name of the collection."""
    return (message.collection_name,)


# ----------------------------------------------------------------------------- queries


def query(message: messages.QueryPoints) -> Arguments:
    """Return the arguments of `query_points`."""
    return message.collection_name, GrpcToRest.convert_query_points(message)


def query_batch(message: messages.QueryBatchPoints) -> Arguments:
    """Return the arguments of `query_batch`."""
    searches = [GrpcToRest.convert_query_points(one) for one in message.query_points]
    return message.collection_name, models.QueryRequestBatch(searches=searches)


def query_groups(message: messages.QueryPointGroups) -> Arguments:
    """Return the arguments of `query_groups`."""
    request = models.QueryGroupsRequest(
        prefetch=[GrpcToRest.convert_prefetch_query(one) for one in message.prefetch] or None,
        query=given(message, "query", GrpcToRest.convert_query),
        using=given(message, "using"),
        filter=given(message, "filter", GrpcToRest.convert_filter),
        params=given(message, "params", GrpcToRest.convert_search_params),
        score_threshold=given(message, "score_threshold"),
        with_vector=given(message, "with_vectors", GrpcToRest.convert_with_vectors_selector),
        with_payload=given(message, "with_payload", GrpcToRest.convert_with_payload_interface),
        lookup_from=given(message, "lookup_from", GrpcToRest.convert_lookup_location),
        group_by=message.group_by,
        group_size=given(message, "group_size"),
        limit=given(message, "limit"),
        with_lookup=given(message, "with_lookup", GrpcToRest.convert_with_lookup),
    )
    return message.collection_name, request


def matrix(message: messages.SearchMatrixPoints) -> Arguments:
    """Return the arguments of `matrix_pairs` and `matrix_offsets`."""
    request = models.SearchMatrixRequest(
        filter=given(message, "filter", GrpcToRest.convert_filter),
        sample=given(message, "sample"),
        limit=given(message, "limit"),
        using=given(message, "using"),
    )
    return message.collection_name, request


# ------------------------------------------------------------------------------ points


def retrieve(message: messages.GetPoints) -> Arguments:
    """Return the arguments of `retrieve`."""
    request = models.PointRequest(
        ids=[GrpcToRest.convert_point_id(point) for point in message.ids],
        with_payload=given(message, "with_payload", GrpcToRest.convert_with_payload_interface),
        with_vector=given(message, "with_vectors", GrpcToRest.convert_with_vectors_selector),
    )
    return message.collection_name, request


def scroll(message: messages.ScrollPoints) -> Arguments:
    """Return the arguments of `scroll`."""
    request = models.ScrollRequest(
        offset=given(message, "offset", GrpcToRest.convert_point_id),
        limit=given(message, "limit"),
        filter=given(message, "filter", GrpcToRest.convert_filter),
        with_payload=given(message, "with_payload", GrpcToRest.convert_with_payload_interface),
        with_vector=given(message, "with_vectors", GrpcToRest.convert_with_vectors_selector),
        order_by=given(message, "order_by", GrpcToRest.convert_order_by),
    )
    return message.collection_name, request


def count(message: messages.CountPoints) -> Arguments:
    """Return the arguments of `count`."""
    condition = given(message, "filter", GrpcToRest.convert_filter)
    return message.collection_name, models.CountRequest(filter=condition)


def facet(message: messages.FacetCounts) -> Arguments:
    """Return the arguments of `facet`."""
    request = models.FacetRequest(
        key=message.key,
        limit=given(message, "limit"),
        filter=given(message, "filter", GrpcToRest.convert_filter),
    )
    return message.collection_name, request


# ----------------------------------------------------------------------------- updates


def upsert(message: messages.UpsertPoints) -> Arguments:
    """Return the arguments of `upsert`."""
    request = models.PointsList(
        points=[GrpcToRest.convert_point_struct(point) for point in message.points],
        update_filter=given(message, "update_filter", GrpcToRest.convert_filter),
        update_mode=given(message, "update_mode", GrpcToRest.convert_update_mode),
    )
    return message.collection_name, request


def selected(message: messages.DeletePoints | messages.ClearPayloadPoints) -> Arguments:
    """Return the arguments of `delete_points` and `clear_payload`."""
    return message.collection_name, GrpcToRest.convert_points_selector(message.points)


def update_vectors(message: messages.UpdatePointVectors) -> Arguments:
    """Return the arguments of `update_vectors`."""
    request = models.UpdateVectors(
        points=[GrpcToRest.convert_point_vectors(point) for point in message.points],
        update_filter=given(message, "update_filter", GrpcToRest.convert_filter),
    )
    return message.collection_name, request


def delete_vectors(message: messages.DeletePointVectors) -> Arguments:
    """Return the arguments of `delete_vectors`."""
    names = GrpcToRest.convert_vectors_selector(message.vectors)
    return message.collection_name, models.DeleteVectors(vector=names, **_chosen(message))


def payload(message: messages.SetPayloadPoints) -> Arguments:
    """Return the arguments of `set_payload` and `overwrite_payload`."""
    request = models.SetPayload(
        payload=grpc_to_payload(message.payload), key=given(message, "key"), **_chosen(message)
    )
    return message.collection_name, request


def delete_payload(message: messages.DeletePayloadPoints) -> Arguments:
    """Return the arguments of `delete_payload`."""
    request = models.DeletePayload(keys=list(message.keys), **_chosen(message))
    return message.collection_name, request


def update_batch(message: messages.UpdateBatchPoints) -> Arguments:
    """Return the arguments of `batch_update`."""
    operations = [GrpcToRest.convert_points_update_operation(one) for one in message.operations]
    return message.collection_name, models.UpdateOperations(operations=operations)


def _chosen(message: Any) -> dict[str, Any]:
    """Return `points` or `filter` of an update, neither when the message has no selector."""
    selector = given(message, "points_selector", GrpcToRest.convert_points_selector)
    if isinstance(selector, models.FilterSelector):
        return {"filter": selector.filter}
    return {} if selector is None else {"points": selector.points}


# ------------------------------------------------------------------------- collections


def create_collection(message: messages.CreateCollection) -> Arguments:
    """Return the arguments of `create`."""
    request = models.CreateCollection(
        vectors=given(message, "vectors_config", GrpcToRest.convert_vectors_config),
        sparse_vectors=_sparse(message),
        shard_number=given(message, "shard_number"),
        sharding_method=given(message, "sharding_method", GrpcToRest.convert_sharding_method),
        replication_factor=given(message, "replication_factor"),
        write_consistency_factor=given(message, "write_consistency_factor"),
        on_disk_payload=given(message, "on_disk_payload"),
        hnsw_config=given(message, "hnsw_config", GrpcToRest.convert_hnsw_config_diff),
        wal_config=given(message, "wal_config", GrpcToRest.convert_wal_config_diff),
        optimizers_config=_optimizers(message),
        quantization_config=given(
            message, "quantization_config", GrpcToRest.convert_quantization_config
        ),
        strict_mode_config=_strict_mode(message),
        metadata=_metadata(message),
        payload=given(message, "payload", GrpcToRest.convert_payload_storage_params),
        id_tracker=given(message, "id_tracker", GrpcToRest.convert_id_tracker_params),
    )
    return message.collection_name, request


def update_collection(message: messages.UpdateCollection) -> Arguments:
    """Return the arguments of `update`."""
    request = models.UpdateCollection(
        vectors=given(message, "vectors_config", GrpcToRest.convert_vectors_config_diff),
        optimizers_config=_optimizers(message),
        params=given(message, "params", GrpcToRest.convert_collection_params_diff),
        hnsw_config=given(message, "hnsw_config", GrpcToRest.convert_hnsw_config_diff),
        quantization_config=given(
            message, "quantization_config", GrpcToRest.convert_quantization_config_diff
        ),
        sparse_vectors=_sparse(message),
        strict_mode_config=_strict_mode(message),
        metadata=_metadata(message),
    )
    return message.collection_name, request


def _sparse(message: Message) -> Any:
    return given(message, "sparse_vectors_config", GrpcToRest.convert_sparse_vector_config)


def _optimizers(message: Message) -> Any:
    return given(message, "optimizers_config", GrpcToRest.convert_optimizers_config_diff)


def _strict_mode(message: Message) -> Any:
    return given(message, "strict_mode_config", GrpcToRest.convert_strict_mode_config)


def _metadata(message: Any) -> dict[str, Any] | None:
    return grpc_to_payload(message.metadata) if message.metadata else None


def create_index(message: messages.CreateFieldIndexCollection) -> Arguments:
    """Return the arguments of `create_index`."""
    schema = given(message, "field_index_params", GrpcToRest.convert_payload_schema_params)
    if schema is None:
        schema = _FIELD_TYPES[message.field_type]
    request = models.CreateFieldIndex(field_name=message.field_name, field_schema=schema)
    return message.collection_name, request


def delete_index(message: messages.DeleteFieldIndexCollection) -> Arguments:
    """Return the arguments of `delete_index`."""
    return message.collection_name, message.field_name


def create_vector(message: messages.CreateVectorNameRequest) -> Arguments:
    """Return the arguments of `create_vector`."""
    make = _sparse_vector if message.HasField("sparse_config") else _dense_vector
    return message.collection_name, message.vector_name, make(message)


def _sparse_vector(message: messages.CreateVectorNameRequest) -> models.SparseVectorNameConfig:
    config = message.sparse_config
    settings = models.SparseVectorConfig(
        modifier=given(config, "modifier", GrpcToRest.convert_modifier)
    )
    return models.SparseVectorNameConfig(sparse=settings)


def _dense_vector(message: messages.CreateVectorNameRequest) -> models.DenseVectorNameConfig:
    config = message.dense_config
    settings = models.DenseVectorConfig(
        size=config.size,
        distance=GrpcToRest.convert_distance(config.distance),
        multivector_config=given(
            config, "multivector_config", GrpcToRest.convert_multivector_config
        ),
        datatype=given(config, "datatype", _datatype),
    )
    return models.DenseVectorNameConfig(dense=settings)


def _datatype(value: messages.Datatype) -> models.VectorStorageDatatype:
    return models.VectorStorageDatatype(GrpcToRest.convert_datatype(value).value)


def delete_vector(message: messages.DeleteVectorNameRequest) -> Arguments:
    """Return the arguments of `delete_vector`."""
    return message.collection_name, message.vector_name


def change_aliases(message: messages.ChangeAliases) -> Arguments:
    """Return the arguments of `update_aliases`."""
    actions = [GrpcToRest.convert_alias_operations(action) for action in message.actions]
    return (models.ChangeAliasesOperation(actions=actions),)
