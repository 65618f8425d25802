"""Collections, their aliases, payload indexes and named vectors."""

from qdrant_client import models

from engine.api.rest.route import Served, reading_router, updating_router

reading = reading_router("collections")
updating = updating_router("collections")

_COLLECTION = "/collections/{collection_name}"


@reading.get("/collections")
def list_collections(engine: Served) -> models.CollectionsResponse:
    """List the names of all collections."""
    return engine.get_collections()


@reading.get(_COLLECTION)
def describe(engine: Served, collection_name: str) -> models.CollectionInfo:
    """Describe a collection: settings, number of points, payload indexes."""
    return engine.get_collection(collection_name)


@reading.get(f"{_COLLECTION}/exists")
def exists(engine: Served, collection_name: str) -> models.CollectionExistence:
    """Tell whether there is a collection of this name."""
    return models.CollectionExistence(exists=engine.collection_exists(collection_name))


@updating.put(_COLLECTION)
def create(engine: Served, collection_name: str, request: models.CreateCollection) -> bool:
    """Make an empty collection."""
    return engine.create_collection(
        collection_name,
        vectors_config=request.vectors,
        sparse_vectors_config=request.sparse_vectors,
        shard_number=request.shard_number,
        sharding_method=request.sharding_method,
        replication_factor=request.replication_factor,
        write_consistency_factor=request.write_consistency_factor,
        on_disk_payload=request.on_disk_payload,
        hnsw_config=request.hnsw_config,
        optimizers_config=request.optimizers_config,
        wal_config=request.wal_config,
        quantization_config=request.quantization_config,
        strict_mode_config=request.strict_mode_config,
        metadata=request.metadata,
        payload=request.payload,
        id_tracker=request.id_tracker,
    )


@updating.patch(_COLLECTION)
def update(engine: Served, collection_name: str, request: models.UpdateCollection) -> bool:
    """Merge settings into those of a collection."""
    return engine.update_collection(
        collection_name,
        optimizers_config=request.optimizers_config,
        collection_params=request.params,
        vectors_config=request.vectors,
        hnsw_config=request.hnsw_config,
        quantization_config=request.quantization_config,
        sparse_vectors_config=request.sparse_vectors,
        strict_mode_config=request.strict_mode_config,
        metadata=request.metadata,
    )


@updating.delete(_COLLECTION)
def delete(engine: Served, collection_name: str) -> bool:
    """Drop a collection; false when there is none."""
    return engine.delete_collection(collection_name)


@updating.put(f"{_COLLECTION}/index")
def create_index(
    engine: Served, collection_name: str, request: models.CreateFieldIndex
) -> models.UpdateResult:
    """Declare what a payload field holds."""
    return engine.create_payload_index(collection_name, request.field_name, request.field_schema)


@updating.delete(f"{_COLLECTION}/index/{{field_name:path}}")
def delete_index(engine: Served, collection_name: str, field_name: str) -> models.UpdateResult:
    """Forget the index of a payload field."""
    return engine.delete_payload_index(collection_name, field_name)


@updating.put(f"{_COLLECTION}/vectors/{{vector_name:path}}")
def create_vector(
    engine: Served,
    collection_name: str,
    vector_name: str,
    request: models.DenseVectorNameConfig | models.SparseVectorNameConfig,
) -> models.UpdateResult:
    """Add a named vector; points that are there lack it."""
    return engine.create_vector_name(collection_name, vector_name, request)


@updating.delete(f"{_COLLECTION}/vectors/{{vector_name:path}}")
def delete_vector(engine: Served, collection_name: str, vector_name: str) -> models.UpdateResult:
    """Remove a named vector from the collection and all its points."""
    return engine.delete_vector_name(collection_name, vector_name)


@reading.get("/aliases")
def list_aliases(engine: Served) -> models.CollectionsAliasesResponse:
    """List all aliases."""
    return engine.get_aliases()


@reading.get(f"{_COLLECTION}/aliases")
def aliases_of(engine: Served, collection_name: str) -> models.CollectionsAliasesResponse:
    """List the aliases of a collection."""
    return engine.get_collection_aliases(collection_name)


@updating.post("/collections/aliases")
def update_aliases(engine: Served, request: models.ChangeAliasesOperation) -> bool:
    """Create, delete and rename aliases, all or none."""
    return engine.update_collection_aliases(request.actions)
