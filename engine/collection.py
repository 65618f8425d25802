"""One collection: what its updates and its settings mean for its rows."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from qdrant_client import models

from engine.errors import NotFound, WrongInput
from engine.index import graph_support
from engine.index.state import IndexState, vector_indexes
from engine.maintenance import Maintenance
from engine.payload.filters import filter_mask
from engine.payload.indexes import indexed_points, parse_index
from engine.payload.key_path import canonical
from engine.points import merged_vectors
from engine.selection import Selection, Selector, select
from engine.settings import collection_info, plain, updated_echo, with_vector, without_vector
from engine.storage.block import absent_vectors, join_vectors, take_vectors
from engine.storage.id_index import hash_ids
from engine.storage.payloads import PayloadRows
from engine.table import Table
from engine.verification import Verification

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from threading import Lock

    from numpy.typing import NDArray

    from engine.errors import EngineError
    from engine.query.options import Options
    from engine.schema import CollectionConfig
    from engine.snapshot import Snapshot
    from engine.storage.block import Block
    from engine.storage.segment_files import StoredSegment
    from engine.storage.store import Store

_CHUNK = 16_384  # rewritten rows in memory at once


class Collection:
    """A collection that is open.

    Args:
        store: its files.
        options: of the engine; filters obey them.
        turn: the collections of an engine take turns to build graphs.

    """

    def __init__(self, store: Store, options: Options, turn: Lock) -> None:
        self._table = Table(store)
        self._options = options
        self._counted: tuple[Snapshot | None, dict[str, int]] = (None, {})
        self.maintenance = Maintenance(self._table, turn)
        self.maintenance.look()
        self.verification = Verification(self, self._table.files, self._table.segments)

    @property
    def name(self) -> str:
        """Its own name, never an alias."""
        return self._table.name

    @property
    def config(self) -> CollectionConfig:
        """The settings it was created with, as updated since."""
        return self.snapshot().config

    @property
    def version(self) -> int:
        """Number of the last update of points, vectors or payload indexes; it only grows."""
        return self._table.operation

    def snapshot(self) -> Snapshot:
        """Return the present state; later updates never change it."""
        return self._table.snapshot

    def info(self) -> models.CollectionInfo:
        """Return what `get_collection` answers."""
        snapshot = self.snapshot()
        counted = self._counted
        if counted[0] is not snapshot:
            counted = self._counted = (snapshot, _index_counts(snapshot))
        counts = counted[1]
        indexes = {
            path: info.model_copy(update={"points": counts[path]})
            for path, info in snapshot.indexes.items()
        }
        points = int(np.count_nonzero(snapshot.live))
        return collection_info(snapshot.config.echo, points, indexes, self.index_state())

    def index_state(self) -> IndexState:
        """Return what the graphs cover, and what is being done about the rest."""
        maintenance = self.maintenance
        return IndexState(
            vector_indexes(self.snapshot()),
            maintenance.building,
            maintenance.paused,
            maintenance.error,
            graph_support().reason,
        )

    def upsert(
        self,
        block: Block,
        update_filter: models.Filter | None = None,
        mode: models.UpdateMode | None = None,
    ) -> int:
        """Insert points, replacing those of the same id as a whole; returns the operation's number.

        Args:
            block: the points; of a repeated id the last one counts.
            update_filter: existing points that it does not let through are left alone.
            mode: insert only new points, or update only existing ones; both by default.

        Raises:
            WrongInput: the collection lost one of the vectors since the block was made.

        """
        with self._updating():
            block = _fitted(block, self.config)
            insert_only = mode == models.UpdateMode.INSERT_ONLY
            block = _without_repeats(block, keep_first=insert_only)
            existing = self._table.rows.ids.find(block.ids)
            wanted = self._wanted(existing, update_filter)
            if insert_only:
                wanted &= existing < 0
            if mode == models.UpdateMode.UPDATE_ONLY:
                wanted &= existing >= 0
            if not wanted.all():
                block, existing = block.take(np.flatnonzero(wanted)), existing[wanted]
            return self._table.update(existing[existing >= 0], [block])

    def delete(self, selector: Selector) -> int:
        """Delete points; ids that no point has are ignored."""
        with self._updating():
            return self._table.update(self._select(selector).rows, [])

    def change_payload(
        self, selector: Selector, change: Callable[[dict[str, Any]], dict[str, Any]]
    ) -> int:
        """Replace the payload of each point by what `change` makes of it.

        Raises NotFound for ids that no point has, after changing the others.
        """

        def changed(block: Block) -> Block:
            payloads = block.payload.read(range(len(block)))
            return replace(block, payload=PayloadRows.encoded(map(change, payloads)))

        with self._updating():
            selection = self._select(selector)
            operation = self._rewrite(selection.rows, changed)
        _check_found(selection.missing)
        return operation

    def update_vectors(
        self, points: Sequence[models.PointVectors], update_filter: models.Filter | None = None
    ) -> int:
        """Replace the vectors that are given and keep the others; all or nothing.

        Raises NotFound for ids that no point has.
        """
        with self._updating():
            ids, given = merged_vectors(self.config, points)
            selection = self._select(ids)
            _check_found(selection.missing)
            rows = self._table.rows.ids.rows_of(ids)
            wanted = np.flatnonzero(self._wanted(rows, update_filter))
            block = self._table.rows.take(rows[wanted])
            count = len(wanted)
            vectors = {}
            for name, before in block.vectors.items():
                after = take_vectors(given[name], wanted)
                places = np.arange(count) + np.where(after.present, count, 0)
                vectors[name] = take_vectors(join_vectors(before, after), places)
            return self._table.update(rows[wanted], [replace(block, vectors=vectors)])

    def delete_vectors(self, selector: Selector, names: Sequence[str]) -> int:
        """Remove vectors of the given names from points; raises WrongInput for unknown names."""
        for name in names:
            if name not in self.config.vectors:
                raise WrongInput(f"Not existing vector name error: {name}")

        def without(block: Block) -> Block:
            absent = {name: absent_vectors(self.config.vectors[name], len(block)) for name in names}
            return replace(block, vectors={**block.vectors, **absent})

        with self._updating():
            return self._rewrite(self._select(selector).rows, without)

    def create_index(
        self,
        field: str,
        schema: models.PayloadSchemaType | models.PayloadSchemaParams | str | None,
    ) -> int:
        """Declare what a payload field holds; a second time replaces the first."""
        index = parse_index(field, schema)
        with self._updating():
            return self._table.set_index(index.path, plain(index.info(0)))

    def delete_index(self, field: str) -> int:
        """Forget the index of a payload field, if there is one."""
        with self._updating():
            return self._table.set_index(canonical(field), None)

    def update_settings(self, change: models.UpdateCollection) -> None:
        """Merge settings and metadata into what the collection was created with."""
        with self._updating():
            self._table.set_echo(updated_echo(self.config.echo, change))
        self.maintenance.resume()

    def add_vector(self, name: str, config: models.VectorNameConfig) -> int:
        """Add a named vector, which no point has yet; returns the operation's number."""
        with self._updating():
            return self._table.reshape(with_vector(self.config.echo, name, config))

    def drop_vector(self, name: str) -> int:
        """Drop a named vector of all points; returns the operation's number."""
        with self._updating():
            return self._table.reshape(without_vector(self.config.echo, name))

    def compact(self) -> None:
        """Rewrite the files without dead rows; snapshots handed out before keep the old ones.

        The graphs do not fit the new files and go; they are built again in the background.
        """
        with self._updating():
            self._table.compact()

    def drop_segment(self, vector: str, segment: StoredSegment) -> None:
        """Do without the segment of a vector, if this is still the one."""
        with self._updating():
            if self._table.segments.get(vector) is segment:
                self._table.abandon([vector])

    def close(self, why: EngineError) -> None:
        """Stop what runs in the background, wait for the update under way, release the files.

        Updates by threads that still hold the collection raise `why`.
        """
        self.verification.close()
        self.maintenance.close()
        self._table.close(why)

    @contextmanager
    def _updating(self) -> Iterator[None]:
        """Keep other updates out, and look afterwards whether there is something to build."""
        with self._table.updating():
            yield
            if self.maintenance.paused:
                self._table.tidy(graphs_come=False)
            self.maintenance.look()

    def _select(self, selector: Selector) -> Selection:
        return select(self.snapshot(), selector, self._options.compat)

    def _wanted(
        self, existing: NDArray[np.int64], update_filter: models.Filter | None
    ) -> NDArray[np.bool_]:
        """Return bool (n,): points that are new (row -1), or that the filter lets through."""
        if update_filter is None:
            return np.ones(len(existing), np.bool_)
        allowed = filter_mask(update_filter, self.snapshot(), self._options.compat)
        wanted = existing < 0
        wanted[~wanted] = allowed[existing[~wanted]]
        return wanted

    def _rewrite(self, rows: NDArray[np.int64], change: Callable[[Block], Block]) -> int:
        """Let changed copies of `rows` take their place."""

        def blocks() -> Iterator[Block]:
            for start in range(0, len(rows), _CHUNK):
                yield change(self._table.rows.take(rows[start : start + _CHUNK]))

        return self._table.update(rows, blocks())


def _index_counts(snapshot: Snapshot) -> dict[str, int]:
    """Return how many points each payload index holds."""
    columns = snapshot.payload.columns(list(snapshot.indexes))
    return {
        path: indexed_points(columns[path], info.data_type, snapshot.live)
        for path, info in snapshot.indexes.items()
    }


def _check_found(missing: Sequence[object]) -> None:
    if missing:
        raise NotFound(f"No point with id {missing[0]} found")


def _fitted(block: Block, config: CollectionConfig) -> Block:
    """Return a block for settings that may have changed since it was made."""
    for name, stored in block.vectors.items():
        if config.vectors.get(name) != stored.spec and stored.present.any():
            raise WrongInput(f"Vector {name} was dropped or changed meanwhile; send the rest again")
    return block.reshaped(config)


def _without_repeats(block: Block, *, keep_first: bool) -> Block:
    """Return the block with one row per id, the last one unless `keep_first`."""
    hashes = np.sort(hash_ids(block.ids))
    if not (hashes[1:] == hashes[:-1]).any():
        return block
    rows = range(len(block))
    places = {block.ids[row].tobytes(): row for row in (reversed(rows) if keep_first else rows)}
    return block.take(np.sort(np.fromiter(places.values(), np.int64)))
