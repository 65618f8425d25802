"""One collection on disk or in memory: its catalogue and the logs of its present generation.

An update kills rows and appends rows, nothing else: it writes behind the committed length of each
log, flushes, then commits the new extents. A crash before the commit leaves bytes that the next
update overwrites; a crash after it leaves nothing to do. Rows never change, so what a reader holds
stays true.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from engine.errors import CollectionCorrupt, EngineError, FolderNotWritable
from engine.index.coding import Coding
from engine.schema import VectorKind
from engine.settings import collection_config
from engine.storage.catalogue import WITHOUT_SUMS, Catalogue, Commit
from engine.storage.generation import Generation, remove_other_generations
from engine.storage.layout import POINTS
from engine.storage.segment_files import SegmentFiles
from engine.storage.stored_rows import StoredRows
from engine.storage.sums import REMEDY, are_few, damage

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

    from numpy.typing import NDArray

    from engine.index.segment import Segment
    from engine.schema import CollectionConfig
    from engine.storage.block import Block
    from engine.storage.segment_files import StoredSegment
    from engine.storage.sums import SummedFile

CATALOGUE = "catalogue.sqlite"
_COPIED_ROWS = 16_384  # rows in memory at once while a generation is rewritten


class Store:
    """The writer's end of one collection; one thread at a time may use it.

    Args:
        folder: the collection's folder, None for memory.
        catalogue: its database.
        generation: its logs.

    """

    def __init__(self, folder: Path | None, catalogue: Catalogue, generation: Generation) -> None:
        settings = catalogue.settings()
        self.folder = folder
        self.name: str = settings["name"]
        self.operation: int = settings["operation"]
        self.config = collection_config(settings["echo"])
        self.indexes: dict[str, Any] = catalogue.indexes()
        self._catalogue = catalogue
        self._generation = generation
        live = _live(generation.extents[POINTS.name].length, catalogue.dead(), folder)
        self.rows = StoredRows.read(generation, generation.extents, self.config, live)
        self._files = SegmentFiles(folder)
        opened = {name: self._files.open(number) for name, number in catalogue.segments().items()}
        self._segments = {name: stored for name, stored in opened.items() if stored is not None}
        self._codings: dict[str, Coding] = {}
        self._begin_codings()
        self._files.remove_others(_numbers(self._segments).values())

    @property
    def generation(self) -> int:
        """Number of the present files; a row keeps its number within a generation."""
        return self._generation.number

    @property
    def segments(self) -> dict[str, Segment]:
        """The segment of each vector that has one, over the first rows."""
        return {name: stored.segment for name, stored in self._segments.items()}

    @property
    def stored_segments(self) -> Mapping[str, StoredSegment]:
        """The same with their files."""
        return self._segments

    @property
    def files(self) -> list[SummedFile]:
        """Every file of rows with what it has to hold; none in memory."""
        return self._generation.summed()

    @property
    def codings(self) -> dict[str, Coding]:
        """The rows behind the segment of each dense vector in 8 bits, coded when searched."""
        return dict(self._codings)

    @classmethod
    def create(cls, folder: Path | None, name: str, echo: Mapping[str, Any]) -> Store:
        """Make an empty collection in `folder`, which exists and is empty."""
        generation = Generation.create(folder, 0, collection_config(echo))
        catalogue = Catalogue(folder and folder / CATALOGUE)
        catalogue.create(name, echo, generation.extents)
        return cls(folder, catalogue, generation)

    @classmethod
    def open(cls, folder: Path) -> Store:
        """Open the collection in `folder`.

        Raises CollectionCorrupt when a file is missing, damaged or shorter than what was committed,
        FolderNotWritable without permission.
        """
        path = folder / CATALOGUE
        try:
            if not path.is_file():
                raise CollectionCorrupt(f"{path} is missing. {REMEDY}")
        except PermissionError as error:
            raise FolderNotWritable(
                f"Cannot open {path}: {error.strerror}. Choose a folder that you may write to "
                "with SEXTANT_DATA."
            ) from error
        catalogue = Catalogue(path)
        try:
            settings = catalogue.settings()
            config, number = collection_config(settings["echo"]), settings["generation"]
            generation = Generation.open(folder, number, config, catalogue.extents())
            if settings["format"] == WITHOUT_SUMS:
                generation.sum_up()
                catalogue.take_over(generation.extents)
            files = generation.summed()
            if are_few(files) and (found := damage(files)):
                raise CollectionCorrupt(f"{found} {REMEDY}")
            store = cls(folder, catalogue, generation)
        except EngineError:
            catalogue.close()
            raise
        remove_other_generations(folder, number)
        return store

    def update(self, killed: NDArray[np.int64], added: Iterable[Block]) -> int:
        """Make one update durable: rows in `killed` die, the rows of `added` follow.

        All or nothing. Returns the operation's number.

        Raises FolderNotWritable when there is no space, StorageError when the rows cannot be mapped
        into memory; the collection stays as it was.
        """
        operation = self.operation + 1
        extents = before = self._generation.extents
        for block in added:
            arrays = block.arrays(self.config, operation)
            extents = self._generation.append(arrays, extents)
        self._generation.flush()
        live = np.ones(extents[POINTS.name].length, np.bool_)
        live[: len(self.rows)] = self.rows.live
        live[killed] = False
        rows = StoredRows.read(self._generation, extents, self.config, live, self.rows.ids)
        self._catalogue.commit(Commit(operation, extents, killed), before)
        self.operation, self._generation.extents, self.rows = operation, extents, rows
        return operation

    def write_segment(self, segment: Segment) -> StoredSegment:
        """Store a segment that does not count before it is adopted; any one thread may do so.

        Raises FolderNotWritable when there is no space.
        """
        return self._files.write(segment)

    def discard(self, segments: Mapping[str, StoredSegment]) -> None:
        """Remove those of these segments that were not adopted."""
        self._files.remove({*_numbers(segments).values()} - {*_numbers(self._segments).values()})

    def scratch(self) -> AbstractContextManager[Path]:
        """Return a folder for what a build writes on its way, removed with the context."""
        return self._files.scratch()

    def adopt(self, segments: Mapping[str, StoredSegment]) -> None:
        """Let these be the segments of their vectors, over the present generation's rows."""
        self._set_segments({**self._segments, **segments})

    def abandon(self, names: Iterable[str]) -> None:
        """Drop the segments of these vectors."""
        kept = {name: each for name, each in self._segments.items() if name not in names}
        if kept != self._segments:
            self._set_segments(kept)

    def compact(
        self,
        kept: NDArray[np.bool_] | None = None,
        segments: Mapping[str, StoredSegment] | None = None,
    ) -> None:
        """Rewrite the collection without its dead rows, and switch to the new files at once.

        Args:
            kept: bool (at most rows,), which of the first rows stay; those behind them stay all.
                The live ones when left out.
            segments: made for the rows that are left.

        """
        live = self.rows.live
        if kept is not None:
            kept = np.append(kept, np.ones(len(live) - len(kept), np.bool_))
        self._rewrite(self.config, self.operation, live if kept is None else kept, segments or {})

    def reshape(self, echo: Mapping[str, Any]) -> int:
        """Rewrite the collection for other settings, and switch to the new files at once.

        Vectors of new names are absent, those of names that are gone are dropped. Every row keeps
        its number, so that segments still fit. Returns the operation's number. Raises as
        `collection_config` does; the collection stays as it was.
        """
        config, every_row = collection_config(echo), np.ones(len(self.rows), np.bool_)
        kept = {name: each for name, each in self._segments.items() if name in config.vectors}
        self._rewrite(config, self.operation + 1, every_row, kept)
        return self.operation

    def _rewrite(
        self,
        config: CollectionConfig,
        operation: int,
        kept: NDArray[np.bool_],
        segments: Mapping[str, StoredSegment],
    ) -> None:
        before, number = self._generation, self._generation.number + 1
        after = Generation.create(self.folder, number, config)
        rows = np.flatnonzero(kept)
        live = self.rows.live[rows]
        try:
            self._copy(rows, config, after)
            commit = Commit(operation, after.extents, np.flatnonzero(~live))
            rewritten = StoredRows.read(after, after.extents, config, live)
            self._catalogue.switch(number, commit, config.echo, _numbers(segments))
        except EngineError:
            after.remove(self.folder)
            raise
        self._generation, self.config, self.operation = after, config, operation
        self.rows = rewritten
        before.close()
        self._codings.clear()
        self._replace_segments(segments)
        if self.folder is not None:
            remove_other_generations(self.folder, number)

    def _copy(self, rows: NDArray[np.int64], config: CollectionConfig, after: Generation) -> None:
        for start in range(0, len(rows), _COPIED_ROWS):
            part = rows[start : start + _COPIED_ROWS]
            block = self.rows.take(part).reshaped(config)
            arrays = block.arrays(config, self.rows.versions[part])
            after.extents = after.append(arrays, after.extents)
        after.flush()

    def _set_segments(self, segments: Mapping[str, StoredSegment]) -> None:
        self._catalogue.set_segments(_numbers(segments), self.generation)
        self._replace_segments(segments)

    def _replace_segments(self, segments: Mapping[str, StoredSegment]) -> None:
        before, self._segments = _numbers(self._segments), dict(segments)
        self._begin_codings()
        self._files.remove({*before.values()} - {*_numbers(segments).values()})

    def _begin_codings(self) -> None:
        """Let rows be coded from behind the segment of each vector, keeping what is coded."""
        for name, spec in self.config.vectors.items():
            segment = self.segments.get(name)
            first = 0 if segment is None else segment.rows
            if spec.kind is VectorKind.DENSE and (
                name not in self._codings or self._codings[name].first != first
            ):
                self._codings[name] = Coding(spec.distance, first)

    def set_echo(self, echo: Mapping[str, Any]) -> None:
        """Replace the settings, which name the same vectors, of the same kinds and sizes."""
        config = collection_config(echo)
        self._catalogue.set_echo(echo)
        if config.vectors != self.config.vectors:  # a sparse vector may have got another modifier
            rows, extents = self.rows, self._generation.extents
            self.rows = StoredRows.read(self._generation, extents, config, rows.live, rows.ids)
        self.config = config

    def set_index(self, field: str, info: Mapping[str, Any] | None) -> int:
        """Remember a payload index, or forget it with None; returns the operation's number."""
        operation = self.operation + 1
        self._catalogue.set_index(field, info, operation)
        self.operation, self.indexes = operation, self._catalogue.indexes()
        return operation

    def close(self) -> None:
        """Release every file; rows that were handed out stay readable."""
        self._catalogue.close()
        self._generation.close()


def _live(rows: int, dead: NDArray[np.int64], folder: Path | None) -> NDArray[np.bool_]:
    """Return which rows live; raises CollectionCorrupt where a dead one is not there."""
    if len(dead) and dead[-1] >= rows:
        raise CollectionCorrupt(
            f"The catalogue in {folder} has row {dead[-1]} dead, but there are {rows}. {REMEDY}"
        )
    live = np.ones(rows, np.bool_)
    live[dead] = False
    return live


def _numbers(segments: Mapping[str, StoredSegment]) -> dict[str, int]:
    return {name: stored.number for name, stored in segments.items()}
