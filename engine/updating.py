"""The part of Engine that changes points."""
# ruff: noqa: ARG002 - QdrantClient's arguments for clusters are accepted and change nothing here

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qdrant_client import models

from engine.administration import completed
from engine.arguments import checked
from engine.errors import BadRequest
from engine.operations import apply_operation
from engine.payload import updates
from engine.points import batch_block, columns_block, points_block
from engine.upload import column_chunks, point_chunks, store_in_turn

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from engine.collection import Collection
    from engine.selection import Selector


@checked()
class Updating:
    """Changes of points, by QdrantClient's names; every one is durable when its method returns."""

    def _collection(self, name: str) -> Collection:
        raise NotImplementedError

    def upsert(
        self,
        collection_name: str,
        points: models.Batch | Sequence[models.PointStruct],
        wait: bool = True,
        ordering: models.WriteOrdering | None = None,
        shard_key_selector: models.ShardKeySelector | None = None,
        update_filter: models.Filter | None = None,
        update_mode: models.UpdateMode | None = None,
        timeout: int | None = None,
    ) -> models.UpdateResult:
        """Insert points, replacing as a whole those whose id is there; all or nothing.

        Args:
            collection_name: the collection.
            points: points, or columns; of an id that comes twice the last counts.
            wait: ignored, as `ordering`, `shard_key_selector` and `timeout` are.
            ordering: ignored.
            shard_key_selector: ignored.
            update_filter: existing points that it does not let through are left alone.
            update_mode: insert only new points, or update only existing ones.
            timeout: ignored.

        Raises:
            NotFound: no such collection.
            BadRequest: no points at all, or columns of different lengths.
            WrongInput: a vector or payload does not fit; the message has the value.

        """
        collection = self._collection(collection_name)
        if isinstance(points, models.Batch):
            block = batch_block(collection.config, points)
        else:
            block = points_block(collection.config, points)
        if not len(block):
            raise BadRequest("Empty update request: give at least one point")
        return completed(collection.upsert(block, update_filter, update_mode))

    def upload_points(
        self,
        collection_name: str,
        points: Iterable[models.PointStruct],
        batch_size: int = 64,
        parallel: int = 1,
        method: str | None = None,
        max_retries: int = 3,
        wait: bool = False,
        shard_key_selector: models.ShardKeySelector | None = None,
        update_filter: models.Filter | None = None,
        update_mode: models.UpdateMode | None = None,
    ) -> None:
        """Upsert points from an iterable; a chunk is made durable while the next is read.

        `batch_size` and what follows up to `shard_key_selector` are ignored: chunks are as large
        as is fast. Raises as `upsert` does; chunks before the bad one stay.
        """
        collection = self._collection(collection_name)
        store_in_turn(
            (points_block(collection.config, chunk) for chunk in point_chunks(points)),
            lambda block: collection.upsert(block, update_filter, update_mode),
        )

    def upload_collection(
        self,
        collection_name: str,
        vectors: Iterable[Any] | Mapping[str, NDArray[Any]] | NDArray[Any],
        payload: Iterable[Mapping[str, Any] | None] | None = None,
        ids: Iterable[models.ExtendedPointId] | None = None,
        batch_size: int = 64,
        parallel: int = 1,
        method: str | None = None,
        max_retries: int = 3,
        wait: bool = False,
        shard_key_selector: models.ShardKeySelector | None = None,
        update_filter: models.Filter | None = None,
        update_mode: models.UpdateMode | None = None,
    ) -> None:
        """Upsert columns; the fastest way in.

        Args:
            collection_name: the collection.
            vectors: array (n, size), arrays by vector name, or one vector or dict per point.
            payload: of each point, None for none.
            ids: of each point; random UUIDs when left out.
            batch_size: ignored, as `parallel` to `shard_key_selector` are.
            parallel: ignored.
            method: ignored.
            max_retries: ignored.
            wait: ignored; every chunk is durable when this returns.
            shard_key_selector: ignored.
            update_filter: as in `upsert`.
            update_mode: as in `upsert`.

        Raises:
            BadRequest: columns differ in length.
            WrongInput: a vector or payload does not fit; chunks before it stay.

        """
        collection = self._collection(collection_name)
        chunks = column_chunks(vectors, payload, ids)
        store_in_turn(
            (columns_block(collection.config, c.ids, c.vectors, c.payloads) for c in chunks),
            lambda block: collection.upsert(block, update_filter, update_mode),
        )

    def delete(
        self,
        collection_name: str,
        points_selector: Selector,
        wait: bool = True,
        ordering: models.WriteOrdering | None = None,
        shard_key_selector: models.ShardKeySelector | None = None,
        timeout: int | None = None,
    ) -> models.UpdateResult:
        """Delete points by id or filter; ids that no point has are ignored."""
        return completed(self._collection(collection_name).delete(points_selector))

    def set_payload(
        self,
        collection_name: str,
        payload: dict[str, Any],
        points: Selector,
        key: str | None = None,
        wait: bool = True,
        ordering: models.WriteOrdering | None = None,
        shard_key_selector: models.ShardKeySelector | None = None,
        timeout: int | None = None,
    ) -> models.UpdateResult:
        """Merge `payload` into that of points, at the top or at path `key`; null removes a key.

        Raises NotFound for ids that no point has, after changing the others.
        """
        collection = self._collection(collection_name)
        change = lambda before: updates.set_payload(before, payload, key)  # noqa: E731 - a value
        return completed(collection.change_payload(points, change))

    def overwrite_payload(
        self,
        collection_name: str,
        payload: dict[str, Any],
        points: Selector,
        wait: bool = True,
        ordering: models.WriteOrdering | None = None,
        shard_key_selector: models.ShardKeySelector | None = None,
        timeout: int | None = None,
    ) -> models.UpdateResult:
        """Replace the whole payload of points; raises as `set_payload` does."""
        collection = self._collection(collection_name)
        return completed(
            collection.change_payload(points, lambda _: updates.overwrite_payload(payload))
        )

    def delete_payload(
        self,
        collection_name: str,
        keys: Sequence[str],
        points: Selector,
        wait: bool = True,
        ordering: models.WriteOrdering | None = None,
        shard_key_selector: models.ShardKeySelector | None = None,
        timeout: int | None = None,
    ) -> models.UpdateResult:
        """Remove what the paths `keys` name from the payload of points."""
        collection = self._collection(collection_name)
        return completed(
            collection.change_payload(
                points, lambda before: updates.delete_payload_keys(before, keys)
            )
        )

    def clear_payload(
        self,
        collection_name: str,
        points_selector: Selector,
        wait: bool = True,
        ordering: models.WriteOrdering | None = None,
        shard_key_selector: models.ShardKeySelector | None = None,
        timeout: int | None = None,
    ) -> models.UpdateResult:
        """Leave points without payload."""
        collection = self._collection(collection_name)
        return completed(collection.change_payload(points_selector, lambda _: {}))

    def update_vectors(
        self,
        collection_name: str,
        points: Sequence[models.PointVectors],
        wait: bool = True,
        ordering: models.WriteOrdering | None = None,
        shard_key_selector: models.ShardKeySelector | None = None,
        update_filter: models.Filter | None = None,
        timeout: int | None = None,
    ) -> models.UpdateResult:
        """Replace the vectors that are given and keep the others; all or nothing.

        Raises NotFound for ids that no point has, WrongInput for vectors that do not fit.
        """
        return completed(self._collection(collection_name).update_vectors(points, update_filter))

    def delete_vectors(
        self,
        collection_name: str,
        vectors: Sequence[str],
        points: Selector,
        wait: bool = True,
        ordering: models.WriteOrdering | None = None,
        shard_key_selector: models.ShardKeySelector | None = None,
        timeout: int | None = None,
    ) -> models.UpdateResult:
        """Remove vectors of the given names from points; raises WrongInput for unknown names."""
        return completed(self._collection(collection_name).delete_vectors(points, vectors))

    def batch_update_points(
        self,
        collection_name: str,
        update_operations: Sequence[models.UpdateOperation],
        wait: bool = True,
        ordering: models.WriteOrdering | None = None,
        timeout: int | None = None,
    ) -> list[models.UpdateResult]:
        """Apply operations in their order, each all or nothing.

        The first that fails ends the batch, with those before it applied, as on a server. Raises
        as the operations' own methods do.
        """
        return [apply_operation(self, collection_name, each) for each in update_operations]
