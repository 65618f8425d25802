"""The part of Engine that makes, describes and drops collections and payload indexes."""
# ruff: noqa: ARG002 - QdrantClient's arguments for clusters are accepted and change nothing here

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from qdrant_client import models

from engine.arguments import checked
from engine.settings import plain, requested

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.collection import Collection
    from engine.database import Collections

FieldSchema = models.PayloadSchemaType | models.PayloadSchemaParams | str | None


@checked()
class Administration:
    """Collections and payload indexes, by QdrantClient's names."""

    _collections: Collections

    def create_collection(  # noqa: PLR0913, PLR0917 - the signature of QdrantClient
        self,
        collection_name: str,
        vectors_config: models.VectorParams | Mapping[str, models.VectorParams] | None = None,
        sparse_vectors_config: Mapping[str, models.SparseVectorParams] | None = None,
        shard_number: int | None = None,
        sharding_method: models.ShardingMethod | None = None,
        replication_factor: int | None = None,
        write_consistency_factor: int | None = None,
        on_disk_payload: bool | None = None,
        hnsw_config: models.HnswConfigDiff | None = None,
        optimizers_config: models.OptimizersConfigDiff | None = None,
        wal_config: models.WalConfigDiff | None = None,
        quantization_config: models.QuantizationConfig | None = None,
        timeout: int | None = None,
        strict_mode_config: models.StrictModeConfig | None = None,
        metadata: dict[str, Any] | None = None,
        payload: models.PayloadStorageParams | None = None,
        id_tracker: models.IdTrackerParams | None = None,
    ) -> bool:
        """Make an empty collection.

        Vectors and metadata have an effect, and what decides about graphs: `hnsw_config` (`m`,
        `ef_construct`, `full_scan_threshold`, `max_indexing_threads`) and `optimizers_config`
        (`indexing_threshold`, `deleted_threshold`, `vacuum_min_vector_number`,
        `max_optimization_threads`). Everything else is given back by `get_collection` as it came.

        Raises:
            Conflict: there is a collection of this name.
            WrongInput: the name is not allowed, or a dense and a sparse vector share a name.
            InvalidRequest: a vector's size is outside 1..65536, or a setting is of another kind.

        """
        echo = _creation(
            vectors_config,
            sparse_vectors_config,
            shard_number=shard_number,
            sharding_method=sharding_method,
            replication_factor=replication_factor,
            write_consistency_factor=write_consistency_factor,
            on_disk_payload=on_disk_payload,
            hnsw_config=hnsw_config,
            optimizers_config=optimizers_config,
            wal_config=wal_config,
            quantization_config=quantization_config,
            strict_mode_config=strict_mode_config,
            metadata=metadata,
            payload=payload,
            id_tracker=id_tracker,
        )
        self._collections.create(collection_name, echo)
        return True

    def recreate_collection(
        self,
        collection_name: str,
        vectors_config: models.VectorParams | Mapping[str, models.VectorParams] | None = None,
        sparse_vectors_config: Mapping[str, models.SparseVectorParams] | None = None,
        **settings: Any,
    ) -> bool:
        """Drop the collection if there is one, then make it anew; see `create_collection`.

        Nothing is dropped where the new one cannot be made.
        """
        settings.pop("timeout", None)
        echo = _creation(vectors_config, sparse_vectors_config, **settings)
        self._collections.create(collection_name, echo, replacing=True)
        return True

    def collection_exists(self, collection_name: str) -> bool:
        """Return whether there is a collection, or an alias, of this name."""
        collections = self._collections
        return collection_name in collections.names() or collection_name in collections.aliases()

    def get_collections(self) -> models.CollectionsResponse:
        """Return the names of all collections, those with damaged files too."""
        names = self._collections.names()
        return models.CollectionsResponse(
            collections=[models.CollectionDescription(name=name) for name in names]
        )

    def get_collection(self, collection_name: str) -> models.CollectionInfo:
        """Return settings, number of points and payload indexes; raises NotFound."""
        return self._collection(collection_name).info()

    def update_collection(
        self,
        collection_name: str,
        optimizers_config: models.OptimizersConfigDiff | None = None,
        collection_params: models.CollectionParamsDiff | None = None,
        vectors_config: dict[str, models.VectorParamsDiff] | None = None,
        hnsw_config: models.HnswConfigDiff | None = None,
        quantization_config: models.QuantizationConfigDiff | None = None,
        timeout: int | None = None,
        sparse_vectors_config: Mapping[str, models.SparseVectorParams] | None = None,
        strict_mode_config: models.StrictModeConfig | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> bool:
        """Merge settings into those of a collection; a null in `metadata` removes its key.

        Graphs that no longer fit their settings are built anew in the background, and dropped at
        once where `m` became 0.

        Raises NotFound, and WrongInput for a vector that the collection does not have.
        """
        change = requested(
            models.UpdateCollection,
            optimizers_config=optimizers_config,
            params=collection_params,
            vectors=vectors_config,
            hnsw_config=hnsw_config,
            quantization_config=quantization_config,
            sparse_vectors=_as_dict(sparse_vectors_config),
            strict_mode_config=strict_mode_config,
            metadata=metadata,
        )
        self._collection(collection_name).update_settings(change)
        return True

    def delete_collection(self, collection_name: str, timeout: int | None = None) -> bool:
        """Drop a collection, damaged or not, and its aliases; returns whether there was one."""
        return self._collections.drop(collection_name)

    def update_collection_aliases(
        self,
        change_aliases_operations: Sequence[models.AliasOperations],
        timeout: int | None = None,
    ) -> bool:
        """Create, delete and rename aliases, all at once or none.

        Raises NotFound for an unknown collection or alias, Conflict for the name of a collection.
        """
        self._collections.change_aliases(change_aliases_operations)
        return True

    def get_aliases(self) -> models.CollectionsAliasesResponse:
        """Return all aliases, in their order."""
        return _alias_response(self._collections.aliases())

    def get_collection_aliases(self, collection_name: str) -> models.CollectionsAliasesResponse:
        """Return the aliases of one collection; raises NotFound when there is none."""
        name = self._collection(collection_name).name
        aliases = self._collections.aliases()
        return _alias_response({alias: of for alias, of in aliases.items() if of == name})

    def create_vector_name(
        self,
        collection_name: str,
        vector_name: str,
        vector_name_config: models.VectorNameConfig,
        wait: bool = True,
        ordering: models.WriteOrdering | None = None,
        timeout: int | None = None,
    ) -> models.UpdateResult:
        """Add a named vector, which no point has yet; the collection's files are rewritten.

        Raises:
            NotFound: no such collection.
            WrongInput: there is another vector of this name, or the collection has one unnamed one.
            InvalidRequest: the size is outside 1..65536.

        """
        collection = self._collection(collection_name)
        return completed(collection.add_vector(vector_name, vector_name_config))

    def delete_vector_name(
        self,
        collection_name: str,
        vector_name: str,
        wait: bool = True,
        ordering: models.WriteOrdering | None = None,
        timeout: int | None = None,
    ) -> models.UpdateResult:
        """Drop a named vector of all points; raises NotFound, and WrongInput for another name."""
        return completed(self._collection(collection_name).drop_vector(vector_name))

    def create_payload_index(
        self,
        collection_name: str,
        field_name: str,
        field_schema: FieldSchema = None,
        field_type: FieldSchema = None,
        wait: bool = True,
        ordering: models.WriteOrdering | None = None,
        timeout: int | None = None,
    ) -> models.UpdateResult:
        """Declare what a payload field holds, for facets, ordering and text filters.

        Raises FormatError for an unknown type, NotSupported for text settings not there yet.
        """
        schema = field_schema if field_schema is not None else field_type
        return completed(self._collection(collection_name).create_index(field_name, schema))

    def delete_payload_index(
        self,
        collection_name: str,
        field_name: str,
        wait: bool = True,
        ordering: models.WriteOrdering | None = None,
        timeout: int | None = None,
    ) -> models.UpdateResult:
        """Forget the index of a payload field, if there is one."""
        return completed(self._collection(collection_name).delete_index(field_name))

    def _collection(self, name: str) -> Collection:
        return self._collections.get(name)


def completed(operation: int) -> models.UpdateResult:
    """Return the answer to an update that is durable."""
    return models.UpdateResult(operation_id=operation, status=models.UpdateStatus.COMPLETED)


def _alias_response(aliases: Mapping[str, str]) -> models.CollectionsAliasesResponse:
    described = [
        models.AliasDescription(alias_name=alias, collection_name=name)
        for alias, name in sorted(aliases.items())
    ]
    return models.CollectionsAliasesResponse(aliases=described)


def _creation(
    vectors_config: models.VectorParams | Mapping[str, models.VectorParams] | None,
    sparse_vectors_config: Mapping[str, models.SparseVectorParams] | None,
    **settings: Any,
) -> dict[str, Any]:
    """Return what `create_collection` was given as it is kept; raises InvalidRequest."""
    vectors, sparse = _as_dict(vectors_config), _as_dict(sparse_vectors_config)
    return plain(
        requested(models.CreateCollection, vectors=vectors, sparse_vectors=sparse, **settings)
    )


def _as_dict(given: object) -> object:
    return dict(given) if isinstance(given, Mapping) else given
