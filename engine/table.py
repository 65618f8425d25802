"""The rows of one collection: one writer at a time, and snapshots that never change.

Every update is a set of rows that die and a set of rows that are appended, so a point whose payload
or vectors change moves to a new row. Dead rows are dropped when there are many: at once where every
search is a scan, else in the background, together with new graphs.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
from qdrant_client import models

from engine.errors import StorageError
from engine.index.build import Members, build_segment
from engine.index.parameters import graph_parameters
from engine.index.upkeep import upkeep
from engine.payload.view import PayloadView
from engine.snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from engine.errors import EngineError
    from engine.index.build import Watch
    from engine.index.segment import Segment
    from engine.index.upkeep import Upkeep
    from engine.maintenance import Report
    from engine.storage.block import Block
    from engine.storage.segment_files import StoredSegment
    from engine.storage.store import Store
    from engine.storage.stored_rows import StoredRows
    from engine.storage.sums import SummedFile

_log = logging.getLogger(__name__)


class Table:
    """A store and its present snapshot; what changes it is called within `updating` alone.

    Args:
        store: the files.

    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._writing = Lock()
        self._closed: EngineError | None = None
        self.snapshot = self._first_snapshot()

    @property
    def name(self) -> str:
        """Of the collection."""
        return self._store.name

    @property
    def operation(self) -> int:
        """Number of the last update."""
        return self._store.operation

    @property
    def rows(self) -> StoredRows:
        """Everything that is committed."""
        return self._store.rows

    @property
    def files(self) -> Sequence[SummedFile]:
        """The files of the points; none in memory."""
        return self._store.files

    @property
    def segments(self) -> Mapping[str, StoredSegment]:
        """The segment of each vector that has one."""
        return self._store.stored_segments

    @contextmanager
    def updating(self) -> Iterator[None]:
        """Keep other updates out; raises what `close` was given."""
        with self._writing:
            if self._closed is not None:
                raise self._closed
            yield

    def update(self, killed: NDArray[np.int64], added: Iterable[Block]) -> int:
        """Let rows die and others follow; returns the operation's number, raises as the store."""
        operation = self._store.update(killed, added)
        stored = self._store.rows
        payload = self.snapshot.payload.advanced(
            len(stored), stored.payload.read, stored.payload.reached
        )
        self.snapshot = replace(
            self.snapshot,
            rows=len(stored),
            live=stored.live,
            ids=stored.ids,
            versions=stored.versions,
            vectors=stored.vectors,
            payload=payload,
        )
        self.tidy()
        return operation

    def set_index(self, path: str, info: Mapping[str, Any] | None) -> int:
        """Remember a payload index, or forget it with None; returns the operation's number."""
        operation = self._store.set_index(path, info)
        self.snapshot = replace(self.snapshot, indexes=self._indexes())
        return operation

    def set_echo(self, echo: Mapping[str, Any]) -> None:
        """Replace the settings, which name the same vectors, and drop graphs that they forbid."""
        self._store.set_echo(echo)
        self.snapshot = replace(self.snapshot, vectors=self.rows.vectors)
        self.abandon([n for n in self.segments if not graph_parameters(echo, n).shape.m])

    def abandon(self, vectors: Sequence[str]) -> None:
        """Drop the segments of these vectors."""
        self._store.abandon(vectors)
        self._show_segments()

    def reshape(self, echo: Mapping[str, Any]) -> int:
        """Rewrite the files for settings that name other vectors; raises as the store."""
        operation = self._store.reshape(echo)
        self.snapshot = self._first_snapshot()
        return operation

    def compact(self) -> None:
        """Rewrite the files without dead rows; no graph fits them any more."""
        self._store.compact()
        self.snapshot = self._first_snapshot()

    def upkeep(self, *, asked: bool = False) -> Upkeep:
        """Return what the present state lacks; see `engine.index.upkeep.upkeep`."""
        return upkeep(self.snapshot, asked=asked)

    def maintain(self, report: Report, *, asked: bool) -> bool:
        """Give the present state what it lacks: graphs, which then count, and no dead rows.

        Updates go on meanwhile; this is not to be called within `updating`.

        Args:
            report: is told how far the graph of each vector is.
            asked: as of `upkeep`.

        Returns:
            False when nothing of it counts, since the files were rewritten meanwhile.

        Raises:
            BuildCancelled: as `report` does.
            FolderNotWritable: there is no space.

        """
        with self.updating():
            snapshot, generation = self.snapshot, self._store.generation
            work = self.upkeep(asked=asked)
        built: dict[str, StoredSegment] = {}
        try:
            for name in work.vectors:
                segment = self._built(snapshot, name, work, partial(report, name))
                built[name] = self._store.write_segment(segment)
            with self.updating():
                counts = self._store.generation == generation
                if counts:
                    self._adopt(snapshot, built, work)
            return counts
        finally:
            self._store.discard(built)

    def close(self, why: EngineError) -> None:
        """Wait for the running update, then release the files; later updates raise `why`."""
        with self.updating():
            self._closed = why
            self._store.close()

    def tidy(self, *, graphs_come: bool = True) -> None:
        """Drop dead rows when that is due.

        Args:
            graphs_come: a graph that is due is built in the background, and dead rows go with it;
                otherwise they go now, where no graph is lost or there are more of them than live.

        """
        work, rows = self.upkeep(), self.snapshot.rows
        if not work.compacts:
            return
        worth_it = not self.segments or 2 * np.count_nonzero(self.snapshot.live) < rows
        if not work.vectors or (worth_it and not graphs_come):
            try:
                self.compact()
            except StorageError as error:  # the update itself is safe: later ones try again
                _log.warning("the dead rows of %s stay: %s", self.name, error)

    def _built(self, snapshot: Snapshot, name: str, work: Upkeep, watch: Watch) -> Segment:
        vectors = snapshot.dense[name]
        members = Members.of(snapshot.live, vectors.present, compact=work.compacts)
        with self._store.scratch() as scratch:
            parameters = graph_parameters(snapshot.config.echo, name)
            return build_segment(vectors, members, parameters, scratch, watch)

    def _adopt(self, built_on: Snapshot, built: dict[str, StoredSegment], work: Upkeep) -> None:
        echo = self.snapshot.config.echo  # which may want no graph any more
        wanted = {n: each for n, each in built.items() if graph_parameters(echo, n).shape.m}
        if work.compacts:
            self._store.compact(built_on.live, wanted)
            self.snapshot = self._first_snapshot()
        else:
            self._store.adopt(wanted)
            self._show_segments()

    def _show_segments(self) -> None:
        self.snapshot = replace(
            self.snapshot,
            config=self._store.config,
            segments=self._store.segments,
            codings=self._store.codings,
        )

    def _first_snapshot(self) -> Snapshot:
        stored = self._store.rows
        return Snapshot(
            name=self._store.name,
            config=self._store.config,
            rows=len(stored),
            live=stored.live,
            ids=stored.ids,
            versions=stored.versions,
            vectors=stored.vectors,
            payload=PayloadView(stored.payload.read, len(stored), stored.payload.reached),
            indexes=self._indexes(),
            segments=self._store.segments,
            codings=self._store.codings,
        )

    def _indexes(self) -> dict[str, models.PayloadIndexInfo]:
        return {path: models.PayloadIndexInfo(**info) for path, info in self._store.indexes.items()}
