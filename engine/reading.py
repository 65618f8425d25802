"""The part of Engine that reads points without a query."""
# ruff: noqa: ARG002 - QdrantClient's arguments for clusters are accepted and change nothing here

from __future__ import annotations

from typing import TYPE_CHECKING

from qdrant_client import models

from engine import records
from engine.arguments import checked
from engine.errors import WrongInput
from engine.payload.facets import facet
from engine.payload.filters import allowed_points
from engine.payload.ordering import parse_ordering

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.database import Collections
    from engine.query import Options
    from engine.query.answer import WithPayload, WithVectors
    from engine.snapshot import Snapshot

Consistency = models.ReadConsistency | None


@checked()
class Reading:
    """Points by id, by page and by count, by QdrantClient's names; each reads one state."""

    _collections: Collections
    options: Options

    def snapshot(self, collection_name: str) -> Snapshot:
        """Return one state of a collection in columns, which later updates never change."""
        return self._collections.snapshot(collection_name)

    def collection_version(self, collection_name: str) -> int:
        """Return a number that grows with every update of a collection's points or indexes.

        Two equal numbers mean that nothing changed in between, as long as the collection was not
        dropped and made anew: a new one starts at 0. Cheap; raises NotFound as `snapshot` does.
        """
        return self._collections.get(collection_name).version

    def retrieve(
        self,
        collection_name: str,
        ids: Sequence[models.ExtendedPointId],
        with_payload: WithPayload = True,
        with_vectors: WithVectors = False,
        consistency: Consistency = None,
        shard_key_selector: models.ShardKeySelector | None = None,
        timeout: int | None = None,
    ) -> list[models.Record]:
        """Return points by id, in the order asked for, each once; missing ones are left out."""
        snapshot = self.snapshot(collection_name)
        return records.retrieve(snapshot, ids, with_payload, with_vectors)

    def scroll(
        self,
        collection_name: str,
        scroll_filter: models.Filter | None = None,
        limit: int = 10,
        order_by: models.OrderByInterface | None = None,
        offset: models.ExtendedPointId | None = None,
        with_payload: WithPayload = True,
        with_vectors: WithVectors = False,
        consistency: Consistency = None,
        shard_key_selector: models.ShardKeySelector | None = None,
        timeout: int | None = None,
    ) -> records.Page:
        """Return a page of points in id order from id `offset` on, and where the next one begins.

        With `order_by`, points come in the order of a payload field, each once for every value it
        has, with the value; the page says nothing of a next one, since `start_from` goes on.

        Raises InvalidRequest for a limit below 1, WrongInput for `order_by` with an `offset` or on
        a field without a payload index that knows ranges.
        """
        snapshot = self.snapshot(collection_name)
        if order_by is not None and offset is not None:
            raise WrongInput(
                "Cannot use an `offset` when using `order_by`. The alternative for paging is to "
                "use `order_by.start_from` and a filter to exclude the IDs that you've already "
                "seen for the `order_by.start_from` value"
            )
        allowed = allowed_points(scroll_filter, snapshot, self.options.compat).mask
        if order_by is not None:
            return records.scroll_ordered(
                snapshot,
                allowed,
                limit,
                parse_ordering(order_by),
                with_payload,
                with_vectors,
                strict=self.options.strict_indexes,
            )
        return records.scroll(snapshot, allowed, limit, offset, with_payload, with_vectors)

    def count(
        self,
        collection_name: str,
        count_filter: models.Filter | None = None,
        exact: bool = True,
        shard_key_selector: models.ShardKeySelector | None = None,
        timeout: int | None = None,
    ) -> models.CountResult:
        """Return how many points the filter lets through; always exact."""
        snapshot = self.snapshot(collection_name)
        allowed = allowed_points(count_filter, snapshot, self.options.compat)
        return models.CountResult(count=allowed.count)

    def facet(
        self,
        collection_name: str,
        key: str,
        facet_filter: models.Filter | None = None,
        limit: int = 10,
        exact: bool = False,
        consistency: Consistency = None,
        timeout: int | None = None,
        shard_key_selector: models.ShardKeySelector | None = None,
    ) -> models.FacetResponse:
        """Return the most frequent values of a payload field with their counts; always exact.

        Raises WrongInput when the field has no fitting payload index and indexes are strict.
        """
        snapshot = self.snapshot(collection_name)
        allowed = allowed_points(facet_filter, snapshot, self.options.compat).mask
        hits = facet(snapshot, key, allowed, limit, strict=self.options.strict_indexes)
        return models.FacetResponse(hits=hits)
